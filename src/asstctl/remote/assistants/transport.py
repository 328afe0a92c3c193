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
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.assistants.failures import as_account_error, garbage
from asstctl.remote.assistants.pace import LONGEST_WAIT, Pace, Sleep
from asstctl.sync.ports import AccountError, Failure

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import AsyncOpenAI

ATTEMPTS: Final = 6
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_POLL_HEADER: Final = "openai-poll-after-ms"
_AS_STREAM: Final = {"X-Stainless-Raw-Response": "stream", "Accept": "application/binary"}
"""Makes the SDK hand over a response whose body has not been read."""
_PIECE: Final = 256 * 1024

OpenFile: TypeAlias = Callable[[], IO[bytes]]

T = TypeVar("T")


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
        self._pace = Pace(sleep, monotonic)
        self._random = random.Random()  # noqa: S311 - jitter needs no secrecy

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> JsonValue:
        """Read; retried."""
        return await self._persist(lambda: self._send("GET", path, query=query))

    async def look(self, path: str) -> tuple[JsonValue, float | None]:
        """Read what changes by itself; retried. Also the server's wish for the next look, in s."""
        hint: float | None = None

        async def send() -> "Response":
            nonlocal hint
            answer = await self._ask(lambda kind: self.client.get(path, cast_to=kind))
            hint = poll_hint(answer.headers)
            return answer

        value = await self._persist(lambda: self._slot(send))
        return value, hint

    async def ping(self, path: str) -> tuple[float, str | None]:
        """The seconds that one read takes, and what the server says the date is."""
        started = self._monotonic()
        date: str | None = None

        async def send() -> "Response":
            nonlocal date
            answer = await self._ask(lambda kind: self.client.get(path, cast_to=kind))
            date = answer.headers.get("date")
            return answer

        await self._slot(send)
        return self._monotonic() - started, date

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

        async def send() -> "Response":
            with open_file() as handle:
                files = [("file", (name, handle, mime))]
                return await self._ask(
                    lambda kind: self.client.post(
                        path, cast_to=kind, body=fields, files=files, options=options
                    )
                )

        return await self._slot(send)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes behind ``path`` as they come; a request in flight until the context ends.

        Only opening is retried: a stream that breaks off raises AccountError.
        """
        response: Response | None = None
        options: Any = {"headers": _AS_STREAM}

        async def send() -> None:
            nonlocal response
            response = await self._ask(
                lambda kind: self.client.get(path, cast_to=kind, options=options)
            )

        async with self._slots:
            try:
                await self._retry(lambda: self._attempt(send), lambda error: error.transient)
                assert response is not None
                yield _pieces(response)
            finally:
                if response is not None:
                    await response.aclose()

    async def _slot(self, call: Callable[[], Awaitable["Response"]]) -> JsonValue:
        """Run one request when its turn comes; the JSON that came back."""
        async with self._slots:
            return _json(await self._attempt(call))

    async def _attempt(self, call: Callable[[], Awaitable[T]]) -> T:
        """Run one request when the account wants to be asked; errors become AccountErrors."""
        await self._pace.wait()
        try:
            return await call()
        except Exception as error:
            raise as_account_error(error) from error

    async def _ask(
        self, request: Callable[[type["Response"]], Awaitable["Response"]]
    ) -> "Response":
        """The bare answer of the SDK's client: its headers tell how fast to go on."""
        from httpx2 import Response

        answer = await request(Response)
        self._pace.heed(answer.headers)
        return answer

    async def _persist(self, call: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        return await self._retry(call, lambda error: error.transient)

    async def _retry(
        self, call: Callable[[], Awaitable[T]], again: Callable[[AccountError], bool]
    ) -> T:
        """Call until it works, as long as that makes sense. A rate limit only takes time."""
        deadline = self._monotonic() + self._timeout
        attempt = 0
        while True:
            attempt += 1
            try:
                return await call()
            except AccountError as error:
                limited = error.failure is Failure.RATE_LIMITED
                pause = self._pause(attempt, error)
                late = self._monotonic() + pause > deadline
                if late or not again(error) or (attempt >= ATTEMPTS and not limited):
                    raise
                if limited:
                    self._pace.hold(pause)
                # Waiting in here makes the failure the context of whatever ends the wait: so a
                # missed deadline can tell why.
                await self._sleep(pause)

    def _pause(self, attempt: int, error: AccountError) -> float:
        """Seconds to wait: what the server asked for, else exponential with full jitter."""
        if error.retry_after is not None:
            wait = error.retry_after
            return wait if wait <= LONGEST_WAIT else math.inf
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

        def send(kind: type["Response"]) -> Awaitable["Response"]:
            match method:
                case "GET":
                    return client.get(path, cast_to=kind, options=options)
                case "DELETE":
                    # The SDK sends a content type with no body, which strict frameworks refuse.
                    options["headers"] = {"Content-Type": omit}
                    return client.delete(path, cast_to=kind, options=options)
                case _:
                    return client.post(path, cast_to=kind, body=body, options=options)

        return await self._slot(lambda: self._ask(send))


def _json(answer: "Response") -> JsonValue:
    """The body as JSON; None when there is none. Raises AccountError for anything else."""
    if not answer.content.strip():
        return None
    try:
        return cast("JsonValue", answer.json())
    except ValueError as error:
        raise garbage("not JSON") from error


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
    return pause if 0 < pause < LONGEST_WAIT else None
