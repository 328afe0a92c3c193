"""Rate limits slow everybody down; they fail nothing as long as there is time."""

import asyncio

import pytest

from asstctl.remote.wire.rate_limit import LONGEST_WAIT, Pace, duration, wished_pause
from support.clock import run


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3s", 3723.0),
        ("2.5", 2.5),
        ("7", 7.0),
        ("1700000000", None),
        ("", None),
        ("soon", None),
        ("1s later", None),
        ("-3", None),
    ],
)
def test_durations_are_read_in_every_spelling(text: str, seconds: float | None) -> None:
    assert duration(text) == (None if seconds is None else pytest.approx(seconds))


LIMITS = [
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "3s"}, 3.0),
    ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2.5"}, 2.5),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}, 2.0),
    ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "3s"}, None),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9h"}, 32_400.0),
    ({"x-ratelimit-remaining-requests": "0"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), LIMITS)
def test_nothing_is_sent_while_nothing_is_left(
    headers: dict[str, str], seconds: float | None
) -> None:
    async def waited() -> float:
        pace, start = Pace(), asyncio.get_running_loop().time()
        pace.heed(headers)
        await pace.wait()
        return asyncio.get_running_loop().time() - start

    assert run(waited()) == pytest.approx(min(seconds or 0.0, LONGEST_WAIT))


@pytest.mark.parametrize(("headers", "seconds"), LIMITS)
def test_a_refusal_and_a_success_read_the_same_headers_alike(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wished_pause(headers) == seconds
