"""A comparison as part of the report's document, under ``baseline``."""

from typing import Any, Final

from asstctl.model.prices import Money
from asstctl.smoke.documents import cost_document
from asstctl.smoke.recorded.comparison import ComparedCase, Comparison, Measure, Sample

_DIGITS: Final = 3


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """All cases of both runs, with what each took: the median of its conversations."""
    counts = {str(change): count for change, count in comparison.counts.items()}
    return {
        "file": comparison.file,
        "cases": [_case(case) for case in comparison.cases],
        "summary": counts | {"not_run": comparison.not_run},
    }


def _case(case: ComparedCase) -> dict[str, Any]:
    return {
        "key": case.key,
        "name": case.name,
        "target": case.target,
        "change": str(case.change),
        "before": _sample(case.before) if case.before else None,
        "after": _sample(case.after) if case.after else None,
        "notable": [
            str(measure) for measure, found in case.differences.items() if found.is_notable
        ],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    taken: dict[str, Any] = {
        str(measure): round(sample.amounts[measure].median, _DIGITS)
        for measure in (Measure.SECONDS, Measure.TOKENS)
        if measure in sample.amounts
    }
    if cost := sample.amounts.get(Measure.COST):
        taken["cost"] = cost_document(Money(cost.median, sample.currency))
    return {"status": str(sample.status), "runs": sample.runs, "passed": sample.passed} | taken
