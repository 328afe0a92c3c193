"""Words for the tables of a matrix."""

from collections.abc import Iterable, Sequence

from asstctl.smoke.result import CaseResult, SmokeResult
from asstctl.smoke.text import money
from asstctl.views.smoke.words import MARKS, spent


def columns(values: Iterable[SmokeResult]) -> tuple[str, ...]:
    """What is told of each value; the cost where it is known of one."""
    known = any(part.cost is not None for part in values)
    return ("passed", "seconds", "tokens", *(["cost"] if known else []))


def figures(part: SmokeResult, columns: Sequence[str]) -> tuple[str, ...]:
    """How many of its cases passed, and what they took: a cell for each of the columns."""
    told = {
        "passed": f"{part.summary.passed} of {part.summary.total}",
        "seconds": f"{part.seconds:.1f} s",
        "tokens": f"{part.usage.total_tokens:,}",
        "cost": money(part.cost) if part.cost is not None else "",
    }
    return tuple(told[name] for name in columns)


def outcome(case: CaseResult) -> str:
    """``✓ 2.3 s · 1,204 tokens``."""
    return f"{MARKS[case.status]} {spent(case)}"
