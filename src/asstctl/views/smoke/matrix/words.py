"""Words for the tables of a matrix."""

from collections.abc import Sequence

from asstctl.smoke.choices import Tally
from asstctl.smoke.result import CaseResult
from asstctl.smoke.text import money
from asstctl.views.smoke.words import MARKS, spent


def columns(values: Sequence[Tally]) -> tuple[str, ...]:
    """What is told of each value; the cost where it is known of one."""
    known = any(tally.cost is not None for tally in values)
    return ("passed", "seconds", "tokens", *(["cost"] if known else []))


def figures(tally: Tally, columns: Sequence[str]) -> tuple[str, ...]:
    """How many of its cases passed, and what they took: a cell for each of the columns."""
    told = {
        "passed": f"{tally.passed} of {len(tally.cases)}",
        "seconds": f"{tally.seconds:.1f} s",
        "tokens": f"{tally.usage.total_tokens:,}",
        "cost": money(tally.cost) if tally.cost is not None else "",
    }
    return tuple(told[name] for name in columns)


def outcome(case: CaseResult) -> str:
    """``✓ 2.3 s · 1,204 tokens``."""
    return f"{MARKS[case.status]} {spent(case)}"
