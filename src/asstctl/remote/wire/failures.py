"""Failed requests as AccountErrors that a person can act on.

``call`` is everywhere the request as people see it: ``GET /v1/assistants/asst_1``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from asstctl.model.json import JsonValue
from asstctl.model.sensitive import Sensitive
from asstctl.remote.wire.rate_limit import wished_pause
from asstctl.sync.ports import AccountError, Failure
from asstctl.text import words

_QUOTA_CODES: Final = ("insufficient_quota", "billing", "spend", "balance", "credit")
_LONGEST_QUOTE: Final = 400
_MARKUP: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
_PERMISSION: Final = re.compile(r"\bapi\.[a-z_]+\.(?:read|write)\b")
_QUOTED: Final = re.compile(r"(['\"`])([^'\"`]+)\1")
_MODEL: Final = re.compile(r"\bmodels?\b", re.IGNORECASE)


class GarbageError(AccountError):
    """An answer that is not what the protocol promises; ``found`` says what it is instead."""

    def __init__(self, found: str, call: str = "") -> None:
        super().__init__(
            f"the account answered {f'{call} ' if call else ''}with something unexpected: {found}",
            failure=Failure.GARBAGE,
            fix="Check that the target's `base_url` is the root of an API that asstctl speaks.",
        )
        self.found = found


def garbage(found: str, call: str = "") -> GarbageError:
    """The error for an answer that is not what the protocol promises; to be raised."""
    return GarbageError(found, call)


def refused(
    call: str, status: int, headers: Mapping[str, str], body: bytes, sensitive: Sensitive
) -> AccountError:
    """The error for an answer with an error status; to be raised.

    The status, and where it is ambiguous the body, decide the ``Failure``: 429 is a rate limit or,
    by its code, an exhausted quota; 404 to a POST that speaks of a model is an invalid request.
    ``body`` is quoted, without secrets. ``retry_after`` is the server's pause, in seconds.
    """
    value = _parsed(body)
    failure = _failure(call, status, value)
    said, cure = _told(call, status, failure, value)
    request_id = headers.get("x-request-id", "")
    request = f" (request {request_id})" if request_id else ""
    return AccountError(
        f"{sensitive.text(said)}: HTTP {status} for {call}{request}",
        failure=failure,
        status=status,
        why=sensitive.text(message_of(value))[:_LONGEST_QUOTE],
        fix=sensitive.text(cure),
        retry_after=wished_pause(headers),
    )


@contextmanager
def naming_model(model: str, sensitive: Sensitive) -> Iterator[None]:
    """An account that does not have the model which a request asks for is told with its name."""
    try:
        yield
    except AccountError as error:
        if error.failure is not Failure.INVALID or error.status != 404:
            raise
        answer = error.what.partition(": ")[2]
        raise AccountError(
            f"the account has no model {sensitive.text(model)!r}: {answer}",
            failure=error.failure,
            status=error.status,
            why=error.why,
            fix=error.fix,
        ) from error


def late(call: str, seconds: float) -> AccountError:
    """The error for a request that was not answered in full within ``seconds``; to be raised."""
    return AccountError(
        f"the account did not answer in time: {call}",
        failure=Failure.TIMEOUT,
        why=f"The answer was not complete within {seconds:g} s.",
        fix="Try again, or raise the target's `timeout`.",
    )


def redirected(call: str, status: int, where: str, why: str) -> AccountError:
    """The error for a redirect that must not be followed; to be raised."""
    return AccountError(
        f"the account redirects {call} to {where}: HTTP {status}",
        failure=Failure.UNREACHABLE,
        status=status,
        why=why,
        fix="If that is where the account lives, write it as the target's `base_url`.",
    )


def message_of(body: JsonValue) -> str:
    """The human part of an error body: an envelope, ``detail``, ``message``, HTML or bare text."""
    match body:
        case {"error": {"message": str(message)}} | {"error": str(message)}:
            return message
        case {"message": str(message)} | {"detail": str(message)}:
            return message
        case {"detail": detail} if detail:
            return json.dumps(detail, default=str)
        case str(text):
            return " ".join(_MARKUP.sub(" ", text).split())
        case None:
            return ""
        case {} if not body:
            return ""
        case _:
            return json.dumps(body, default=str)


def in_short(error: AccountError) -> str:
    """Why a request is sent again, in a few words."""
    if error.status is not None:
        return f"HTTP {error.status}"
    return error.why if error.failure is Failure.CONNECTION and error.why else error.what


def _parsed(body: bytes) -> JsonValue:
    """The body as JSON, else as text."""
    text = body.decode("utf-8", "replace")
    try:
        parsed: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return parsed


def _failure(call: str, status: int, body: JsonValue) -> Failure:
    if status == 429:
        return Failure.QUOTA if _speaks_of_quota(body) else Failure.RATE_LIMITED
    if status == 404 and call.startswith("POST ") and _speaks_of_a_model(body):
        return Failure.INVALID
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Failure.SERVER if status >= 500 else Failure.INVALID


def _told(call: str, status: int, failure: Failure, body: JsonValue) -> tuple[str, str]:
    """What happened and what to do, in words."""
    match status:
        case 400 if _envelope(body).get("code") == "invalid_beta":
            return "the account does not speak this version of the API", _OTHER_BETA
        case 403 if permissions := _permissions(call, body):
            named = words.listed([f"`{name}`" for name in permissions])
            many = "permissions" if len(permissions) > 1 else "permission"
            return _SAID[failure], f"Check that the key has the {many} {named}, and credit."
        case 404 if failure is Failure.INVALID:
            return "the account has no such model", _NO_MODEL
        case 424:
            label = _mcp_server(body)
            return f"the MCP server{f' {label!r}' if label else ''} did not start", _NO_MCP
    return _SAID[failure], _FIXES.get(failure, "")


def _permissions(call: str, body: JsonValue) -> list[str]:
    """What a key has to be allowed: what the account names, else what the endpoint is known for."""
    named = dict.fromkeys(_PERMISSION.findall(message_of(body)))
    method, _, path = call.partition(" ")
    segments = path.split("/")
    if named:
        return list(named)
    if "agents" not in segments:
        return ["api.responses.write"] if "responses" in segments else []
    if method == "GET":
        return ["api.agents.read"]
    runs_model = "sessions" in segments and method == "POST"
    return ["api.agents.write", *(["api.responses.write"] if runs_model else [])]


def _mcp_server(body: JsonValue) -> str:
    """The label of the MCP server that an error is about; empty when it does not say."""
    envelope = _envelope(body)
    details = envelope.get("details")
    for place in (envelope, details if isinstance(details, Mapping) else {}):
        if isinstance(label := place.get("server_label"), str):
            return label
    quoted = _QUOTED.search(message_of(body))
    return quoted[2] if quoted else ""


def _speaks_of_quota(body: JsonValue) -> bool:
    envelope = _envelope(body)
    words = f"{envelope.get('type')} {envelope.get('code')}".lower()
    return any(code in words for code in _QUOTA_CODES)


def _speaks_of_a_model(body: JsonValue) -> bool:
    """Whether what is missing is the model that the request names, not the object."""
    envelope = _envelope(body)
    if "model" in f"{envelope.get('code')} {envelope.get('param')} {envelope.get('type')}".lower():
        return True
    return _MODEL.search(message_of(body)) is not None


def _envelope(body: JsonValue) -> Mapping[str, JsonValue]:
    """The fields of an error, inside an ``error`` or bare."""
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


_BY_STATUS: Final = {
    401: Failure.UNAUTHORIZED,
    402: Failure.QUOTA,
    403: Failure.FORBIDDEN,
    404: Failure.MISSING,
    405: Failure.UNSUPPORTED,
    408: Failure.TIMEOUT,
    409: Failure.CONFLICT,
    501: Failure.UNSUPPORTED,
}
_OTHER_BETA: Final = (
    "asstctl sends `OpenAI-Beta: agents=v1`. Look for a newer asstctl; an `OpenAI-Beta` in the "
    "target's `headers` is sent in its place."
)
_NO_MODEL: Final = "Use a `model` that the account has; `overrides` change it for one target."
_NO_MCP: Final = (
    "Check the tool's `transport`, and that its server answers from where the agent runs. With "
    "`required: false` sessions begin without it."
)
_SAID: Final = {
    Failure.UNSUPPORTED: "the account does not support this request",
    Failure.MISSING: "the account has no such object",
    Failure.UNAUTHORIZED: "the account refused the key",
    Failure.FORBIDDEN: "the account forbids this request",
    Failure.QUOTA: "the account's quota is used up",
    Failure.RATE_LIMITED: "the account is limiting the rate of requests",
    Failure.INVALID: "the account refused the request",
    Failure.CONFLICT: "the request conflicts with what the account is doing",
    Failure.SERVER: "the account failed to answer",
    Failure.TIMEOUT: "the account did not answer in time",
}
_FIXES: Final = {
    Failure.UNAUTHORIZED: "Check the environment variable that the target's `api_key` names; a "
    "target without a key needs `api_key: ${env.NAME}`.",
    Failure.FORBIDDEN: "Check the key's permissions, and whether the account has credit left.",
    Failure.QUOTA: "Raise the account's limit or add credit; waiting does not help.",
    Failure.RATE_LIMITED: "Try again later, or lower the target's `parallelism`.",
    Failure.CONFLICT: "Try again when nothing else changes this object.",
    Failure.SERVER: "Try again; asstctl picks up where it stopped.",
}
