"""What was taken over, as a diff of the files, and what has to be written by hand."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from asstctl.model.address import Address
from asstctl.model.json import JsonValue
from asstctl.text import words
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text
from asstctl.views.values import value

ByHand: TypeAlias = tuple[Address, str, JsonValue, Sequence[str]]
"""A field that found no place: address, path, the account's value, and the YAML that says it."""

_STYLES = {"+": "green", "-": "red", "@": "dim"}


def render_accepted(
    placed: int,
    by_hand: Sequence[ByHand],
    before: Mapping[str, str],
    after: Mapping[str, str],
    screen: Screen = PLAIN,
) -> str:
    """The diff, and the fields that found no place."""
    return to_text(_lines(placed, by_hand, before, after), screen)


def _lines(
    placed: int,
    by_hand: Sequence[ByHand],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> Iterator[Line | str]:
    for path in sorted(after):
        yield from _diff(path, before[path], after[path])
        yield ""
    for address, path, item, pasted in by_hand:
        does = "take it out by hand" if item is None else "write it by hand"
        yield line(("! ", "bold red"), (str(address), "bold"), f"  {path}: {does}")
        if item is not None:
            yield from (line(f"      {row}") for row in pasted or (value(item),))
    if by_hand:
        yield ""
    files = f" in {words.count(len(after), 'file')}" if after else ""
    left = f", {len(by_hand)} left to be written by hand" if by_hand else ""
    yield f"{words.count(placed, 'field')} taken over{files}{left}"


def _diff(path: str, before: str, after: str) -> Iterator[Line]:
    rows = difflib.unified_diff(
        before.splitlines(), after.splitlines(), path, path, n=2, lineterm=""
    )
    for number, row in enumerate(rows):
        style = "bold" if number < 2 else _STYLES.get(row[:1], "")
        yield line((row, style))
