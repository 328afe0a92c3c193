"""Ctrl-C once: begin nothing more and finish what is in flight. Twice: stop now.

At a question, where nothing is in flight, once is enough. SIGTERM, which pipelines and containers
send when they are stopped, is the same.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from asstctl.cli.output import say

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM cancel the current task, as asyncio does on Ctrl-C, so that it can clean up."""
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = task.get_loop()
    before = signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


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

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        for number in _SIGNALS:
            loop.add_signal_handler(number, interrupted)
    except NotImplementedError:  # Windows: the default handler raises KeyboardInterrupt
        yield stop
        return
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number] or signal.SIG_DFL)


@contextmanager
def immediate() -> Iterator[socket.socket]:
    """Let Ctrl-C raise KeyboardInterrupt where it is pressed, as outside of an event loop.

    asyncio's own handler cancels a task at its next await, and whoever waits for a person to type
    never comes to one. The socket is readable once a signal came: a system call that blocks just
    after it would not notice by itself.
    """
    came, tell = socket.socketpair()
    tell.setblocking(False)
    before = {one: signal.signal(one, signal.default_int_handler) for one in _SIGNALS}
    descriptor = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    try:
        yield came
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        came.close()
        tell.close()
