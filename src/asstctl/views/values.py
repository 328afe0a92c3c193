"""Values of fields, and what changes in them: nothing that differs may look the same."""

import difflib
from collections.abc import Iterator
from typing import Final

from asstctl.model.json import JsonValue, canonical_json
from asstctl.text.printable import appearance, exact, marked, printable
from asstctl.text.words import shortened
from asstctl.views.terminal import Line, line

_LONGEST_VALUE: Final = 72
_CONTEXT: Final = 2
_NO_LINE_END: Final = "\\ No newline at end"
_STYLES: Final = {"+": "green", "-": "red", "@": "dim", "\\": "dim"}


def value(item: JsonValue) -> str:
    """A field's value on one line: strings in quotes, unset as ``(unset)``, long ones cut."""
    return _short(_written(item))


def both(before: JsonValue, after: JsonValue) -> tuple[str, str]:
    r"""Two values that differ, each on one line, so that they look different.

    What would look alike is written out: of ``café`` in its two Unicode forms one is shown as
    ``cafe\u0301``. What is long is cut where nothing changes, to some 70 characters.
    """
    one, other = _written(before), _written(after)
    spell = exact if appearance(one) == appearance(other) else marked
    one, other = spell(one), spell(other)
    if _short(one) != _short(other):
        return _short(one), _short(other)
    # Cut at their ends they look the same: begin a little before the first character that differs.
    same = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    start = max(0, same - _LONGEST_VALUE // 3)
    dots = "…" if start else ""
    return _short(dots + one[start:]), _short(dots + other[start:])


def is_text(item: JsonValue) -> bool:
    """Whether a value deserves a line diff: long or of several lines."""
    return isinstance(item, str) and ("\n" in item.strip() or len(item) > _LONGEST_VALUE)


def added(text: JsonValue) -> Iterator[Line]:
    """A new text, line by line."""
    for row in _rows(text):
        yield _diff_line("+", row.removesuffix("\n"))


def changed(before: JsonValue, after: JsonValue) -> Iterator[Line]:
    """The lines that differ, with some of what stands around them.

    Line ends belong to the lines, as in git: a text that loses its last one, or gets those of
    Windows, has changed. A line that looks as it did before is spelled out.
    """
    old, new = _rows(before), _rows(after)
    ends_differ = bool(old and new) and old[-1].endswith("\n") != new[-1].endswith("\n")
    rows = list(difflib.unified_diff(old, new, n=_CONTEXT, lineterm=""))[2:]
    alike = _alike(rows)
    for number, row in enumerate(rows):
        sign, text = row[:1], row[1:]
        if sign == "@":
            if number:
                yield line("      ", (row, _STYLES["@"]))
            continue
        body = text.removesuffix("\n")
        spell = printable if sign == " " else exact if text in alike else marked
        yield _diff_line(sign, spell(body))
        if ends_differ and not text.endswith("\n"):
            yield _diff_line("\\", _NO_LINE_END[2:])


def _alike(rows: list[str]) -> set[str]:
    """The lines of a diff that a reader would find on both of its sides."""
    gone = {row[1:]: _forms(row[1:]) for row in rows if row.startswith("-")}
    come = {row[1:]: _forms(row[1:]) for row in rows if row.startswith("+")}
    on_both = set().union(*gone.values()) & set().union(*come.values())
    return {text for text, forms in (gone | come).items() if forms & on_both}


def _forms(row: str) -> set[str]:
    body = row.removesuffix("\n")
    return {appearance(body), appearance(marked(body))}


def _diff_line(sign: str, text: str) -> Line:
    return line("      ", (f"{sign} {text}", _STYLES.get(sign, "")), hang=8)


def _rows(item: JsonValue) -> list[str]:
    """The lines of a text, each with its end."""
    if item is None:
        return []
    text = item if isinstance(item, str) else value(item)
    rows = [f"{row}\n" for row in text.split("\n")]
    rows[-1] = rows[-1].removesuffix("\n")
    return rows if rows[-1] else rows[:-1]


def _written(item: JsonValue) -> str:
    match item:
        case None:
            return "(unset)"
        case str():
            return f'"{item}"'
        case float():
            return str(item)
        case _:
            return canonical_json(item)


def _short(text: str) -> str:
    return shortened(text, _LONGEST_VALUE)
