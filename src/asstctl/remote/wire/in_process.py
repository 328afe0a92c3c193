"""Requests to an ASGI application in this process, with streamed answers.

httpx2's own transport collects an answer whole, and an answer may be a file of 512 MB.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

import httpx2

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
_CLIENT: Final = ("127.0.0.1", 123)


class InProcessTransport(httpx2.AsyncBaseTransport):
    """Runs the application in a task of its own, one piece of the answer ahead of the reader."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the response's body is still to be read."""
        exchange = _Exchange(request)
        task = asyncio.ensure_future(self._app(_scope(request), exchange.receive, exchange.send))
        answer = _Answer(exchange, task)
        try:
            await answer.until_started()
        except BaseException:
            await answer.aclose()
            raise
        status, headers = exchange.head
        return httpx2.Response(status, headers=headers, stream=answer)


class _Exchange:
    """One request and its answer, as the application sees them."""

    def __init__(self, request: httpx2.Request) -> None:
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        self._body = aiter(request.stream)
        self._sent = False
        self._bodiless = request.method == "HEAD"
        self.head: tuple[int, list[tuple[bytes, bytes]]] = (500, [])
        self.started = asyncio.Event()
        self.over = asyncio.Event()
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)

    async def receive(self) -> Message:
        if self._sent:
            await self.over.wait()
            return {"type": "http.disconnect"}
        try:
            return {"type": "http.request", "body": await anext(self._body), "more_body": True}
        except StopAsyncIteration:
            self._sent = True
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.head = message["status"], list(message.get("headers", ()))
            self.started.set()
            return
        body = message.get("body", b"")
        if body and not self._bodiless:
            await self.pieces.put(body)
        if not message.get("more_body", False):
            await self.pieces.put(None)
            self.over.set()  # not before: to the application, it is a client that has left


class _Answer(httpx2.AsyncByteStream):
    def __init__(self, exchange: _Exchange, task: "asyncio.Future[None]") -> None:
        self._exchange = exchange
        self._task = task

    async def until_started(self) -> None:
        """Wait for the status. An application that fails before it fails the request."""
        await self._first(self._exchange.started.wait())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._first(self._exchange.pieces.get())) is not None:
            yield piece
        await self._task

    async def aclose(self) -> None:
        """Stop the application, unless it is done."""
        self._exchange.over.set()
        if not self._task.done():
            self._task.cancel()
        await asyncio.wait((self._task,))
        if not self._task.cancelled():
            self._task.exception()  # the reader of the answer has seen it

    async def _first(self, awaitable: Awaitable[Any]) -> Any:
        """What is waited for, or the failure of the application if that comes first."""
        waiting = asyncio.ensure_future(awaitable)
        try:
            await asyncio.wait((waiting, self._task), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() and self._exchange.pieces.empty():
                await self._task
                raise RuntimeError("the application ended in the middle of its answer")
            return await waiting
        finally:
            waiting.cancel()


def _scope(request: httpx2.Request) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": _CLIENT,
        "root_path": "",
    }
