"""Warnings about an account, the same wherever they are shown."""

from collections.abc import Iterable, Iterator

from asstctl.model.json import JsonValue
from asstctl.plan.warnings import AccountWarning
from asstctl.views.terminal import Line, line


def warning_lines(warnings: Iterable[AccountWarning]) -> Iterator[Line]:
    """Each warning with its code, why, and what to do."""
    for warning in warnings:
        yield line(("! ", "yellow"), warning.what, (f" [{warning.code}]", "dim"))
        for text in filter(None, (warning.why, warning.fix)):
            yield line(f"    {text}", hang=4)


def warning_documents(warnings: Iterable[AccountWarning]) -> list[JsonValue]:
    """The warnings in the form of errors, which every report shares."""
    return [
        {"code": item.code, "what": item.what, "why": item.why, "fix": item.fix}
        for item in warnings
    ]
