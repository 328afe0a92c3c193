"""Handing requests on to the endpoint behind the account, whole and as they are."""

from collections.abc import AsyncIterator, Callable, Iterable
from urllib.parse import quote, urlsplit

import httpx2
from starlette.requests import ClientDisconnect, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from asstctl.emulator.errors import ApiError

_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
# Keys and cookies of this account are none of the endpoint's.
_OURS = _OF_THE_CONNECTION | {"host", "authorization", "api-key", "cookie", "origin", "referer"}
# The gate says these itself.
_THEIRS = _OF_THE_CONNECTION | {
    "date", "server", "set-cookie", "x-request-id", "openai-version", "openai-processing-ms"
}  # fmt: skip


class Forward:
    """An ASGI application that asks the endpoint, and streams what it answers.

    ``base_url`` is the endpoint's, ``client`` gives the one that carries its key.
    """

    def __init__(self, base_url: str, client: Callable[[], httpx2.AsyncClient]) -> None:
        self._base_url = base_url
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on. Raises ApiError (502) when the endpoint cannot be reached."""
        request = Request(scope, receive)
        headers = [("accept-encoding", request.headers.get("accept-encoding", "identity"))]
        headers += [
            (name, value)
            for name, value in request.headers.items()
            if name not in _OURS and name != "accept-encoding"
        ]
        try:
            async with self._client().stream(
                request.method, self._url(scope), headers=headers, content=_content(request)
            ) as response:
                await _answer(response)(scope, receive, send)
        except ClientDisconnect:
            return
        except (httpx2.HTTPError, ImportError, ValueError, OSError) as error:
            told = f"The upstream could not be reached: {error!r}"
            raise ApiError(502, told, type="server_error", code="upstream_error") from error

    def _url(self, scope: Scope) -> str:
        path: str = scope["path"]
        if {".", ".."} & set(path.split("/")):
            raise ApiError(404, f"Invalid URL ({scope['method']} {path})", code="unknown_url")
        parts = urlsplit(self._base_url)
        queries = (parts.query, scope["query_string"].decode("latin-1"))
        return parts._replace(
            path=parts.path.rstrip("/") + quote(path, safe="/:@!$&'()*+,;="),
            query="&".join(query for query in queries if query),
        ).geturl()


def _content(request: Request) -> AsyncIterator[bytes] | None:
    has_body = {"content-length", "transfer-encoding"} & set(request.headers.keys())
    return request.stream() if has_body else None


def _answer(response: httpx2.Response) -> StreamingResponse:
    """Give the answer as it comes, in its encoding."""
    answer = StreamingResponse(response.aiter_raw(), status_code=response.status_code)
    answer.raw_headers = list(_kept(response.headers.raw))
    return answer


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers:
        if name.decode("latin-1").lower() not in _THEIRS:
            yield name.lower(), value
