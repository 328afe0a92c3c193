"""What a matrix has shown, on the page of transcripts: cases by models, and sums of every list."""

from collections.abc import Mapping

from asstctl.smoke.choices import MODEL, Row, rows_of_models, tallies
from asstctl.smoke.result import CaseResult, SmokeResult
from asstctl.views.markup import Html, join, tag
from asstctl.views.smoke.matrix.words import columns, figures, outcome


def matrix_section(result: SmokeResult) -> Html:
    """A table for each list with several values; nothing without one."""
    found = tallies(result)
    tables = [_sums(name, values) for name, values in found.items()]
    if MODEL in found:
        tables.append(_by_model(rows_of_models(result), list(found[MODEL])))
    return tag("section", join(tables, "\n"), class_="compared") if tables else Html()


def _sums(name: str, values: Mapping[str, SmokeResult]) -> Html:
    told = columns(values.values())
    rows = [_sum(label, part, told) for label, part in values.items()]
    return _table(f"by {name}", (name, *told), rows)


def _sum(label: str, part: SmokeResult, told: tuple[str, ...]) -> Html:
    cells = (tag("td", text) for text in figures(part, told))
    return tag("tr", tag("th", label, scope="row"), *cells)


def _by_model(rows: tuple[Row, ...], models: list[str]) -> Html:
    return _table("cases by model", ("case", *models), [_row(row, models) for row in rows])


def _row(row: Row, models: list[str]) -> Html:
    named = join((tag("span", row.name, class_="name"), " ", tag("span", row.key, class_="key")))
    cells = (_outcome(row.by_model.get(model)) for model in models)
    return tag("tr", tag("th", named, scope="row"), *cells)


def _outcome(case: CaseResult | None) -> Html:
    return (
        tag("td", tag("span", outcome(case), class_="badge"), class_=case.status)
        if case
        else tag("td")
    )


def _table(title: str, names: tuple[str, ...], rows: list[Html]) -> Html:
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    table = tag("table", tag("thead", head), "\n", tag("tbody", join(rows, "\n")))
    return join((tag("h2", title), tag("div", table, class_="wide")))
