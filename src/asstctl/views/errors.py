"""An error for a person: what happened, why, and what to do."""

from collections.abc import Iterator
from dataclasses import replace

from asstctl.errors import AsstctlError
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text


def render_error(error: AsstctlError, screen: Screen = PLAIN) -> str:
    """One error with its code, without a traceback."""
    head = line(("error: ", "bold red"), error.what, (f" [{error.code}]", "dim"))
    return to_text([head, *error_lines(error)], screen)


def render_note(note: str, error: AsstctlError, screen: Screen = PLAIN) -> str:
    """An error that stops nothing, and ``note``: what follows from it."""
    return to_text([f"note: {note}: {error.what}", *error_lines(error)], screen)


def error_lines(error: AsstctlError, indent: int = 2) -> Iterator[Line]:
    """Why, and what to do. Commands can be copied: they are never wrapped."""
    for text in (error.why, error.fix):
        if text:
            yield line(" " * indent + text, hang=indent)
    for command in error.commands:
        yield replace(line(" " * (indent + 2) + command), wraps=False)
