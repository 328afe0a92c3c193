"""Rate limits: one pause that all requests of an account share, and the headers that name it."""

import asyncio
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT: Final = 120.0
"""Seconds. A server that wants longer pauses than this is taken to have refused."""

_COUNTED: Final = ("-requests", "-tokens", "")
"""What servers count, as the ending of their headers' names."""
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|)", re.ASCII)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
_DAY: Final = 86_400.0


class Pace:
    """A pause that all requests of one account share, on the clock of the event loop."""

    def __init__(self) -> None:
        self._resume_at = 0.0

    async def wait(self) -> None:
        """Return when requests may be sent."""
        while (pause := self._resume_at - _now()) > 0:  # noqa: ASYNC110 - it may grow meanwhile
            await asyncio.sleep(pause)

    def hold(self, seconds: float) -> None:
        """Send nothing for ``seconds`` from now; a pause that is longer already stays."""
        self._resume_at = max(self._resume_at, _now() + seconds)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Pause before the limit is exceeded: when a header says that nothing of it remains."""
        pause = until_reset(headers)
        if pause is not None:
            self.hold(min(pause, LONGEST_WAIT))


def wished_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that a refused request should wait, as far as the server says so; else None.

    From ``retry-after-ms``, ``Retry-After`` in seconds or as a date, else from the rate limit's
    headers. A date is compared with the server's own clock, in ``Date``.
    """
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return max(0.0, seconds / scale)
    dated = _until(headers.get("retry-after", ""), headers.get("date", ""))
    return dated if dated is not None else until_reset(headers)


def until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until an exhausted limit is reset; None when none is exhausted, or no time is given.

    ``x-ratelimit-remaining-requests: 0`` with ``x-ratelimit-reset-requests: 6m0s`` is 360. The
    limits are those of requests, of tokens, and the one without a name.
    """
    used_up = [
        what for what in _COUNTED if headers.get(f"x-ratelimit-remaining{what}", "").strip() == "0"
    ]
    resets = [duration(headers.get(f"x-ratelimit-reset{what}", "")) for what in used_up]
    return max((reset for reset in resets if reset is not None), default=None)


def duration(text: str) -> float | None:
    """Seconds in ``1s``, ``6m0s``, ``120ms``, ``7`` or ``2.5``; None for anything else.

    A bare number beyond a day is a point in time; without the server's clock it says nothing.
    """
    text = text.strip()
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return seconds if seconds <= _DAY else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _until(date: str, now: str) -> float | None:
    """Seconds from one HTTP date to another; None when either is missing."""
    try:
        return max(0.0, (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError):
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()
