"""Questions to a person. Without a terminal there is nobody to ask."""

import os
import select
import sys
from collections.abc import Callable
from typing import Final

import click

from asstctl.cli.interrupts import immediate
from asstctl.cli.output import screen
from asstctl.errors import UsageError

_DETAILS: Final = "d"


def confirm(
    question: str, *, answer: str = "yes", details: Callable[[], None] | None = None
) -> bool:
    """Whether ``answer`` is typed. Where ``details`` can be shown, `d` shows them and asks again.

    Raises UsageError without a terminal, click.Abort at once for Ctrl-C and Ctrl-D.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on",
            why=f"{question} needs an answer, and stdin is not a terminal.",
            fix="Add --auto-approve to go on without being asked.",
        )
    from asstctl.views.terminal import to_text

    more = f", {_DETAILS!r} for details" if details else ""
    asked = to_text([question, f"Type {answer!r} to go on{more}:"], screen(sys.stderr))
    typed = _typed(f"{asked.rstrip()} ")
    while details and typed == _DETAILS:
        details()
        typed = _typed(f"{asked.rstrip()} ")
    return typed == answer


def confirm_cost(*, yes: bool) -> Callable[[str], bool] | None:
    """Who is asked about money: the person at the terminal, unless they have said ``yes``."""
    return None if yes or not sys.stdin.isatty() else confirm


def _typed(question: str) -> str:
    """The line that a person types. Raises click.Abort for Ctrl-C and Ctrl-D."""
    try:
        with immediate() as interrupted:
            click.echo(question, nl=False, err=True)
            if os.name == "posix":  # the console of Windows notices Ctrl-C while it reads
                select.select([sys.stdin, interrupted], [], [])
            line = sys.stdin.readline()
    except KeyboardInterrupt:
        line = ""
    if not line:
        click.echo(err=True)  # what comes next does not belong on the line of the question
        raise click.Abort
    return line.strip()
