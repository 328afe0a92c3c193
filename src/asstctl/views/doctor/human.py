"""The checks of an account for a person: one line each."""

from collections.abc import Iterable, Iterator
from typing import Final

from asstctl.sync.doctor.check import Check, Verdict
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text

_MARKS: Final = {
    Verdict.OK: ("✓", "green"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.SKIPPED: ("–", "dim"),
}


def render_checks(checks: Iterable[Check], screen: Screen = PLAIN) -> str:
    """One line per check, its cure below where it needs one."""
    return to_text(_lines(tuple(checks)), screen)


def _lines(checks: tuple[Check, ...]) -> Iterator[Line | str]:
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark, style = _MARKS[check.verdict]
        name = (check.name.ljust(width), "bold")
        yield line((f"{mark} ", style), name, f"  {check.found}", hang=width + 4)
        if check.fix and check.verdict in (Verdict.WARNING, Verdict.FAILED):
            yield line(" " * (width + 4) + check.fix, hang=width + 4)
