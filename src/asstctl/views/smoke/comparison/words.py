"""Words that every view of a comparison shares."""

from collections.abc import Iterable
from typing import Final

from asstctl.model.prices import Money
from asstctl.smoke.recorded.comparison import (
    THRESHOLDS,
    Change,
    ComparedCase,
    Comparison,
    Difference,
    Measure,
    Sample,
)
from asstctl.smoke.result import CaseStatus
from asstctl.smoke.text import money
from asstctl.text.words import listed
from asstctl.views.smoke.words import MARKS

_CHANGES: Final = {
    Change.NEWLY_FAILED: "newly failed",
    Change.NEWLY_ERROR: "newly in error",
    Change.NEWLY_SKIPPED: "newly skipped",
    Change.NEWLY_PASSED: "newly passed",
    Change.NEW: "new",
    Change.GONE: "gone",
    Change.SAME: "with the same outcome",
}
_LIMITS: Final = {
    Measure.SECONDS: "×{ratio:g} and {least:g} s",
    Measure.TOKENS: "×{ratio:g} and {least:g} tokens",
    Measure.COST: "×{ratio:g} in cost",
}


def headline(comparison: Comparison) -> str:
    """``compared with smoke.json: 1 newly failed, 1 new, 12 with the same outcome``."""
    said = [f"{count} {_CHANGES[change]}" for change, count in comparison.counts.items() if count]
    said += [f"{comparison.not_run} not run"] if comparison.not_run else []
    return f"compared with {comparison.file}: {', '.join(said) or 'no cases'}"


def became(case: ComparedCase) -> str:
    """What became of a case: ``newly failed``, ``new``."""
    return _CHANGES[case.change]


def mark(case: ComparedCase) -> str:
    """What a row begins with: how the case came out now, ``+`` for a new one, ``−`` for none."""
    match case.change:
        case Change.NEW:
            return "+"
        case Change.GONE:
            return "−"
        case _:
            return MARKS[status_now(case)]


def status_now(case: ComparedCase) -> CaseStatus:
    """How the case came out now; one that is gone counts as skipped."""
    return case.after.status if case.after else CaseStatus.SKIPPED


def outcome(case: ComparedCase) -> str:
    """``passed → failed``, ``passed 5/5 → passed 3/5``, ``new: passed``, ``gone``."""
    then = _sample(case.before) if case.before else ""
    now = _sample(case.after) if case.after else ""
    match case.change:
        case Change.NEW:
            return f"new: {now}"
        case Change.GONE:
            return f"gone: {then}"
        case _:
            return now if then == now else f"{then} → {now}"


def _sample(sample: Sample) -> str:
    times = f" {sample.passed}/{sample.runs}" if sample.runs > 1 else ""
    return f"{sample.status}{times}"


def difference(measure: Measure, item: Difference) -> str:
    """``+2.3 s ×2.04 ▲``: how much more, how many times as much, and whether that is notable."""
    change = amount(measure, abs(item.change))
    if change == amount(measure, 0):
        return "±0"
    sign = "+" if item.change > 0 else "−"
    notable = (" ▲" if item.change > 0 else " ▼") if item.is_notable else ""
    return f"{sign}{change}{_ratio(item.ratio)}{notable}"


def amount(measure: Measure, value: float) -> str:
    """``2.3 s``, ``1,204``, ``0.0031``: the currency stands above the column."""
    match measure:
        case Measure.SECONDS:
            return f"{value:,.1f} s"
        case Measure.TOKENS:
            return f"{value:,.0f}"
        case Measure.COST:
            return money(Money(value, "")).rstrip()


def column(measure: Measure, comparison: Comparison) -> str:
    """What stands above the figures: ``seconds``, ``cost in USD``."""
    return f"{measure} in {comparison.currency}" if measure is Measure.COST else str(measure)


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f" ×{ratio:.2f}" if ratio < 10 else f" ×{ratio:,.0f}"


def legend(measures: Iterable[Measure]) -> str:
    """What makes a difference of these measures notable."""
    limits = ((_LIMITS[measure], THRESHOLDS[measure]) for measure in measures)
    said = (text.format(ratio=limit.ratio, least=limit.least) for text, limit in limits)
    return f"▲ ▼ more than noise: by at least {listed(said, 'or')}"


def told(comparison: Comparison, *, verbose: bool) -> tuple[ComparedCase, ...]:
    """The cases that have a row, the worst first: those with something to tell; or all."""
    worst_first = list(Change)
    shown = (case for case in comparison.cases if verbose or not case.is_as_before)
    return tuple(sorted(shown, key=lambda case: worst_first.index(case.change)))
