"""Questions to a person. Without a terminal there is nobody to ask."""

import sys

import click

from asstctl.errors import AsstctlError, UsageError


class DeclinedError(AsstctlError):
    """The person said no. Nothing was written."""

    code = "declined"


def confirm(question: str, *, answer: str = "yes") -> None:
    """Go on only when ``answer`` is typed. Raises UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on",
            why=f"{question} needs an answer, and stdin is not a terminal.",
            fix="Add --auto-approve to go on without being asked.",
        )
    given = click.prompt(
        f"{question} Type {answer!r} to go on", default="", show_default=False, err=True
    )
    if given != answer:
        raise DeclinedError("not confirmed; nothing was changed")
