"""A comparison as a table on the page of transcripts."""

from asstctl.smoke.recorded.comparison import (
    Change,
    ComparedCase,
    Comparison,
    Difference,
    Differences,
    Measure,
)
from asstctl.text.words import count
from asstctl.views.markup import Html, join, tag
from asstctl.views.smoke.comparison.words import (
    amount,
    column,
    difference,
    headline,
    legend,
    mark,
    outcome,
    status_now,
    told,
)


def comparison_section(comparison: Comparison) -> Html:
    """What changed, and what it all took, as it was and as it is."""
    totals, shown = comparison.totals, told(comparison, verbose=False)
    names = ("case", "outcome", *(column(measure, comparison) for measure in totals))
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    rows = [_row(case, totals) for case in shown]
    name = f"{count(comparison.measured, 'case')} in both runs"
    foot = tag("tr", tag("th", name, scope="row"), tag("td"), *_cells(totals, totals))
    body = [tag("thead", head), tag("tbody", join(rows, "\n"))]
    table = tag("table", join([*body, tag("tfoot", foot)] if totals else body, "\n"))
    parts = (
        tag("h2", headline(comparison)),
        tag("div", table, class_="wide"),
        tag("p", legend(totals), class_="took") if totals else "",
    )
    return tag("section", join(parts, "\n"), class_="compared")


def _row(case: ComparedCase, columns: Differences) -> Html:
    is_told = case.change not in (Change.SAME, Change.GONE)
    named = join((tag("span", case.name, class_="name"), " ", tag("span", case.key, class_="key")))
    badge = tag("span", f"{mark(case)} {outcome(case)}", class_="badge")
    look = str(status_now(case)) if is_told else "same"
    return tag(
        "tr",
        tag("th", named, scope="row"),
        tag("td", badge),
        *_cells(columns, case.differences),
        class_=look,
    )


def _cells(columns: Differences, found: Differences) -> list[Html]:
    return [_cell(measure, found.get(measure)) for measure in columns]


def _cell(measure: Measure, found: Difference | None) -> Html:
    if found is None:
        return tag("td")
    then_now = f"{amount(measure, found.before)} → {amount(measure, found.after)}"
    change = tag("small", difference(measure, found))
    return tag("td", then_now, " ", change, class_="notable" if found.is_notable else "figure")
