"""SIGTERM is what Ctrl-C is, whatever the command is doing."""

import asyncio
import os
import signal
import sys

import pytest

from asstctl.cli.event_loop import run_async
from asstctl.cli.interrupts import graceful, immediate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM")


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_cancels_work_which_still_cleans_up() -> None:
    done: list[str] = []

    async def work() -> None:
        try:
            terminate()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            done.append("cleaned up")

    with pytest.raises(asyncio.CancelledError):
        run_async(work())
    assert done == ["cleaned up"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_it_ends_a_question_at_once() -> None:
    async def work() -> None:
        with immediate():
            terminate()
            pytest.fail("nobody answers")

    with pytest.raises(KeyboardInterrupt):
        run_async(work())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_waited_for_once_and_then_ends_what_follows(number: signal.Signals) -> None:
    async def work() -> None:
        with graceful() as stop:
            os.kill(os.getpid(), number)
            await stop.wait()
        os.kill(os.getpid(), number)
        await asyncio.sleep(60)

    with pytest.raises((asyncio.CancelledError, KeyboardInterrupt)):
        run_async(work())
