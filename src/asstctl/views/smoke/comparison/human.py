"""A comparison as a table in the terminal: what changed, and what it all took."""

from collections.abc import Iterator, Mapping
from typing import Final

from asstctl.smoke.recorded.comparison import Change, ComparedCase, Comparison, Differences, Measure
from asstctl.smoke.result import CaseStatus
from asstctl.views.smoke.comparison.words import (
    column,
    difference,
    headline,
    legend,
    mark,
    outcome,
    status_now,
    told,
)
from asstctl.views.terminal import Line, line, pad

_INDENT: Final = "    "


def comparison_lines(
    comparison: Comparison, styles: Mapping[CaseStatus, str], *, verbose: bool
) -> Iterator[Line]:
    """The table. Names stand above their rows, where they may be as long as they like."""
    yield line((headline(comparison), "bold"))
    totals, shown = comparison.totals, told(comparison, verbose=verbose)
    head, *rows, sums = pad(
        [
            ("outcome", *(column(measure, comparison) for measure in totals)),
            *((outcome(case), *_cells(totals, case.differences)) for case in shown),
            (f"{comparison.measured} in both runs", *_cells(totals, totals)),
        ]
    )
    yield line(_INDENT, ("  ".join(head), "dim"))
    for case, cells in zip(shown, rows, strict=True):
        style = _style(case, styles)
        yield line((f"{mark(case)} ", style), f"{case.key} · {case.name}")
        yield line(_INDENT, ("  ".join(cells), style))
    if totals:
        yield line(_INDENT, ("  ".join(sums), "bold"))
    if any(item.is_notable for case in shown for item in case.differences.values()):
        yield line((legend(totals), "dim"))


def _cells(columns: Differences, found: Differences) -> tuple[str, ...]:
    return tuple(_cell(measure, found) for measure in columns)


def _cell(measure: Measure, found: Differences) -> str:
    return difference(measure, found[measure]) if measure in found else ""


def _style(case: ComparedCase, styles: Mapping[CaseStatus, str]) -> str:
    return "" if case.change in (Change.SAME, Change.GONE) else styles[status_now(case)]
