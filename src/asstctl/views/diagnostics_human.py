"""Diagnostics for a person: where, what, the line itself, why, and how to mend it."""

import textwrap
from collections.abc import Iterable, Iterator

from rich.text import Text

from asstctl.model.diagnostics import Diagnostic, Severity
from asstctl.views import words
from asstctl.views.terminal import line, to_text

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_WIDTH = 96


def render_diagnostics(diagnostics: Iterable[Diagnostic], *, color: bool) -> str:
    """Every problem, one after the other, and their number."""
    diagnostics = tuple(diagnostics)
    return to_text(_lines(diagnostics), color=color) if diagnostics else ""


def count_line(diagnostics: Iterable[Diagnostic]) -> str:
    """``2 errors, 1 warning``."""
    diagnostics = tuple(diagnostics)
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [
        words.count(number, noun)
        for number, noun in ((errors, "error"), (warnings, "warning"))
        if number
    ]
    return ", ".join(parts)


def _lines(diagnostics: tuple[Diagnostic, ...]) -> Iterator[Text | str]:
    for diagnostic in diagnostics:
        yield from _one(diagnostic)
        yield ""
    yield line((count_line(diagnostics), "bold"))


def _one(diagnostic: Diagnostic) -> Iterator[Text | str]:
    yield line(
        (f"{diagnostic.location}: ", "bold"),
        (f"{diagnostic.severity}: ", _STYLES[diagnostic.severity]),
        words.printable(diagnostic.summary),
        (f" [{diagnostic.code}]", "dim"),
    )
    yield from _excerpt(diagnostic)
    prose = " ".join(filter(None, (diagnostic.detail, diagnostic.fix)))
    for row in textwrap.wrap(words.printable(prose), _WIDTH, break_on_hyphens=False):
        yield f"  {row}"


def _excerpt(diagnostic: Diagnostic) -> Iterator[Text]:
    excerpt, location = diagnostic.excerpt, diagnostic.location
    if excerpt is None or not location.line:
        return
    gutter = f"  {location.line} | "
    margin = " " * (len(gutter) - 2)
    before = max(location.column - 1, 0)
    text = words.printable(excerpt.text).replace("\t", " ")
    if before + excerpt.width > _WIDTH:
        shift = max(0, before - _WIDTH // 3)
        text, before = f"…{text[shift + 1 :]}" if shift else text, before - shift
    text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
    width = max(1, min(excerpt.width, len(text) - before))
    yield line((gutter, "dim"), text)
    yield line((f"{margin}| ", "dim"), " " * before, ("^" * width, _STYLES[diagnostic.severity]))
