"""No function is dense: comprehensions count too, which ruff's own measure does not see."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from radon.complexity import add_inner_blocks, cc_visit
from radon.visitors import Function

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MOST = PYPROJECT["tool"]["ruff"]["lint"]["mccabe"]["max-complexity"]


@pytest.mark.parametrize("folder", ["src", ".github/actions/asstctl"])
def test_every_function_is_simple(folder: str) -> None:
    modules = sorted((ROOT / folder).rglob("*.py"))

    assert modules
    assert [
        f"{path.relative_to(ROOT)}:{found.lineno} {found.fullname}: {found.complexity}"
        for path in modules
        for found in _functions(path.read_text(encoding="utf-8"))
        if found.complexity > MOST
    ] == []


@pytest.mark.parametrize(
    ("source", "complexity"),
    [
        ("def f(x): return [a for a in x if a]", 3),
        ("def f(x): return {a for b in x for a in b}", 3),
        ("class C:\n  def f(self, x): return sum(1 for a in x if a or self)", 4),
        ("def f():\n  def g(x): return x and (x or g)", 3),
    ],
)
def test_what_is_packed_into_an_expression_counts(source: str, complexity: int) -> None:
    assert max(found.complexity for found in _functions(source)) == complexity


def _functions(source: str) -> Iterator[Function]:
    """Every function of a module, methods and functions inside functions included."""
    for block in add_inner_blocks(cc_visit(source)):
        if isinstance(block, Function):
            yield block
