"""Web pages of chosen origins may use an account that asks for a key."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, POST, DELETE"
_SHOWN = "x-request-id, openai-version, openai-processing-ms, openai-poll-after-ms"
_SECONDS = "600"
"""How long a browser may remember what it asked."""


class Cors:
    """Answers what browsers ask before a request, and marks answers that a page may read.

    A page sends its key itself, so nothing is allowed that a browser would add on its own.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        if origin not in self._origins:
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            asked = headers.get("access-control-request-headers", "")
            await _preflight(origin, asked)(scope, receive, send)
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                found["access-control-allow-origin"] = origin
                found["access-control-expose-headers"] = _SHOWN
                found.add_vary_header("origin")
            await send(message)

        await self._app(scope, receive, readable)


def _preflight(origin: str, asked: str) -> Response:
    headers = {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": _METHODS,
        "access-control-max-age": _SECONDS,
        "vary": "origin",
    }
    if asked:
        headers["access-control-allow-headers"] = asked
    return Response(status_code=204, headers=headers)
