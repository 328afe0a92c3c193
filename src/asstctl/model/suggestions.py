"""*Did you mean …?*, of names in manifests and on the command line alike."""

import difflib
from collections.abc import Iterable

from asstctl.model.address import Address
from asstctl.model.paths import composed, folded
from asstctl.text.printable import appearance


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``; one that differs only in case or form comes first."""
    names = list(known)
    alike = {folded(name): name for name in names}
    same = alike.get(folded(word))
    return same or next(iter(difflib.get_close_matches(word, names, n=1, cutoff=0.6)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that offers the known word most like ``word``, or nothing."""
    close = closest(word, known)
    return f'Did you mean "{close}"?{_what_differs(word, close)}' if close else ""


def address_meant(word: str, known: Iterable[Address]) -> str:
    """A sentence with the address most like ``word``, which may lack its kind; or nothing."""
    names = sorted(map(str, known))
    by_key = {name.partition(".")[2]: name for name in reversed(names)}
    key = None if "." in word else closest(word, by_key)
    return f'Did you mean "{by_key[key]}"?' if key else did_you_mean(word, names)


def _what_differs(word: str, other: str) -> str:
    """What tells two words apart that look the same; nothing for those that do not."""
    if composed(word) == composed(other) and word != other:
        return " It looks the same, and is written in another Unicode form."
    if appearance(word) == appearance(other):
        return " It looks the same, and differs in characters that look like others."
    return ""
