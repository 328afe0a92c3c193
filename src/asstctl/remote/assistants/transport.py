"""Requests with manners: bounded, retried where that is safe, slowed down when asked to.

The SDK's own verbs are used with plain JSON in and out instead of its typed resources: servers
of this protocol differ in shapes (FACTS: null bodies, missing fields, strings for errors), and
tolerant reading is this adapter's work.
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias, cast

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.assistants.failures import as_account_error
from asstctl.sync.ports import AccountError, Failure

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import AsyncOpenAI

ATTEMPTS: Final = 6
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_LONGEST_WAIT_FOR_SERVER: Final = 120.0
_POLL_HEADER: Final = "openai-poll-after-ms"
_AS_STREAM: Final = {"X-Stainless-Raw-Response": "stream", "Accept": "application/binary"}
"""Makes the SDK hand over a response whose body has not been read."""
_PIECE: Final = 256 * 1024

OpenFile: TypeAlias = Callable[[], IO[bytes]]

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class Transport:
    """One account's requests: at most ``parallelism`` in flight, all paused by a 429.

    ``timeout`` bounds one request with all its retries, in seconds.
    """

    def __init__(
        self,
        client: "AsyncOpenAI",
        *,
        parallelism: int,
        timeout: float,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self._slots = asyncio.Semaphore(parallelism)
        self._timeout = timeout
        self._sleep = sleep
        self._monotonic = monotonic
        self._resume_at = 0.0
        self._random = random.Random()  # noqa: S311 - jitter needs no secrecy

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> JsonValue:
        """Read; retried."""
        return await self._persist(lambda: self._send("GET", path, query=query))

    async def look(self, path: str) -> tuple[JsonValue, float | None]:
        """Read what changes by itself; retried. Also the server's wish for the next look, in s."""
        from httpx2 import Response

        hint: float | None = None

        async def send() -> object:
            nonlocal hint
            answer: Response = await self.client.get(path, cast_to=Response)
            hint = poll_hint(answer.headers)
            return answer.json()

        value = await self._persist(lambda: self._slot(send))
        return value, hint

    async def post(self, path: str, body: JsonObject) -> JsonValue:
        """Write something that may be written twice with the same end; retried."""
        return await self._persist(lambda: self._send("POST", path, body=body))

    async def create(self, path: str, body: JsonObject) -> JsonValue:
        """Write something new: sent again only when the server certainly did not do it."""
        return await self.once(lambda: self._send("POST", path, body=body))

    async def delete(self, path: str) -> JsonValue:
        """Delete; retried."""
        return await self._persist(lambda: self._send("DELETE", path))

    async def once(self, call: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """Call, and call again only after a rate limit, which proves that nothing was done."""
        return await self._retry(call, lambda error: error.failure is Failure.RATE_LIMITED)

    async def upload(
        self, path: str, fields: JsonObject, name: str, mime: str, open_file: OpenFile
    ) -> JsonValue:
        """Send one file as multipart form data, streamed from a handle, once.

        The handle is opened when the request's turn comes, so that a thousand waiting uploads
        hold no file open.
        """
        options: Any = {"headers": {"Content-Type": "multipart/form-data"}}

        async def send() -> object:
            with open_file() as handle:
                files = [("file", (name, handle, mime))]
                return await self.client.post(
                    path, cast_to=object, body=fields, files=files, options=options
                )

        return await self._slot(send)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes behind ``path`` as they come; a request in flight until the context ends.

        Only opening is retried: a stream that breaks off raises AccountError.
        """
        from httpx2 import Response

        response: Response | None = None

        async def send() -> object:
            nonlocal response
            response = await self.client.get(
                path, cast_to=Response, options={"headers": _AS_STREAM}
            )
            return None

        async with self._slots:
            try:
                await self._persist(lambda: self._attempt(send))
                assert response is not None
                yield _pieces(response)
            finally:
                if response is not None:
                    await response.aclose()

    async def _slot(self, call: Callable[[], Awaitable[object]]) -> JsonValue:
        """Run one request when its turn comes; SDK exceptions become AccountErrors."""
        async with self._slots:
            return await self._attempt(call)

    async def _attempt(self, call: Callable[[], Awaitable[object]]) -> JsonValue:
        while (pause := self._resume_at - self._monotonic()) > 0:
            await self._sleep(pause)
        try:
            return cast("JsonValue", await call())
        except Exception as error:
            raise as_account_error(error) from error

    async def _persist(self, call: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        return await self._retry(call, lambda error: error.transient)

    async def _retry(
        self,
        call: Callable[[], Awaitable[JsonValue]],
        again: Callable[[AccountError], bool],
    ) -> JsonValue:
        deadline = self._monotonic() + self._timeout
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await call()
            except AccountError as error:
                pause = self._pause(attempt, error)
                late = self._monotonic() + pause > deadline
                if attempt == ATTEMPTS or late or not again(error):
                    raise
                if error.failure is Failure.RATE_LIMITED:
                    self._resume_at = max(self._resume_at, self._monotonic() + pause)
                # Waiting in here makes the failure the context of whatever ends the wait: so a
                # missed deadline can tell why.
                await self._sleep(pause)
        raise AssertionError("unreachable")

    def _pause(self, attempt: int, error: AccountError) -> float:
        """Seconds to wait: what the server asked for, else exponential with full jitter."""
        if error.retry_after is not None:
            wait = error.retry_after
            return wait if wait <= _LONGEST_WAIT_FOR_SERVER else math.inf
        ceiling: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
        return ceiling * (0.5 + self._random.random() / 2)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: JsonObject | None = None,
    ) -> JsonValue:
        from openai import omit

        options: Any = {"params": dict(query or {})}
        client = self.client
        match method:
            case "GET":
                return await self._slot(lambda: client.get(path, cast_to=object, options=options))
            case "DELETE":
                # The SDK sends a content type with no body, which strict frameworks refuse.
                options["headers"] = {"Content-Type": omit}
                return await self._slot(
                    lambda: client.delete(path, cast_to=object, options=options)
                )
            case _:
                return await self._slot(
                    lambda: client.post(path, cast_to=object, body=body, options=options)
                )


async def _pieces(response: "Response") -> AsyncIterator[bytes]:
    try:
        async for piece in response.aiter_bytes(_PIECE):
            yield piece
    except Exception as error:
        raise as_account_error(error) from error


def poll_hint(headers: Mapping[str, str]) -> float | None:
    """Seconds until the next look, from ``openai-poll-after-ms``; None when it makes no sense."""
    try:
        pause = float(headers[_POLL_HEADER]) / 1000
    except (KeyError, ValueError):
        return None
    return pause if 0 < pause < _LONGEST_WAIT_FOR_SERVER else None
