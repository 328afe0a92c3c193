"""Between client and server: one request, or many, on which something goes wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import httpx2


class Fault(StrEnum):
    """What goes wrong with a request."""

    ERROR_BEFORE = "500 before effect"
    ERROR_AFTER = "500 after effect"
    CUT_BEFORE = "connection cut before effect"
    CUT_AFTER = "connection cut after effect"
    LATE = "an answer that comes late"
    LIMITED = "429 with Retry-After"
    GARBAGE = "a garbage body"
    NOT_JSON = "a body that is not JSON"
    HANG_BEFORE = "a hang, without effect"
    HANG_AFTER = "a hang, with effect"
    KILL_BEFORE = "killed before effect"
    KILL_AFTER = "killed after effect"

    @property
    def has_effect(self) -> bool:
        """Whether the server does what it was asked."""
        return self in _EFFECTIVE

    @property
    def kills(self) -> bool:
        """Whether the client does not live on."""
        return self in (Fault.KILL_BEFORE, Fault.KILL_AFTER)


_EFFECTIVE = {
    Fault.ERROR_AFTER,
    Fault.CUT_AFTER,
    Fault.GARBAGE,
    Fault.NOT_JSON,
    Fault.HANG_AFTER,
    Fault.KILL_AFTER,
}

Matcher = Callable[[int, httpx2.Request], Fault | None]
"""The number of a request, from 0, and the request; what goes wrong with it."""


class KilledError(BaseException):
    """The client's process is gone."""


def at(number: int, fault: Fault) -> Matcher:
    """``fault`` on one request, by its number."""
    return lambda n, _: fault if n == number else None


def on(method: str, path: str, *faults: Fault | None) -> Matcher:
    """``faults`` on the requests with this method whose path ends so, in turn; then none."""
    left = list(faults)

    def matcher(_: int, request: httpx2.Request) -> Fault | None:
        hit = request.method == method and request.url.path.endswith(path)
        return left.pop(0) if hit and left else None

    return matcher


def always(fault: Fault, method: str, path: str) -> Matcher:
    """``fault`` on every request with this method whose path ends so."""
    return lambda _, request: (
        fault if request.method == method and request.url.path.endswith(path) else None
    )


def never(_: int, __: httpx2.Request) -> None:
    """Nothing goes wrong."""


@dataclass
class FaultyTransport(httpx2.AsyncBaseTransport):
    """Passes requests on to ``inner``, except where ``matcher`` says otherwise.

    ``seen`` holds every request as ``METHOD path``. A kill calls ``die``; nothing that is asked
    afterwards reaches the server.
    """

    inner: httpx2.AsyncBaseTransport
    matcher: Matcher = never
    die: Callable[[], object] = lambda: None
    latency: float = 0.0
    seen: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    dead: bool = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        number = len(self.seen)
        self.seen.append(f"{request.method} {request.url.path}")
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            return await self._handle(request, self.matcher(number, request))
        finally:
            self.in_flight -= 1

    async def _handle(self, request: httpx2.Request, fault: Fault | None) -> httpx2.Response:
        if self.dead:
            await asyncio.Event().wait()
        if fault is None:
            return await self.inner.handle_async_request(request)
        if fault is Fault.LATE:
            response = await self.inner.handle_async_request(request)
            await asyncio.sleep(5)
            return response
        if fault.has_effect:
            await self.inner.handle_async_request(request)
        return await self._go_wrong(request, fault)

    async def _go_wrong(self, request: httpx2.Request, fault: Fault) -> httpx2.Response:
        match fault:
            case Fault.ERROR_BEFORE | Fault.ERROR_AFTER:
                return httpx2.Response(500, json={"error": {"message": "internal"}})
            case Fault.CUT_BEFORE:
                raise httpx2.ConnectError("connection refused", request=request)
            case Fault.CUT_AFTER:
                raise httpx2.ReadError("connection reset", request=request)
            case Fault.LIMITED:
                return httpx2.Response(429, headers={"retry-after": "7"}, json={"error": "slow"})
            case Fault.GARBAGE:
                return httpx2.Response(200, json=["surprise"])
            case Fault.NOT_JSON:
                page = "<html>Welcome</html>"
                return httpx2.Response(200, text=page, headers={"content-type": "application/json"})
            case Fault.HANG_BEFORE | Fault.HANG_AFTER:
                await asyncio.Event().wait()
            case Fault.KILL_BEFORE | Fault.KILL_AFTER:
                self.dead = True
                self.die()
                await asyncio.Event().wait()
        raise AssertionError(fault)
