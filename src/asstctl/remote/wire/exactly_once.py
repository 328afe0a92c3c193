"""What must be done exactly once, over a wire that may lose the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AccountError

_PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds between the attempts."""
T = TypeVar("T")


class Attempts:
    """The attempts at one request that the wire itself must not send twice."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._began = asyncio.get_running_loop().time()
        self._failed = 0

    async def wait(self, error: AccountError) -> None:
        """Wait before the next attempt; raise the error when there is to be none."""
        self._failed += 1
        if self._failed > len(_PAUSES) or not error.transient:
            raise error
        await self._wire.wait_to_retry(
            error,
            attempt=self._failed,
            attempts=len(_PAUSES) + 1,
            pause=max(_PAUSES[self._failed - 1], error.retry_after or 0),
            spent=asyncio.get_running_loop().time() - self._began,
        )


async def exactly_once(
    wire: Wire, send: Callable[[], Awaitable[T]], find: Callable[[], Awaitable[T | None]]
) -> T:
    """Send; when the answer is lost, ``find`` whether it was done, and only else send again."""
    attempts = Attempts(wire)
    while True:
        try:
            return await send()
        except AccountError as error:
            if not error.outcome_unknown:
                raise
            found = await found_after(error, find)
            if found is not None:
                return found
            await attempts.wait(error)


async def found_after(failed: AccountError, find: Callable[[], Awaitable[T | None]]) -> T | None:
    """The result of ``find``. When that fails too, the first failure is the one to report."""
    try:
        return await find()
    except AccountError:
        raise failed from None


async def find_nothing() -> None:
    """The search for an object that cannot be looked up: it finds none."""
