"""Warnings about an account for a person, the same wherever they are shown."""

from collections.abc import Iterable, Iterator

from asstctl.plan.warnings import AccountWarning
from asstctl.views.terminal import Line, line


def warning_lines(warnings: Iterable[AccountWarning]) -> Iterator[Line]:
    """Each warning with its code, why, and what to do."""
    for warning in warnings:
        yield line(("! ", "yellow"), warning.what, (f" [{warning.code}]", "dim"))
        for text in filter(None, (warning.why, warning.fix)):
            yield line(f"    {text}", hang=4)
