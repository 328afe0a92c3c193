"""Reports go to stdout, everything else to stderr; colour only where somebody can see it."""

import json
import os
from pathlib import Path
from typing import Final, TextIO

import click

from asstctl.errors import UsageError
from asstctl.model.json import JsonValue

_choice = "auto"
_hidden: set[str] = set()
_SHORTEST_SECRET: Final = 8
"""Anything shorter hides nothing from anybody, and masking it would garble ordinary words."""


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


def hide(*secrets: str) -> None:
    """Mask these wherever they show up: a server may quote the key that it was sent."""
    _hidden.update(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)


def masked(text: str) -> str:
    """The text without anything that is to be hidden."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def report(text: str) -> None:
    """Print a finished report to stdout."""
    click.echo(masked(text), nl=not text.endswith("\n"), color=True)


def say(text: str) -> None:
    """Print anything that is not the report, to stderr."""
    click.echo(masked(text), err=True, nl=not text.endswith("\n"), color=True)


def as_json(document: JsonValue) -> str:
    """A document for machines that people can read too."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=dict) + "\n"


def write_file(path: Path, text: str) -> None:
    """Write a report to a file, its folders made. Raises UsageError when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(masked(text), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: the report cannot be written", why=error.strerror or str(error)
        ) from error
