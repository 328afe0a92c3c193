"""Reports go to stdout, everything else to stderr; colour only where somebody can see it."""

import json
import os
from pathlib import Path
from typing import TextIO

import click

from asstctl.errors import UsageError
from asstctl.model.json import JsonValue

_choice = "auto"


def choose_color(choice: str) -> None:
    """Remember what ``--color`` says: auto, always or never."""
    global _choice
    _choice = choice


def wants_color(stream: TextIO) -> bool:
    """Whether text for ``stream`` is coloured. ``NO_COLOR`` is honoured unless overruled."""
    if _choice == "auto":
        return "NO_COLOR" not in os.environ and is_terminal(stream)
    return _choice == "always"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person sits behind a stream, and it can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def report(text: str) -> None:
    """Print a finished report to stdout."""
    click.echo(text, nl=not text.endswith("\n"), color=True)


def say(text: str) -> None:
    """Print anything that is not the report, to stderr."""
    click.echo(text, err=True, nl=not text.endswith("\n"), color=True)


def as_json(document: JsonValue) -> str:
    """A document for machines that people can read too."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=dict) + "\n"


def write_file(path: Path, text: str) -> None:
    """Write a report to a file, its folders made. Raises UsageError when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: the report cannot be written", why=error.strerror or str(error)
        ) from error
