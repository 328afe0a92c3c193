"""What a benchmark reports: a measurement beside a baseline's, and the ratio that has a budget."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. ``budget`` is the largest ``ratio`` that is fine; None: only told."""

    name: str
    measured: float
    baseline: str
    expected: float
    budget: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """How many times the baseline it took."""
        return self.measured / self.expected

    @property
    def verdict(self) -> str:
        """Whether it is within its budget."""
        if self.budget is None:
            return ""
        return "within" if self.ratio <= self.budget else "OVER"


def best_of(
    repeat: int, *actions: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> tuple[float, ...]:
    """The least seconds that each action took. They take turns, so that noise hits all alike."""
    best = [float("inf")] * len(actions)
    for _ in range(repeat):
        for i, action in enumerate(actions):
            start = clock()
            action()
            best[i] = min(best[i], clock() - start)
    return tuple(best)


def medians(rounds: int, *measures: Callable[[], float]) -> tuple[float, ...]:
    """The median of what each measure returns, after a first time that is for the caches.

    They take turns, so that noise hits all alike.
    """
    for measure in measures:
        measure()
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return tuple(map(statistics.median, zip(*taken, strict=True)))
