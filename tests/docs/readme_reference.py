"""The manifest reference as Markdown: one table for each kind of thing."""

from collections.abc import Callable

from asstctl.manifest.reference.tables import TABLES

Cell = Callable[[str], str]


def reference(name: str, cell: Cell) -> str:
    """The table called ``name``, as Markdown. ``cell`` makes text fit for a table."""
    rows = TABLES[name]()
    with_apis = any(row.apis for row in rows)
    header = ["field", "value", "default", *(["on"] if with_apis else []), "meaning"]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    for row in rows:
        types = " or ".join(row.types).replace("|", "\\|")
        cells = [f"`{row.field}`", types, row.default, *([row.apis] if with_apis else [])]
        lines.append(f"| {' | '.join(cells)} | {cell(row.meaning)} |")
    return "\n".join(lines) + "\n"
