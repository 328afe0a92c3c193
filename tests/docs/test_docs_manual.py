"""The manual's recipes: workflows fit GitHub's schema, targets load, commands do what is shown."""

import importlib
import json
import pkgutil
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from readme_blocks import REFERENCE, Block, readme_blocks
from readme_recipes import (
    LABELS,
    commit_all,
    git,
    in_this_repository,
    repository,
    server_without_api,
    used_actions,
)
from readme_session import Step, assert_kept, play, steps

import asstctl
from asstctl.errors import AsstctlError
from real_command import COMMAND, clean_environment, run_asstctl

TEXT = REFERENCE.read_text(encoding="utf-8")
BLOCKS = {label: [b for b in readme_blocks() if b.label == label] for label in LABELS}
PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
VARIABLES = {
    "OPENAI_API_KEY": "o" * 20,
    "SERVICE_KEY": "k" * 20,
    "TEAM_TOKEN": "t" * 20,
    "AZURE_KEY": "a" * 20,
}

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the READMEs' shell is bash")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    """The travel guide as ``init`` writes it, in a repository."""
    assert run_asstctl(["init", "project"], cwd=tmp_path, home=home).returncode == 0
    repository(tmp_path / "project")
    return tmp_path / "project"


# --- GitHub -------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", BLOCKS["workflow"], ids=lambda block: block.name)
def test_workflows_fit_the_schema_of_github(block: Block) -> None:
    vendored = files("check_jsonschema") / "builtin_schemas/vendor/github-workflows.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))

    jsonschema.validate(_workflow(block.text), schema)


@pytest.mark.parametrize("block", BLOCKS["workflow"], ids=lambda block: block.name)
def test_workflows_use_what_there_is(block: Block) -> None:
    for used in used_actions(block.text):
        ours = in_this_repository(used)
        assert ours.is_file() if ours else PINNED.fullmatch(used), used

    for step in _uses(_workflow(block.text)):
        ours = in_this_repository(step["uses"])
        if ours:
            known = _workflow(ours.read_text(encoding="utf-8"))
            inputs = known.get("inputs") or known["on"]["workflow_call"]["inputs"]
            assert step.get("with", {}).keys() <= inputs.keys()
        elif step["uses"].startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


# --- targets and shells -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["local", "openai", "agents", "models", "thinking", "service", "own", "azure"]
)
def test_targets_load(tmp_path: Path, home: Path, target: str) -> None:
    (block,) = BLOCKS["config"]
    _project(tmp_path, block.text)
    assert list(yaml.safe_load(block.text)["targets"]) == [
        "local",
        "openai",
        "agents",
        "models",
        "thinking",
        "service",
        "own",
        "azure",
    ]

    done = run_asstctl(["-t", target, "validate"], cwd=tmp_path, home=home, extra=VARIABLES)

    assert (done.returncode, done.stderr) == (0, "")


@needs_bash
def test_the_script_for_any_ci_goes_through(project: Path, home: Path) -> None:
    (block,) = BLOCKS["script"]
    program = f'asstctl() {{ {shlex.join(COMMAND)} "$@"; }}\n{block.text}'
    (project / ".gitignore").write_text(".asstctl/\n", encoding="utf-8")
    commit_all(project, "Ignore no report")

    for run in ("the first run", "the second run, in the same folder"):
        done = subprocess.run(
            ["bash", "-c", program],
            cwd=project,
            env=clean_environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )

        assert done.returncode == 0, (run, done.stderr)
        assert all((project / name).is_file() for name in ("plan.md", "apply.json", "smoke.xml"))
    status = run_asstctl(["status", "--format", "json"], cwd=project, home=home)
    stamped = {entry["commit"] for entry in json.loads(status.stdout)["resources"]}
    assert stamped == {git(project, "rev-parse", "HEAD")}


@needs_bash
def test_branches_and_tags_are_planned_as_shown(project: Path, home: Path) -> None:
    (block,) = BLOCKS["branch"]
    assert run_asstctl(["apply", "--auto-approve"], cwd=project, home=home).returncode == 0
    with (project / "prompts/travel.md").open("a", encoding="utf-8") as prompt:
        prompt.write("Recommend a dessert.\n")
    commit_all(project, "Recommend a dessert")

    todo = steps(block)
    assert_kept(todo, play(todo, folder=project, home=home / "session"))


# --- coming from elsewhere ----------------------------------------------------------------------


@needs_bash
@needs_curl
def test_an_assistant_made_by_hand_is_taken_over_as_shown(tmp_path: Path, home: Path) -> None:
    (block,), (manifest,) = BLOCKS["adopt"], BLOCKS["manifest"]
    folder = tmp_path / "work"
    folder.mkdir()
    _project(folder, "project: shown\n", {manifest.name: manifest.text})
    made = _made_by_hand(folder, home, yaml.safe_load(manifest.text))

    todo = [
        Step(step.where, step.command.replace("asst_abc123", made), step.promised)
        for step in steps(block)
    ]
    assert_kept(todo, play(todo, folder=folder, home=home / "session"))


@needs_bash
def test_a_server_without_the_api_is_told_as_shown(tmp_path: Path, home: Path) -> None:
    (block,) = BLOCKS["gone"]
    with server_without_api() as url:
        target = f"{block.name}: {{api: assistants, base_url: {url}/v1}}"
        _project(tmp_path, f"project: shown\ntargets:\n  {target}\n")

        todo = steps(block)
        assert_kept(todo, play(todo, folder=tmp_path, home=home / "session"))


# --- errors ---------------------------------------------------------------------------------


def test_every_error_is_in_the_table_with_its_exit_code() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| \S", TEXT, re.MULTILINE)

    assert told == sorted({(kind.code, str(int(kind.exit_code))) for kind in _errors()})


def _errors() -> set[type[AsstctlError]]:
    for module in pkgutil.walk_packages(asstctl.__path__, "asstctl."):
        importlib.import_module(module.name)
    found: set[type[AsstctlError]] = set()
    todo: list[type[AsstctlError]] = [AsstctlError]
    while todo:
        kind = todo.pop()
        found.add(kind)
        todo += kind.__subclasses__()
    return {kind for kind in found if kind.__module__.startswith("asstctl.")}


def _uses(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping that uses something, wherever it stands."""
    if isinstance(value, dict):
        if "uses" in value:
            yield value
        for inner in value.values():
            yield from _uses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _uses(inner)


def _workflow(text: str) -> dict[str, Any]:
    """A workflow as GitHub reads it, to whom `on` is a word and no boolean."""
    return {"on" if key is True else key: value for key, value in yaml.safe_load(text).items()}


def _project(folder: Path, config: str, manifests: dict[str, str] | None = None) -> None:
    (folder / "asstctl.yaml").write_text(config, encoding="utf-8")
    (folder / "assistants").mkdir()
    for name, text in (manifests or {"assistants/one.yaml": "kind: assistant\nmodel: m\n"}).items():
        (folder / name).write_text(text, encoding="utf-8")


def _made_by_hand(folder: Path, home: Path, fields: dict[str, str]) -> str:
    """An assistant without a stamp in the local account of a project; its id."""
    wanted = {name: value for name, value in fields.items() if name != "kind"}
    url, header = "http://127.0.0.1:8601/v1/assistants", "Content-Type: application/json"
    request = shlex.join(["curl", "-s", url, "-H", header, "-d", json.dumps(wanted)])
    commands = ("asstctl serve &", request, "kill %1")
    todo = [Step("set-up", command, "") for command in commands]
    made = play(todo, folder=folder, home=home / "set-up")[1]
    found: str = json.loads(made.output)["id"]
    return found
