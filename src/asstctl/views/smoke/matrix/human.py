"""What a matrix has shown, in the terminal: a line for each value, and where models disagree."""

from collections.abc import Iterator, Mapping

from asstctl.smoke.choices import rows_of_models, tallies
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.views.smoke.matrix.words import columns, figures
from asstctl.views.smoke.words import MARKS
from asstctl.views.terminal import Line, Part, line, pad


def matrix_lines(result: SmokeResult, styles: Mapping[CaseStatus, str]) -> Iterator[Line]:
    """A table for each list with several values; nothing without one."""
    for name, values in tallies(result).items():
        told = columns(values.values())
        rows = [(label, *figures(part, told)) for label, part in values.items()]
        head, *padded = pad([(name, *told), *rows])
        yield line(("  ".join(head), "dim"))
        for cells in padded:
            yield line("  ".join(cells))
        yield line("")
    disputed = [row for row in rows_of_models(result) if row.is_disputed]
    if not disputed:
        return
    yield line(("models disagree", "dim"))
    for row in disputed:
        outcomes: list[Part] = []
        for model, case in row.by_model.items():
            outcomes += [(f"{MARKS[case.status]} ", styles[case.status]), f"{model}  "]
        yield line(*outcomes, (f"{row.key} · {row.name}", "bold"))
    yield line("")
