"""``python -m tests.benchmarks [NAME]…``: ratios, a line each as soon as it is measured.

Exit code 1 when one is over its budget. ``--help`` lists the names.
"""

import argparse
import ast
import importlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from .rows import Row

_HEADINGS = ("what", "measured", "baseline", "measured", "ratio", "budget", "")
_WIDTHS = (52, 14, 26, 14, 6, 6, 0)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks named, or all; 1 when one is over its budget, 2 for an unknown name."""
    names = _names(arguments)
    over = False
    print(_line(_HEADINGS), flush=True)
    for name in names:
        for row in run(name):
            print(_line(_cells(row)), flush=True)
            over = over or row.verdict == "OVER"
    return 1 if over else 0


def discovered() -> dict[str, str]:
    """The names of all benchmarks and what they measure: ``validate`` is in bench_validate.py."""
    return {
        path.stem.removeprefix("bench_"): _meaning(path)
        for path in sorted(Path(__file__).parent.glob("bench_*.py"))
    }


def run(name: str) -> Iterable[Row]:
    """Run one benchmark; its rows as they are measured."""
    rows: Iterable[Row] = importlib.import_module(f".bench_{name}", __package__).run()
    return rows


def _names(arguments: Sequence[str]) -> Sequence[str]:
    """What the command line asks for. Leaves with 2 when there is no such benchmark."""
    known = discovered()
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure asstctl beside a baseline. What counts is the ratio of the two; "
        "the exit code is 1 when one is over its budget.",
        epilog="\n".join(f"{name:<10} {meaning}" for name, meaning in known.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of those below; else all")
    names: list[str] = parser.parse_args(arguments).names
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    return names or list(known)


def _meaning(path: Path) -> str:
    """The first line of a module's docstring, without importing it."""
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.split("\n")[0].replace("``", "`")


def _line(cells: Sequence[str]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return "  ".join(padded).rstrip()


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
