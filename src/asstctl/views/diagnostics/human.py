"""Diagnostics for a person: where, what, the line itself, why, and how to fix it."""

import textwrap
from collections.abc import Iterable, Iterator

from rich.cells import cell_len

from asstctl.model.diagnostics import Diagnostic, Severity, counted
from asstctl.text import words
from asstctl.text.printable import printable
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_WIDTH = 98
_NARROWEST = 40


def render_diagnostics(diagnostics: Iterable[Diagnostic], screen: Screen = PLAIN) -> str:
    """Every problem, one after the other, and their number."""
    diagnostics = tuple(diagnostics)
    width = max(_NARROWEST, min(_WIDTH, screen.width or _WIDTH))
    return to_text(_lines(diagnostics, width), screen) if diagnostics else ""


def _lines(diagnostics: tuple[Diagnostic, ...], width: int) -> Iterator[Line | str]:
    for diagnostic in diagnostics:
        yield from _one(diagnostic, width)
        yield ""
    yield line((counted(diagnostics), "bold"))


def _one(diagnostic: Diagnostic, width: int) -> Iterator[Line | str]:
    yield line(
        (f"{diagnostic.location}: ", "bold"),
        (f"{diagnostic.severity}: ", _STYLES[diagnostic.severity]),
        diagnostic.summary,
        (f" [{diagnostic.code}]", "dim"),
    )
    yield from _excerpt(diagnostic, width)
    prose = " ".join(filter(None, (diagnostic.detail, diagnostic.fix)))
    for row in textwrap.wrap(printable(prose), width - 2, break_on_hyphens=False):
        yield f"  {row}"


def _excerpt(diagnostic: Diagnostic, width: int) -> Iterator[Line]:
    excerpt, location = diagnostic.excerpt, diagnostic.location
    if excerpt is None or not location.line:
        return
    gutter = f"  {location.line} | "
    margin = " " * (len(gutter) - 2)
    room = width - len(gutter)
    start = max(location.column - 1, 0)
    row = excerpt.text.replace("\t", " ")
    before, about = printable(row[:start]), printable(row[start : start + excerpt.width])
    text = before + about + printable(row[start + excerpt.width :])
    first, length = len(before), len(about)
    if first + length > room and (shift := max(0, first - room // 3)):
        text, first = f"…{text[shift + 1 :]}", first - shift
    text = words.shortened(text, room)
    under = max(1, cell_len(text[first : first + length]))
    yield line((gutter, "dim"), text)
    yield line(
        (f"{margin}| ", "dim"),
        " " * cell_len(text[:first]),
        ("^" * under, _STYLES[diagnostic.severity]),
    )
