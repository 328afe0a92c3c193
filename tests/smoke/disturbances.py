"""What comes between smoke and its account, at any request: an interrupt, a lost answer."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from starlette.types import Receive, Scope, Send

from asstctl.model.file import LocalFile
from support.clock import run

_MOST = 100
"""Requests of the longest case."""


class Interrupting:
    """Before a server's class: interrupts smoke at the ``at``-th request, done or not done."""

    at: int
    after: bool
    struck: str = ""
    smoke: "asyncio.Task[Any]"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Any = super().__call__  # type: ignore[misc]
        self.at -= 1
        if self.at:
            await answer(scope, receive, send)
            return
        self.struck = f"{scope['method']} {scope['path']}"

        async def late(message: Any) -> None:
            if self.after and message["type"] == "http.response.start":
                await self._interrupt()
            await send(message)

        if not self.after:
            await self._interrupt()
        await answer(scope, receive, late)

    async def _interrupt(self) -> None:
        self.smoke.cancel()
        await asyncio.sleep(0.5)


class Failing:
    """Before a server's class: loses the ``at``-th request, or the answer to it."""

    at: int
    after: bool
    struck: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Any = super().__call__  # type: ignore[misc]
        self.at -= 1
        if self.at:
            await answer(scope, receive, send)
            return
        self.struck = f"{scope['method']} {scope['path']}"
        if self.after:
            await answer(scope, receive, _unheard)
        raise httpx2.ReadError("connection reset")


async def _unheard(_: Any) -> None:
    """An answer that gets lost."""


S = TypeVar("S", bound=Interrupting | Failing)


def at_each_request(
    make: Callable[[], S], hold: Callable[[S], Any], *, after: bool
) -> tuple[int, list[tuple[S, Any]]]:
    """Hold a case once for each of its requests, each time with a server that strikes there.

    How many requests there are, and each server that struck with what ``hold`` gave.
    """
    struck: list[tuple[S, Any]] = []
    for at in range(1, _MOST):
        server = make()
        server.at, server.after = at, after
        given = hold(server)
        if not server.struck:
            return at - 1, struck
        struck.append((server, given))
    raise AssertionError("there is no end to the requests")


def left_after_interrupts(
    make: Callable[[], Any], work: Callable[[Any], Coroutine[Any, Any, Any]], *, after: bool
) -> tuple[int, dict[str, list[str]]]:
    """How many requests a case takes, and what is left where it was interrupted at one of them."""

    async def interrupted(server: Any) -> None:
        server.smoke = asyncio.ensure_future(work(server))
        # What is interrupted in its very last request may have come to its end.
        await asyncio.gather(server.smoke, return_exceptions=True)

    requests, struck = at_each_request(make, lambda server: run(interrupted(server)), after=after)
    left = {f"{at} {server.struck}": server.left for at, (server, _) in enumerate(struck, 1)}
    return requests, {place: what for place, what in left.items() if what}


def receipt_in(folder: Path) -> LocalFile:
    """A file to attach."""
    source = folder / "receipt.md"
    source.write_text("The total is 5632.34.", "utf-8")
    return LocalFile("receipt.md", source, 21)
