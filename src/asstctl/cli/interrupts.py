"""Ctrl-C once: begin nothing more and finish what is in flight. Twice: stop now."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from asstctl.cli.output import say


@contextmanager
def graceful() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets. The second cancels the current task."""
    stop = asyncio.Event()
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if stop.is_set():
            if task is not None:
                task.cancel()
            return
        stop.set()
        say("interrupted: finishing what is in flight; press Ctrl-C again to stop now")

    signals = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in signals:
            loop.add_signal_handler(number, interrupted)
    except NotImplementedError:  # Windows: the default handler raises KeyboardInterrupt
        yield stop
        return
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
