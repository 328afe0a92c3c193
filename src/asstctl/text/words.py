"""How counts, sizes, ids, times and lists look in a sentence, the same everywhere."""

from collections.abc import Iterable
from typing import Final

from asstctl.text.printable import printable

_SHORT_ID: Final = 12
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def a(noun: str) -> str:
    """``an assistant``, ``a vector store``."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def size(number: float) -> str:
    """Bytes for people, in powers of ten: ``4.2 kB``."""
    for unit in _UNITS:
        if number < 1000 or unit == _UNITS[-1]:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError("unreachable")


def seconds(duration: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 5 s``."""
    if duration < 10:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def listed(items: Iterable[str], word: str = "and") -> str:
    """Items as a sentence has them: ``a, b and c``."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def some(items: Iterable[str], most: int = 3) -> str:
    """The first ``most`` items and how many are left out: ``a, b, c and 4 more``."""
    items = list(items)
    left_out = len(items) - most
    more = f" and {left_out} more" if left_out > 0 else ""
    return ", ".join(items[:most]) + more


def shortened(text: str, limit: int = 60) -> str:
    """``text`` on one line and at most ``limit`` characters long, its end left out."""
    text = printable(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def abridged(text: str, limit: int = 120) -> str:
    """``text`` on one line and about ``limit`` characters long, its middle left out.

    For texts whose end tells as much as their beginning: replies, errors.
    """
    text = printable(text.strip())
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 3].rstrip()} … {text[-tail:].lstrip()}"


def short_id(object_id: str) -> str:
    """Enough of an id to recognise it."""
    return object_id if len(object_id) <= _SHORT_ID else f"{object_id[: _SHORT_ID - 3]}…"


def short_hash(sha256: str | None) -> str:
    """Enough of a hash, or a git commit, to recognise it. A ``-dirty`` suffix stays."""
    if not sha256:
        return ""
    head, dash, suffix = sha256.partition("-")
    return f"{head[:7]}{dash}{suffix}"
