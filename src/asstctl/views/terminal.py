"""Styled lines → text, with or without colour. The one place that knows rich."""

import io
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text


def line(*parts: str | tuple[str, str]) -> Text:
    """One line of plain strings and (string, style) pairs."""
    return Text.assemble(*parts)


def to_text(lines: Iterable[Text | str], *, color: bool) -> str:
    """Lines as text that ends with a newline. Lines are never wrapped or cut."""
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        width=1_000_000,
        legacy_windows=False,
    )
    for item in lines:
        console.print(item, soft_wrap=True)
    return out.getvalue()


def pad(lines: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows whose cells are padded to the width of their column."""
    rows = list(lines)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        tuple(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    ]
