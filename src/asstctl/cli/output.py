"""Reports go to stdout, everything else to stderr; colour only where somebody can see it."""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import click

from asstctl.errors import UsageError
from asstctl.model.json import JsonValue
from asstctl.model.sensitive import NOTHING, Sensitive, without
from asstctl.sync.local.whole import write_output
from asstctl.text.printable import escaped

if TYPE_CHECKING:
    from asstctl.views.terminal import Screen

_choice = "auto"
_sensitive = NOTHING
_named: set[str] = set()
STDOUT: Final = "stdout"
"""What errors of writing to it call it."""

_SHORTEST_SECRET: Final = 8
"""Anything shorter hides nothing from anybody, and masking it would garble ordinary words."""


def choose_color(choice: str) -> None:
    """Remember what ``--color`` says: auto, always or never."""
    global _choice
    _choice = choice


def wants_color(stream: TextIO) -> bool:
    """Whether text for ``stream`` is coloured.

    ``NO_COLOR``, then ``FORCE_COLOR``, are honoured unless ``--color`` overrules them.
    """
    if _choice == "auto":
        wanted = bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)
        return wanted and not os.environ.get("NO_COLOR")
    return _choice == "always"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person sits behind a stream, and it can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def start_afresh() -> None:
    """Forget what an earlier command of this process had to hide."""
    global _sensitive
    _sensitive = NOTHING
    _named.clear()


def hide(sensitive: Sensitive) -> None:
    """Mask these wherever they show up, in any spelling: a server may quote what it was sent.

    This is the last resort. What asstctl knows to be sensitive is masked as data before.
    """
    global _sensitive
    _sensitive |= sensitive


def hidden() -> Sensitive:
    """All that is to be hidden, for those who have it before it is cut."""
    return _sensitive


def never_mask(*names: object) -> None:
    """Never mask these: people and programs find things by their addresses, keys and ids."""
    _named.update(map(str, names))


def masked(text: str) -> str:
    """The text without anything that is to be hidden."""
    secrets = frozenset(text for text in _sensitive.secrets if len(text) >= _SHORTEST_SECRET)
    if not secrets:
        return text
    # Only a name that a secret is part of could be spoilt.
    spoilt = [name for name in _named if name in text and without(name, secrets) != name]
    kept = "|".join(re.escape(name) for name in sorted(spoilt, key=len, reverse=True))
    parts = re.split(f"({kept})", text) if kept else [text]
    return "".join(part if i % 2 else without(part, secrets) for i, part in enumerate(parts))


def screen(stream: TextIO) -> "Screen":
    """What a stream is shown on. Only a terminal has a width, unless ``COLUMNS`` says so."""
    from asstctl.views.terminal import Screen

    has_width = stream.isatty() or "COLUMNS" in os.environ
    width = shutil.get_terminal_size((80, 24)).columns if has_width else None
    return Screen(color=wants_color(stream), width=width)


def report(text: str, *, err: bool = False) -> None:
    """Print what a view has made, to stdout: everything in it is printable already.

    Raises OSError, which names the stream.
    """
    try:
        click.echo(masked(text), err=err, nl=not text.endswith("\n"), color=True)
    except OSError as error:
        error.filename = "stderr" if err else STDOUT
        raise


def say(sentence: str) -> None:
    """Tell a person something that is not the report, on stderr and on one line."""
    from asstctl.views.terminal import to_text

    report(to_text([sentence], screen(sys.stderr)), err=True)


def as_json(document: JsonValue) -> str:
    """A document for machines that people can read too: exact, and nothing in it is hidden."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=dict)
    return escaped(text) + "\n"


def write_report(path: Path, text: str) -> None:
    """Write a report to a file. Raises UsageError when that cannot be done."""
    write_file(path, masked(text))


def write_file(path: Path, text: str) -> None:
    """Write a file as it is and as a whole, its folders made.

    Raises UsageError when that cannot be done; what was there before is then still there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_output(path, text)
    except OSError as error:
        raise UsageError(
            f"{path}: the report cannot be written", why=error.strerror or str(error)
        ) from error
