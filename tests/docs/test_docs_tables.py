"""The README's tables against the code they speak of."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from readme_blocks import README, ROOT
from readme_tables import with_tables

from asstctl.errors import ExitCode

TEXT = README.read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGE = ROOT / "src/asstctl"


def test_commands_and_codes_are_those_of_the_code() -> None:
    assert with_tables(TEXT) == TEXT, "run: python tests/docs/readme_tables.py"


def test_exit_codes_are_all_told() -> None:
    told = re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)

    assert [int(code) for code in told] == sorted(ExitCode)


def test_every_dependency_is_declared_used_and_explained() -> None:
    declared = {
        re.split(r"[<>=~!\[; ]", line)[0].lower() for line in PYPROJECT["project"]["dependencies"]
    }

    assert _imported() == declared
    assert _explained() == sorted(declared)


def _imported() -> set[str]:
    """The distributions behind the imports of the package, those for type checking included."""
    modules = {name for path in PACKAGE.rglob("*.py") for name in _modules(path)}
    modules -= {*sys.stdlib_module_names, "asstctl"}
    owners = packages_distributions()
    # pydantic_core is pydantic's own other half, pinned by it to the patch.
    return {owners[name][0].lower().replace("_", "-") for name in modules} - {"pydantic-core"}


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
    table = TEXT.partition("## What it stands on")[2]
    return re.findall(r"^\| ([a-z0-9-]+) \| \S", table, re.MULTILINE)[1:]
