"""Ctrl-C once: begin nothing more and finish what is in flight. Twice: stop now.

At a question, where nothing is in flight, once is enough.
"""

import asyncio
import signal
import socket
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


@contextmanager
def immediate() -> Iterator[socket.socket]:
    """Let Ctrl-C raise KeyboardInterrupt where it is pressed, as outside of an event loop.

    asyncio's own handler cancels a task at its next await, and whoever waits for a person to type
    never comes to one. The socket is readable once a signal came: a system call that blocks just
    after it would not notice by itself.
    """
    came, tell = socket.socketpair()
    tell.setblocking(False)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    descriptor = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    try:
        yield came
    finally:
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGINT, handler)
        came.close()
        tell.close()
