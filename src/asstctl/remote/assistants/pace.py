"""How fast the account wants to be asked: one pause for everybody, never a failure."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

LONGEST_WAIT: Final = 120.0
"""Seconds. A server that wants longer pauses than this is taken to have refused."""

_REMAINING: Final = ("x-ratelimit-remaining-requests", "x-ratelimit-remaining")
_RESET: Final = ("x-ratelimit-reset-requests", "x-ratelimit-reset")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class Pace:
    """A pause that all requests of one account share."""

    def __init__(
        self, sleep: Sleep = asyncio.sleep, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._resume_at = 0.0

    async def wait(self) -> None:
        """Return when requests may be sent."""
        while (pause := self._resume_at - self._monotonic()) > 0:
            await self._sleep(pause)

    def hold(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._resume_at = max(self._resume_at, self._monotonic() + seconds)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Stop before the limit is crossed: when no request is left, until there are some."""
        remaining = next((headers[name] for name in _REMAINING if name in headers), "")
        if remaining.strip() != "0":
            return
        reset = next((headers[name] for name in _RESET if name in headers), "")
        self.hold(min(duration(reset), LONGEST_WAIT))


def duration(text: str) -> float:
    """Seconds in ``1s``, ``6m0s``, ``120ms`` or ``2.5``; 0 for anything else.

    A bare number beyond a day is a point in time; without the server's clock it says nothing.
    """
    parts = _DURATION.findall(text.strip())
    if "".join(number + unit for number, unit in parts) != text.strip():
        return 0.0
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return seconds if seconds <= 86_400 else 0.0
