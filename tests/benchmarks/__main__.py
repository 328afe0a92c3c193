"""``python -m tests.benchmarks [NAME]…``: a table of ratios, from every ``bench_*`` module here."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from .rows import Row

_HEADINGS = ("what", "measured", "baseline", "measured", "ratio", "budget", "")


def main(names: Sequence[str]) -> int:
    """Run the benchmarks named, or all; 1 when one is over its budget."""
    rows = [row for name in names or discovered() for row in run(name)]
    print(table(rows))
    return 1 if any(row.verdict == "OVER" for row in rows) else 0


def discovered() -> list[str]:
    """The names of all benchmarks: ``validate`` is in ``bench_validate.py``."""
    return sorted(path.stem.removeprefix("bench_") for path in _here().glob("bench_*.py"))


def run(name: str) -> list[Row]:
    """Run one benchmark."""
    print(f"… {name}", file=sys.stderr)
    rows: list[Row] = importlib.import_module(f".bench_{name}", __package__).run()
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _quantity(row.measured, row.unit),
        row.baseline,
        _quantity(row.expected, row.unit),
        f"{row.ratio:.2f}",
        "" if row.budget is None else f"{row.budget:g}",
        row.verdict,
    )


def _quantity(value: float, unit: str) -> str:
    return f"{value:.{3 if unit == 's' else 0}f} {unit}"


def _here() -> Path:
    return Path(__file__).parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
