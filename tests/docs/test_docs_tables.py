"""The documents' tables against the code they speak of."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from readme_blocks import CONTRIBUTING, READMES, REFERENCE, ROOT, title
from readme_tables import PARTS, made_parts, with_tables

from asstctl.errors import ExitCode

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGE = ROOT / "src/asstctl"


@pytest.mark.parametrize("page", READMES, ids=title)
def test_what_is_made_from_the_code_is_in_step(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert with_tables(text) == text, "run: python tests/docs/readme_tables.py"


def test_everything_that_can_be_made_stands_in_one_place() -> None:
    made = [part for page in READMES for part in made_parts(page.read_text(encoding="utf-8"))]

    assert sorted(made) == sorted(PARTS)


def test_exit_codes_are_all_told() -> None:
    told = re.findall(r"^\| (\d+) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [int(code) for code in told] == sorted(ExitCode)


def test_every_dependency_is_declared_used_and_explained() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    optional = [line for extra, lines in extras.items() if extra != "dev" for line in lines]
    declared = {
        re.split(r"[<>=~!\[; ]", line)[0].lower()
        for line in (*PYPROJECT["project"]["dependencies"], *optional)
    }

    assert _imported() == declared
    assert _explained() == sorted(declared)


def _imported() -> set[str]:
    """The distributions behind the imports of the package, those for type checking included."""
    modules = {name for path in PACKAGE.rglob("*.py") for name in _modules(path)}
    modules -= {*sys.stdlib_module_names, "asstctl"}
    owners = packages_distributions()
    # The other halves of pydantic and boto3, which come with them and are pinned by them.
    return {owners[name][0].lower().replace("_", "-") for name in modules} - {
        "pydantic-core",
        "botocore",
    }


def _modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _explained() -> list[str]:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    table = text.partition("## What it stands on")[2].partition("\n## ")[0]
    return re.findall(r"^\| ([a-z0-9-]+) \| \S", table, re.MULTILINE)[1:]
