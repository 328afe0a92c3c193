"""The checks of an account: one line each for a person, or JSON."""

from collections.abc import Iterable, Iterator
from typing import Final

from asstctl.model.json import JsonValue
from asstctl.sync.checkup.check import Check, Verdict
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text

FORMAT_VERSION: Final = "1.0"
_MARKS: Final = {
    Verdict.OK: ("✓", "green"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.SKIPPED: ("–", "dim"),
}


def render_checks(checks: Iterable[Check], screen: Screen = PLAIN) -> str:
    """One line per check, its cure below where it needs one."""
    return to_text(_lines(tuple(checks)), screen)


def checks_document(checks: Iterable[Check], target: str) -> dict[str, JsonValue]:
    """The document that ``doctor --format json`` prints."""
    checks = tuple(checks)
    return {
        "format_version": FORMAT_VERSION,
        "target": target,
        "checks": [
            {
                "name": check.name,
                "verdict": str(check.verdict),
                "found": check.found,
                "fix": check.fix or None,
            }
            for check in checks
        ],
        "healthy": all(check.verdict is not Verdict.FAILED for check in checks),
    }


def _lines(checks: tuple[Check, ...]) -> Iterator[Line | str]:
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark, style = _MARKS[check.verdict]
        name = (check.name.ljust(width), "bold")
        yield line((f"{mark} ", style), name, f"  {check.found}", hang=width + 4)
        if check.fix and check.verdict in (Verdict.WARNING, Verdict.FAILED):
            yield line(" " * (width + 4) + check.fix, hang=width + 4)
