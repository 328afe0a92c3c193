"""The time that one request may take."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from asstctl.remote.wire.failures import late

T = TypeVar("T")


class Budget:
    """The ``seconds`` that a request has left, for all its attempts and the pauses between.

    It is spent only while the request is in flight or pauses, not while it waits for its turn.
    ``spent`` is what has gone so far.
    """

    def __init__(self, call: str, seconds: float) -> None:
        self.call = call
        self.seconds = seconds
        self.spent = 0.0
        self._allowed = seconds

    async def spend(self, work: Awaitable[T], *, extra: float = 0.0) -> T:
        """The result of ``work``, which has ``extra`` seconds besides what is left.

        Raises AccountError when it takes longer.
        """
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(0.0, self.seconds + extra)):
                return await work
        except TimeoutError as error:
            raise late(self.call, self._allowed + extra) from error
        finally:
            took = asyncio.get_running_loop().time() - began
            self.spent += took
            self.seconds -= max(0.0, took - extra)

    async def sleep(self, pause: float) -> None:
        """Pause between two attempts; the seconds count as spent."""
        await asyncio.sleep(pause)
        self.spent += pause
        self.seconds -= pause
