"""How numbers, ids and values look in text, the same everywhere."""

import re
from typing import Final

from asstctl.model.json import JsonValue, canonical_json

LONGEST_VALUE: Final = 72
_SHORT_ID: Final = 12
_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""What may drive a terminal, turn text around, or stand in no XML. White space is not among it."""
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Bytes for people, in powers of ten: ``4.2 kB``."""
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def short_id(object_id: str) -> str:
    """Enough of an id to recognise it."""
    return object_id if len(object_id) <= _SHORT_ID else f"{object_id[: _SHORT_ID - 3]}…"


def short_hash(sha256: str | None) -> str:
    """Enough of a hash, or a git commit, to recognise it. A ``-dirty`` suffix stays."""
    if not sha256:
        return ""
    head, dash, suffix = sha256.partition("-")
    return f"{head[:7]}{dash}{suffix}"


def value(item: JsonValue) -> str:
    """A field's value on one line: strings in quotes, unset as ``(unset)``, long ones cut."""
    if item is None:
        return "(unset)"
    text = canonical_json(item) if not isinstance(item, str) else f'"{item}"'
    if isinstance(item, float):
        text = str(item)
    text = text.replace("\n", "⏎")
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def seconds(duration: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 5 s``."""
    if duration < 10:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def printable(text: str) -> str:
    """``text`` without control characters: what others write must not drive a terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
