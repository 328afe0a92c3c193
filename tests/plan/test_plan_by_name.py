"""Nothing public of the planner is tested by way of a server only: its names stand in this room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import asstctl.plan

SOURCE = Path(asstctl.plan.__file__).parent
HERE = Path(__file__).parent


def test_every_public_name_of_the_planner_stands_in_a_test_of_its_room() -> None:
    defined = {name for path in SOURCE.rglob("*.py") for name in public_names(path)}
    used = {name for path in HERE.glob("*.py") for name in names_used(path)}

    assert defined - used == set()


def public_names(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def names_used(path: Path) -> Iterator[str]:
    """The names that a test reads; an import alone does not count."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name):
            yield node.id
