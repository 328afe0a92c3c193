"""Lines → text for a screen, with or without colour. The one place where text becomes printable."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from rich.cells import cell_len

from asstctl.text.printable import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NARROWEST: Final = 24
"""Columns that a wrapped line has at least, however far in it starts."""
_WIDEST_CELL: Final = 48
"""Columns up to which a cell makes its whole column wider."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text is shown: in colour or not, and how many columns wide.

    Without a ``width`` lines are not wrapped: a file or a log leaves that to its reader.
    """

    color: bool = False
    width: int | None = None


PLAIN: Final = Screen()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: strings with their styles, and how far in it goes on when it has to be wrapped.

    Whatever its strings hold, it stays one line, and every character of it is visible.
    """

    parts: tuple[tuple[str, str], ...]
    hang: int
    wraps: bool = True

    @property
    def plain(self) -> str:
        """The line without styles."""
        return "".join(text for text, _ in self.parts)


Part: TypeAlias = str | tuple[str, str]
"""A plain string, or one with its style."""


def line(*parts: Part, hang: int | None = None) -> Line:
    """One line of its parts, all made printable.

    Wrapped, it goes on ``hang`` columns in: by default two more than where it starts.
    """
    styled = tuple(
        (printable(part), "") if isinstance(part, str) else (printable(part[0]), part[1])
        for part in parts
    )
    if hang is None:
        text = "".join(text for text, _ in styled)
        hang = len(text) - len(text.lstrip(" ")) + 2
    return Line(styled, hang)


def to_text(lines: Iterable[Line | str], screen: Screen) -> str:
    """Lines as text that ends with a newline, broken at spaces where the screen ends."""
    whole = [item if isinstance(item, Line) else line(item) for item in lines]
    if not screen.color and screen.width is None:
        return "".join(f"{item.plain.rstrip()}\n" for item in whole)
    return _fitted(whole, screen)


def _fitted(lines: Iterable[Line], screen: Screen) -> str:
    # Not before it is needed: files and logs have neither colours nor an edge.
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        no_color=not screen.color,
        highlight=False,
        markup=False,
        emoji=False,
        width=1_000_000,
        legacy_windows=False,
    )
    for item in lines:
        for row in _rows(item, console, screen.width):
            if screen.color:
                console.print(row, soft_wrap=True)
            else:
                out.write(f"{row.plain}\n")
    return out.getvalue()


def pad(lines: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows whose cells are printable and as wide as their column; very long ones stick out."""
    rows = [tuple(map(printable, row)) for row in lines]
    widths = [_width(column) for column in zip(*rows, strict=True)]
    return [
        tuple(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]


def _width(column: Iterable[str]) -> int:
    return max((length for cell in column if (length := cell_len(cell)) <= _WIDEST_CELL), default=0)


def _rows(item: Line, console: "Console", width: int | None) -> Iterable["Text"]:
    from rich.text import Text

    text = Text.assemble(*item.parts)
    text.rstrip()
    if width is None or text.cell_len <= width or not item.wraps:
        return (text,)
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    hang = max(min(item.hang, width - _NARROWEST), 0)
    room = max(width - max(indent, hang), _NARROWEST)
    rows = text[indent:].wrap(console, room, overflow="fold")
    for number, row in enumerate(rows):
        row.rstrip()
        row.pad_left(hang if number else indent)
    return rows
