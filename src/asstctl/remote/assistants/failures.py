"""What the SDK raises, told as an AccountError that a person can act on."""

import json
import re
import socket
from typing import Any, Final

from asstctl.model.json import JsonValue
from asstctl.sync.ports import AccountError, Failure

_QUOTA_CODES: Final = ("insufficient_quota", "billing", "spend", "balance", "credit")
_LONGEST_QUOTE: Final = 400
_SHORTEST_SECRET: Final = 6
_OPEN_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "openai-beta",
        "user-agent",
    }
)
"""What a request's headers say to everybody."""
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)", re.ASCII)
_DURATION: Final = re.compile(rf"(?:{_DURATION_PART.pattern})+", re.ASCII)
_MARKUP: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)


def as_account_error(error: Exception) -> AccountError:
    """Classify any exception of one request. AccountErrors pass through unchanged."""
    import openai

    match error:
        case AccountError():
            return error
        case openai.APIStatusError():
            return _of_status(error)
        case openai.APITimeoutError():
            return AccountError(
                "the account did not answer in time",
                failure=Failure.TIMEOUT,
                fix="Try again, or raise the target's `timeout`.",
            )
        case openai.APIConnectionError():
            return AccountError(
                "the account cannot be reached",
                failure=Failure.CONNECTION,
                why=_cause(error),
                fix="Check the target's `base_url` and the network.",
            )
        case openai.APIResponseValidationError() | json.JSONDecodeError() | UnicodeDecodeError():
            return garbage("not JSON")
        case openai.OpenAIError():
            return AccountError(f"the request could not be made: {error}", failure=Failure.INVALID)
        case _:
            return AccountError(
                f"the request broke off: {type(error).__name__}",
                failure=Failure.CONNECTION,
                why=_cause(error),
            )


def garbage(found: str) -> AccountError:
    """An answer that is not what the protocol promises."""
    return AccountError(
        f"the account answered with something unexpected: {found}",
        failure=Failure.GARBAGE,
        fix="Check that the target's `base_url` is the root of an Assistants v2 API.",
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


def _of_status(error: Any) -> AccountError:
    status: int = error.status_code
    body: JsonValue = error.body if error.body is not None else _text(error)
    # The SDK hands over the inside of an {"error": …} envelope when there is one.
    quote = _without_secrets(message_of(body), error.request)[:_LONGEST_QUOTE]
    request = f" (request {error.request_id})" if error.request_id else ""
    failure = _failure(status, body)
    return AccountError(
        f"{_SAID[failure]}: HTTP {status}{request}",
        failure=failure,
        status=status,
        why=quote,
        fix=_FIXES.get(failure, ""),
        retry_after=_retry_after(error.response.headers),
    )


def _failure(status: int, body: JsonValue) -> Failure:
    if status == 429:
        return Failure.QUOTA if _speaks_of_quota(body) else Failure.RATE_LIMITED
    by_status = {
        401: Failure.UNAUTHORIZED,
        402: Failure.QUOTA,
        403: Failure.FORBIDDEN,
        404: Failure.MISSING,
        405: Failure.UNSUPPORTED,
        408: Failure.TIMEOUT,
        409: Failure.SERVER,
        501: Failure.UNSUPPORTED,
    }
    if status in by_status:
        return by_status[status]
    return Failure.SERVER if status >= 500 else Failure.INVALID


def _speaks_of_quota(body: JsonValue) -> bool:
    match body:
        case {"error": dict(inner)}:
            return _speaks_of_quota(inner)
        case dict():
            words = f"{body.get('type')} {body.get('code')}".lower()
            return any(code in words for code in _QUOTA_CODES)
        case _:
            return False


def _retry_after(headers: Any) -> float | None:
    """Seconds, from ``retry-after-ms`` or ``Retry-After``, else from what a rate limit tells.

    HTTP dates are left to the back-off.
    """
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / scale)
        except (KeyError, ValueError):
            continue
    used_up = [name for name in ("requests", "tokens") if _remaining(headers, name) == "0"]
    resets = [_duration(headers.get(f"x-ratelimit-reset-{name}", "")) for name in used_up]
    return max((reset for reset in resets if reset is not None), default=None)


def _remaining(headers: Any, name: str) -> str | None:
    value: str | None = headers.get(f"x-ratelimit-remaining-{name}")
    return value


def _duration(text: str) -> float | None:
    """Seconds, from ``6m0s``, ``1.5s`` or ``250ms``; None for anything else."""
    if not text or not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _DURATION_PART.findall(text))


def _without_secrets(text: str, request: Any) -> str:
    """``text`` without what was sent in headers: some servers echo a key that they refuse."""
    for name, value in request.headers.items():
        if name in _OPEN_HEADERS or name.startswith("x-stainless-"):
            continue
        for secret in (value, value.removeprefix("Bearer ")):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "***")
    return text


def _text(error: Any) -> str:
    try:
        return str(error.response.text)
    except Exception:
        return ""


def _cause(error: BaseException) -> str:
    """The innermost reason, without addresses of objects or request data."""
    cause = error.__cause__ or error.__context__
    while cause is not None and (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if isinstance(cause, socket.gaierror):
        return "The host's name does not resolve."
    return f"{type(cause or error).__name__}: {cause or error}"[:_LONGEST_QUOTE]


_SAID: Final = {
    Failure.GONE: "the account has no Assistants API",
    Failure.UNSUPPORTED: "the account does not support this request",
    Failure.MISSING: "the account has no such object",
    Failure.UNAUTHORIZED: "the account refused the key",
    Failure.FORBIDDEN: "the account forbids this request",
    Failure.QUOTA: "the account's quota is used up",
    Failure.RATE_LIMITED: "the account is limiting the rate of requests",
    Failure.INVALID: "the account refused the request",
    Failure.SERVER: "the account failed to answer",
    Failure.CONNECTION: "the account cannot be reached",
    Failure.TIMEOUT: "the account did not answer in time",
    Failure.GARBAGE: "the account answered with something unexpected",
}
_FIXES: Final = {
    Failure.UNAUTHORIZED: "Check the environment variable that the target's `api_key` names.",
    Failure.FORBIDDEN: "Check the key's permissions, and whether the account has credit left.",
    Failure.QUOTA: "Raise the account's limit or add credit; waiting does not help.",
    Failure.RATE_LIMITED: "Try again later, or lower the target's `parallelism`.",
    Failure.SERVER: "Try again; asstctl picks up where it stopped.",
}
