"""An event loop whose time jumps to the next timer: tests wait for hours in no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout is None:
            raise RuntimeError("everything waits for something that no timer will bring")
        if not events and timeout:
            self.now += max(timeout, 0)
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """Real events are handled at once; otherwise the next timer is due immediately."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """Like ``asyncio.run``, on jumping time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)
