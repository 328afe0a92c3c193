"""Reading requests and writing responses."""

import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, StreamingResponse

from asstctl.emulator.errors import ApiError, bad_request, from_validation
from asstctl.emulator.requests.common import Part
from asstctl.emulator.store.collections import Cursor, Page

# 256,000 characters of instructions may be a megabyte on the wire; 128 tools may be several.
MAX_JSON_BYTES = 16 * 1024 * 1024

# When the next poll is worth while: the offline model and small files take no longer.
POLL_SOON = {"openai-poll-after-ms": "50"}

Body = dict[str, Any]
P = TypeVar("P", bound=Part)

_PAIR = re.compile(r"metadata\[(.*)\]", re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def too_large(limit: str) -> ApiError:
    """Build the refusal of a body that is over the limit."""
    return ApiError(413, f"The request body is larger than {limit}.", code="request_too_large")


async def read_bytes(request: Request, limit: int = MAX_JSON_BYTES) -> bytes:
    """Read a body of at most ``limit`` bytes.

    Raises ApiError: 413 for a larger body, 400 for one that ends early.
    """
    size = f"{limit // (1024 * 1024)} MB"
    if int(request.headers.get("content-length") or 0) > limit:
        raise too_large(size)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > limit:
                raise too_large(size)
    except ClientDisconnect:
        raise bad_request("The request body ended early.") from None
    return bytes(body)


async def read_object(request: Request) -> Body:
    """Read a JSON object, whatever the Content-Type says: curl's ``-d`` announces a form.

    Nothing at all, and an empty array, are an empty object: tutorials post both to ``/threads``.
    Raises ApiError (400) for anything else, numbers that JSON does not have included.
    """
    data = await read_bytes(request)
    if not data.strip():
        return {}
    try:
        found = json.loads(data, parse_constant=_refuse, parse_float=_finite)
        if _SURROGATE.search(data):
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise bad_request(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
            "using your HTTP library correctly. The API expects a JSON payload, but what was sent "
            "was not valid JSON.)"
        ) from None
    if found == []:
        return {}
    if not isinstance(found, dict):
        raise bad_request("Invalid request body: expected a JSON object.", code="invalid_type")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("number out of range")
    return number


def parse(model: type[P], body: Body) -> P:
    """Validate a body. Raises ApiError (400) with the first problem."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise from_validation(error, body) from None


async def read(request: Request, model: type[P]) -> P:
    """Read and validate a JSON body. Raises ApiError (400)."""
    return parse(model, await read_object(request))


def cursor(request: Request, *, most: int = 100, default: int = 20) -> Cursor:
    """Read ``limit``, ``order``, ``after`` and ``before``. Raises ApiError (400)."""
    query = request.query_params
    limit = integer(query, "limit", default)
    _check_limit(limit, most)
    return Cursor(
        limit=limit,
        descending=is_descending(request),
        after=query.get("after") or None,
        before=query.get("before") or None,
    )


def forgiving_cursor(request: Request) -> Cursor:
    """Read ``limit``, ``order`` and ``after`` as the Agents API does.

    A limit under 1 is 1, one over 100 is 100; ``metadata[key]=value`` filters. Raises ApiError
    (400).
    """
    query = request.query_params
    return Cursor(
        limit=min(max(integer(query, "limit", 20), 1), 100),
        descending=is_descending(request),
        after=query.get("after") or None,
        metadata=tuple(
            (found[1], value)
            for name, value in query.multi_items()
            if (found := _PAIR.fullmatch(name))
        ),
    )


def is_descending(request: Request) -> bool:
    """Read ``order``. Raises ApiError (400)."""
    return choice(request.query_params, "order", ("asc", "desc")) != "asc"


def choice(query: Mapping[str, str], name: str, supported: Collection[str]) -> str | None:
    """Read a query parameter that takes one of a few words. Raises ApiError (400) for another."""
    value = query.get(name) or None
    if value is not None and value not in supported:
        words = ", ".join(f"'{word}'" for word in supported)
        raise bad_request(
            f"Invalid value: '{value}'. Supported values are: {words}.", name, "invalid_value"
        )
    return value


def flag(query: Mapping[str, str], name: str) -> bool:
    """Read a query parameter that is ``true`` or ``false``. Raises ApiError (400)."""
    return choice(query, name, ("true", "false")) == "true"


def included(request: Request, supported: Collection[str]) -> list[str]:
    """Read ``include``, which may be given several times. Raises ApiError (400)."""
    query = request.query_params
    found = [*query.getlist("include[]"), *query.getlist("include")]
    for item in found:
        choice({"include": item}, "include", supported)
    return found


def integer(query: Mapping[str, str], name: str, default: int) -> int:
    """Read a query parameter that is a whole number. Raises ApiError (400)."""
    text = query.get(name)
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise bad_request(
            f"Invalid type for '{name}': expected an integer, but got a string instead.",
            name,
            "invalid_type",
        )
    return int(text)


def _check_limit(value: int, most: int) -> None:
    if not 1 <= value <= most:
        above = value > most
        side, sign, bound = ("above maximum", "<=", most) if above else ("below minimum", ">=", 1)
        raise bad_request(
            f"Invalid 'limit': integer {side} value. Expected a value {sign} {bound}, but got "
            f"{value} instead.",
            "limit",
            "integer_above_max_value" if above else "integer_below_min_value",
        )


def listing(page: Page, render: Callable[[list[Body]], list[Body]] | None = None) -> JSONResponse:
    """Answer with a page of objects."""
    data = page.bodies
    return page_of(render(data) if render else data, has_more=page.has_more)


def page_of(data: list[Body], *, has_more: bool) -> JSONResponse:
    """Answer with objects as a page of a list."""
    return JSONResponse(
        {
            "object": "list",
            "data": data,
            "first_id": data[0]["id"] if data else "",
            "last_id": data[-1]["id"] if data else "",
            "has_more": has_more,
        }
    )


def deleted(object_id: str, kind: str, background: BackgroundTask | None = None) -> JSONResponse:
    """Answer a delete, and do what follows from it."""
    body = {"id": object_id, "object": kind, "deleted": True}
    return JSONResponse(body, background=background)


def streamed(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Answer with server-sent events."""
    headers = {"cache-control": "no-cache"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
