"""Rate limits slow everybody down; they fail nothing as long as there is time."""

import pytest

from asstctl.remote.assistants.pace import LONGEST_WAIT, Pace, duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3s", 3723.0),
        ("2.5", 2.5),
        ("1700000000", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("1s later", 0.0),
    ],
)
def test_durations_are_read_in_every_spelling(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "3s"}, 3.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}, 2.0),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "3s"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9h"}, LONGEST_WAIT),
        ({"x-ratelimit-remaining-requests": "0"}, 0.0),
        ({}, 0.0),
    ],
)
async def test_nothing_is_sent_while_no_request_is_left(
    headers: dict[str, str], waited: float
) -> None:
    clock = _Clock()
    pace = Pace(clock.sleep, clock)

    pace.heed(headers)
    await pace.wait()

    assert clock.now - 100.0 == pytest.approx(waited)
