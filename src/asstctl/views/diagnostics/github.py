"""Diagnostics as GitHub's workflow commands: annotations at the lines of a pull request."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from asstctl.model.diagnostics import Diagnostic
from asstctl.text.printable import printable

_IN_MESSAGE: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY: Final = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """One ``::error`` or ``::warning`` line for each."""
    return "".join(f"{line}\n" for line in map(_command, diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    place = ",".join(f"{name}={_escaped(text, _IN_PROPERTY)}" for name, text in _place(diagnostic))
    message = " ".join(filter(None, (diagnostic.summary + ".", diagnostic.detail, diagnostic.fix)))
    return f"::{diagnostic.severity} {place}::{_escaped(message, _IN_MESSAGE)}"


def _place(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    location = diagnostic.location
    yield "file", location.path
    if location.line:
        yield "line", str(location.line)
        yield "col", str(location.column)
    yield "title", f"asstctl: {diagnostic.code}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in printable(text))
