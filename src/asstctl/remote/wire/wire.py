"""The wire: requests with a deadline, retried with backoff where that is safe, paced by limits."""

import asyncio
import math
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import IO, Any, Final, TypeAlias, TypeVar

import httpx2

from asstctl.model.json import JsonObject
from asstctl.model.sensitive import Sensitive
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.answer_body import as_json
from asstctl.remote.wire.budget import Budget
from asstctl.remote.wire.connection import as_account_error
from asstctl.remote.wire.failures import in_short, refused
from asstctl.remote.wire.gate import NOTE, Note, call_of
from asstctl.remote.wire.observer import Retry, WireObserver
from asstctl.remote.wire.rate_limit import LONGEST_WAIT, Pace
from asstctl.sync.ports import AccountError, Failure

ATTEMPTS: Final = 6
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_SLOWEST: Final = 64 * 1024
"""Bytes a second. A file that is sent or fetched gets a second more for each of them."""
_PIECE: Final = 256 * 1024

OpenFile: TypeAlias = Callable[[], IO[bytes]]
Query: TypeAlias = Mapping[str, str | int | Sequence[str]]
"""A list stands in a query once for each of its members."""

T = TypeVar("T")


class Wire:
    """One account's requests: at most ``parallelism`` in flight, all paused by a 429.

    ``timeout`` bounds one request with its body and all its retries, in seconds. Waiting for
    one's turn does not count, and files that are sent or fetched get more time the larger they
    are. Every verb raises AccountError that names the request.

    The verbs differ in what may be retried. ``get``, ``post`` and ``delete`` are idempotent: any
    transient failure is retried, with exponential backoff and jitter or the pause that the server
    names. ``create`` and ``upload`` are not: after a timeout the object may exist, so they are
    retried after a rate limit alone, and the caller looks for the object before it tries again.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        *,
        parallelism: int,
        timeout: float,
        sensitive: Sensitive,
        observer: WireObserver,
    ) -> None:
        self.client = client
        self.timeout = timeout
        self.sensitive = sensitive
        self._observer = observer
        self._slots = asyncio.Semaphore(parallelism)
        self._pace = Pace()
        self._random = random.Random()  # noqa: S311 - jitter needs no secrecy

    @property
    def root(self) -> str:
        """The URL below which requests go."""
        return str(self.client.base_url).rstrip("/")

    async def get(self, path: str, query: Query | None = None) -> Answer:
        """Read; retried. ``query`` goes into the URL."""
        return await self._send(_is_transient, "GET", path, params=dict(query or {}))

    async def post(self, path: str, body: JsonObject) -> Answer:
        """Write something that may be written twice with the same result (an update); retried."""
        return await self._send(_is_transient, "POST", path, json=body)

    async def create(
        self,
        path: str,
        body: JsonObject,
        *,
        seconds: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Create an object: retried only after a rate limit, which proves that nothing was done.

        ``seconds`` are more than ``timeout``, where the work itself may take as long.
        """
        more = headers or {}
        return await self._send(_is_limited, "POST", path, seconds=seconds, json=body, headers=more)

    async def delete(self, path: str) -> Answer:
        """Delete; retried."""
        return await self._send(_is_transient, "DELETE", path)

    async def upload(
        self, path: str, fields: Mapping[str, str], name: str, mime: str, open_file: OpenFile
    ) -> Answer:
        """Create an object from a file, as multipart form data streamed from an open handle.

        The handle is opened when the request's turn comes, so that a thousand waiting uploads
        hold no file open. Retried like ``create``, from the start of the file.
        """

        async def send(attempt: int, budget: Budget) -> Answer:
            async with self._turn():
                with open_file() as handle:
                    files = {"file": (name, handle, mime)}
                    request = self._request("POST", path, data=fields, files=files)
                    extra = os.fstat(handle.fileno()).st_size / _SLOWEST
                    return await budget.spend(self._answer(request, attempt), extra=extra)

        return await self._retry(self._budget("POST", path), send, _is_limited)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes behind ``path`` as they come; a request in flight until the context ends.

        Only opening is retried: a stream that breaks off raises AccountError.
        """
        budget = self._budget("GET", path)
        response: httpx2.Response | None = None

        async def send(attempt: int, budget: Budget) -> None:
            nonlocal response
            await self._pace.wait()
            request = self._request("GET", path, headers={"Accept": "*/*"})
            opening = self._opened(request, Note(attempt, download=True))
            response = await budget.spend(opening)

        async with self._slots:
            try:
                await self._retry(budget, send, _is_transient)
                assert response is not None
                yield self._pieces(response, budget)
            finally:
                if response is not None:
                    await response.aclose()

    async def _send(
        self,
        again: Callable[[AccountError], bool],
        method: str,
        path: str,
        *,
        seconds: float = 0.0,
        **content: Any,
    ) -> Answer:
        async def send(attempt: int, budget: Budget) -> Answer:
            async with self._turn():
                request = self._request(method, path, **content)
                return await budget.spend(self._answer(request, attempt))

        return await self._retry(self._budget(method, path, seconds), send, again)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A slot among the requests in flight, once the rate limit allows one."""
        async with self._slots:
            await self._pace.wait()
            yield

    async def _answer(self, request: httpx2.Request, attempt: int) -> Answer:
        began = asyncio.get_running_loop().time()
        response = await self._opened(request, Note(attempt))
        with self._failing(request):
            try:
                body = await response.aread()
            finally:
                await response.aclose()
        seconds = asyncio.get_running_loop().time() - began
        call = call_of(request)
        return Answer(call, as_json(body, call), response.headers, seconds)

    async def _opened(self, request: httpx2.Request, note: Note) -> httpx2.Response:
        """An answer that is a success, its body still to be read."""
        request.extensions[NOTE] = note
        with self._failing(request):
            response = await self.client.send(request, stream=True)
            self._pace.heed(response.headers)
            if response.is_success:
                return response
            try:
                body = await response.aread()
            finally:
                await response.aclose()
            raise refused(
                call_of(request), response.status_code, response.headers, body, self.sensitive
            )

    async def _pieces(self, response: httpx2.Response, budget: Budget) -> AsyncIterator[bytes]:
        pieces = response.aiter_bytes(_PIECE)
        with self._failing(response.request):
            while (piece := await budget.spend(anext(pieces, None))) is not None:
                budget.seconds += len(piece) / _SLOWEST
                yield piece

    async def _retry(
        self,
        budget: Budget,
        send: Callable[[int, Budget], Awaitable[T]],
        again: Callable[[AccountError], bool],
    ) -> T:
        """Send until it succeeds, as long as a retry makes sense. A rate limit only takes time."""
        for attempt in count(1):
            try:
                return await send(attempt, budget)
            except AccountError as error:
                limited = _is_limited(error)
                pause = self._pause(attempt, error)
                if pause > budget.seconds or not again(error):
                    raise
                if attempt >= ATTEMPTS and not limited:
                    raise
                if limited:
                    self._pace.hold(pause)
                self._announce(error, attempt, None if limited else ATTEMPTS, pause, budget.spent)
                # Waiting in here makes the failure the context of whatever ends the wait: so a
                # missed deadline can tell why.
                await budget.sleep(pause)
        raise AssertionError("unreachable")

    async def wait_to_retry(
        self, error: AccountError, *, attempt: int, attempts: int, pause: float, spent: float
    ) -> None:
        """Announce a retry and wait: for what the wire itself must not send twice.

        Attempt ``attempt`` of ``attempts`` failed with ``error`` and took ``spent`` seconds; the
        next one follows after ``pause`` seconds.
        """
        self._announce(error, attempt, attempts, pause, spent)
        await asyncio.sleep(pause)

    def _announce(
        self, error: AccountError, attempt: int, attempts: int | None, pause: float, spent: float
    ) -> None:
        self._observer.on_retry(
            Retry(
                attempt=attempt + 1,
                attempts=attempts,
                reason=in_short(error),
                pause=pause,
                silence=spent + pause,
            )
        )

    def _pause(self, attempt: int, error: AccountError) -> float:
        """Seconds to wait: what the server asked for, else exponential with full jitter."""
        if error.retry_after is not None:
            wait = error.retry_after
            return wait if wait <= LONGEST_WAIT else math.inf
        ceiling: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
        return ceiling * (0.5 + self._random.random() / 2)

    def _budget(self, method: str, path: str, seconds: float = 0.0) -> Budget:
        call = f"{method} {self.client.base_url.path.rstrip('/')}{path}"
        return Budget(call, max(seconds, self.timeout))

    def _request(self, method: str, path: str, **content: Any) -> httpx2.Request:
        headers = {"Accept": "application/json"} | content.pop("headers", {})
        return self.client.build_request(method, path, headers=headers, **content)

    @contextmanager
    def _failing(self, request: httpx2.Request) -> Iterator[None]:
        """Turns whatever is raised in the context into an AccountError that names the request."""
        try:
            yield
        except Exception as error:
            raise as_account_error(error, call_of(request), request.url, self.sensitive) from error


def _is_transient(error: AccountError) -> bool:
    return error.transient


def _is_limited(error: AccountError) -> bool:
    return error.failure is Failure.RATE_LIMITED
