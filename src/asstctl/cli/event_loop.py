"""Where a command leaves plain Python for the event loop, and comes back."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from asstctl.cli.interrupts import terminable

T = TypeVar("T")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end and return what it returns. Ctrl-C and SIGTERM cancel it.

    The main task itself returns nothing: putting the signal handler back makes asyncio spell that
    task out with its result, and the spelling of a large plan takes longer than making it.
    """
    results: list[T] = []

    async def keep() -> None:
        with terminable():
            results.append(await work)

    asyncio.run(keep())
    return results[0]
