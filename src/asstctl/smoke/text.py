"""Short, exact wording for findings: shortened quotes, lists, seconds."""

from collections.abc import Iterable

from asstctl.model.prices import Money
from asstctl.text.words import abridged, listed

QUOTE_LIMIT = 120
"""Characters of a quoted text that a finding shows."""


def quoted(text: str, limit: int = QUOTE_LIMIT) -> str:
    """The text on one line in double quotes, its middle left out above ``limit`` characters."""
    line = " ".join(text.split())
    if not line:
        return "empty"
    return f'"{abridged(line, limit)}"'


def all_quoted(texts: Iterable[str]) -> str:
    """Each text quoted, as an enumeration: ``"a", "b" and "c"``."""
    return listed(map(quoted, texts))


def seconds(value: float, against: float | None = None) -> str:
    """``3.2 s``; with as many more digits as it takes to differ from ``against``.

    A turn of 3.04 s with a limit of 3 is ``3.04 s``: ``3.0 s`` would look as if it had kept it.
    """
    for digits in (1, 2, 3):
        text = f"{value:.{digits}f}"
        if against is None or value == against or float(text) != round(against, digits):
            break
    return f"{text} s"


def money(cost: Money, against: float | None = None) -> str:
    """``0.0031 USD``; the smaller the amount the more digits, and enough to tell it from a limit.

    A cost of 0.01004 with a limit of 0.01 is ``0.01004 USD``, as ``seconds`` does it.
    """
    fewest = next((n for n, least in ((2, 1.0), (4, 0.01), (6, 1e-6)) if cost.amount >= least), 9)
    for digits in range(fewest, 10):
        text = f"{cost.amount:,.{digits}f}"
        if against in (None, cost.amount) or float(text.replace(",", "")) != round(against, digits):
            break
    whole, dot, rest = text.partition(".")
    return f"{whole}{dot}{rest.rstrip('0')}".rstrip(".") + f" {cost.currency}"
