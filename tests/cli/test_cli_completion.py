"""What a TAB offers, asked as shells ask it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Project
from real_command import COMMAND, clean_environment

PROJECT = """\
project: demo
vars: {city: Lisbon}
target: local
targets:
  local: {api: local}
  prod: {api: responses, api_key: "${env.NOT_SET}", vars: {river: Douro}}
"""
SEARCH = "tools: [{type: file_search, files: [x.md]}]\n"
STORE = "kind: vector_store\nkey: handbook\n"


@pytest.fixture
def named(project: Project) -> Project:
    project.write("asstctl.yaml", PROJECT)
    project.write("assistants/stores/any.yaml", STORE)
    project.write("assistants/broken.yaml", "kind: assistant\nmodell: gpt-4o\n" + SEARCH)
    return project


def offered(root: Path, *words: str) -> list[str]:
    """What bash is offered for the last of the words."""
    typed = ["asstctl", *words]
    asked = {
        "_ASSTCTL_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(typed),
        "COMP_CWORD": str(len(typed) - 1),
    }
    ran = subprocess.run(
        COMMAND,
        cwd=root,
        env=clean_environment(root, asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return [line.partition(",")[2] for line in ran.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["plan", "-t", ""], ["local", "prod"]),
        (["-t", "p"], ["prod"]),
        (["plan", "--var", ""], ["city=", "river="]),
        (["plan", "--only", "v"], ["vector_store.broken", "vector_store.handbook"]),
        (["accept", "assistant."], ["assistant.broken", "assistant.guide"]),
        (["smoke", ""], ["broken", "guide"]),
        (["render", "g"], ["guide"]),
        (["import", "g"], ["guide"]),
        (["schema", "ma"], ["manifest"]),
        (["explain", "unknown-f"], ["unknown-field", "unknown-function"]),
        (["explain", "assistant.temp"], ["assistant.temperature"]),
        (["comp"], ["completion"]),
        (["new", "v"], ["vector_store"]),
    ],
    ids=" ".join,
)
def test_names_are_offered(named: Project, words: list[str], wanted: list[str]) -> None:
    found = offered(named.root, *words)

    assert found[: len(wanted)] == wanted
    assert all(name.startswith(words[-1]) for name in found)


def test_the_project_may_be_elsewhere(named: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    assert offered(elsewhere, "plan", "-C", str(named.root), "-t", "") == ["local", "prod"]
    assert offered(named.root / "assistants", "plan", "-t", "") == ["local", "prod"]


@pytest.mark.parametrize("words", [["plan", "-t", ""], ["smoke", ""], ["nonsense", "x"]])
@pytest.mark.parametrize("text", [None, "project: [", "\0"], ids=["none", "broken", "binary"])
def test_where_nothing_can_be_read_nothing_is_offered(
    tmp_path: Path, text: str | None, words: list[str]
) -> None:
    if text is not None:
        (tmp_path / "asstctl.yaml").write_text(text)

    assert offered(tmp_path, *words) == []


def test_nothing_heavy_is_loaded_for_it(named: Project) -> None:
    program = (
        "import sys\nfrom asstctl.cli.boundary import run\n"
        "try:\n    run([])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'openai', 'httpx2', 'pydantic', 'sqlite3', 'rich'} & set(sys.modules)))"
    )
    asked = {
        "_ASSTCTL_COMPLETE": "bash_complete",
        "COMP_WORDS": "asstctl plan --only a",
        "COMP_CWORD": "3",
    }
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=named.root,
        env=clean_environment(named.root, {**asked, "PATH": os.environ["PATH"]}),
        capture_output=True,
        text=True,
        check=True,
    )

    assert "assistant.guide" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(named: Project, shell: str) -> None:
    ran = named.run("completion", shell)

    assert (ran.code, "_ASSTCTL_COMPLETE" in ran.out) == (0, True)
