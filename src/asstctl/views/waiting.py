"""One line that moves while nothing else happens, and goes when something does."""

from contextlib import AbstractContextManager
from typing import TextIO

from rich.console import Console
from rich.text import Text

from asstctl.text.printable import printable


def waiting(stream: TextIO, text: str, *, color: bool) -> AbstractContextManager[object]:
    """A spinner with a text, on a terminal, for as long as the context is open."""
    console = Console(file=stream, no_color=not color, highlight=False)
    return console.status(Text(printable(text)))
