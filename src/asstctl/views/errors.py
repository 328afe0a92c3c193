"""An error for a person: what happened, why, and what to do."""

from asstctl.errors import AsstctlError
from asstctl.views.apply.human import error_lines
from asstctl.views.terminal import PLAIN, Screen, line, to_text


def render_error(error: AsstctlError, screen: Screen = PLAIN) -> str:
    """One error, without a traceback."""
    head = line(("error: ", "bold red"), error.what, (f" [{error.code}]", "dim"))
    return to_text([head, *error_lines(error)], screen)


def render_note(note: str, error: AsstctlError, screen: Screen = PLAIN) -> str:
    """An error that stops nothing, and what follows from it."""
    return to_text([f"note: {note}: {error.what}", *error_lines(error)], screen)
