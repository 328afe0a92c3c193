"""Every example is planned, applied and smoked, on every target that it has."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from asstctl.cli.boundary import run
from real_command import COMMAND, clean_environment

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED = {
    ("travel-guide", "local"): (1, 2),
    ("support-desk", "staging"): (4, 1),
    ("support-desk", "prod"): (4, 1),
    ("function-calling", "local"): (2, 1),
    ("moving-to-responses", "assistants"): (2, 0),
    ("moving-to-responses", "responses"): (2, 0),
    ("research-agent", "local"): (2, 2),
}
"""How many cases pass and how many are skipped, per example and target."""


def test_every_example_is_tried() -> None:
    assert {name for name, _ in PASSED} == {
        path.name for path in EXAMPLES.iterdir() if (path / "asstctl.yaml").is_file()
    }


@pytest.mark.parametrize(("name", "target"), PASSED)
def test_an_example_works(
    name: str, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / name
    shutil.copytree(EXAMPLES / name, project, ignore=shutil.ignore_patterns(".asstctl"))
    here = ["-C", str(project), "-t", target]
    assert run([*here, "validate"]) == 0
    assert run([*here, "plan", "--detailed-exitcode"]) == 2
    assert run([*here, "apply", "--auto-approve"]) == 0
    assert run([*here, "plan", "--detailed-exitcode"]) == 0
    capsys.readouterr()
    assert run([*here, "smoke", "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert (summary["passed"], summary["skipped"]) == PASSED[name, target]


def test_the_support_desk_shares_one_store_and_differs_by_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "desk"
    shutil.copytree(EXAMPLES / "support-desk", project)
    models = {}
    for target in ("staging", "prod"):
        here = ["-C", str(project), "-t", target]
        assert run([*here, "apply", "--auto-approve"]) == 0
        capsys.readouterr()
        assert run([*here, "status", "--format", "env"]) == 0
        names = [line.partition("=")[0] for line in capsys.readouterr().out.splitlines()]
        assert names == [
            "ASSTCTL_HANDBOOK_VECTOR_STORE_ID",
            "ASSTCTL_FRONT_DESK_ID",
            "ASSTCTL_NIGHT_SHIFT_ID",
            "ASSTCTL_WORKSHOP_ID",
        ]
        shutil.rmtree(project / ".asstctl")
        assert run([*here, "plan", "--format", "json"]) == 0
        plan = json.loads(capsys.readouterr().out)
        models[target] = {
            change["address"]: field["after"]
            for change in plan["changes"]
            for field in change["fields"]
            if field["path"] == "model"
        }
    assert models["staging"]["assistant.workshop"] == "gpt-4o-mini"
    assert models["prod"]["assistant.workshop"] == "gpt-4.1"
    assert models["prod"]["assistant.front-desk"] == "gpt-4o-mini"


def test_the_agent_goes_to_the_hosted_api_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    here = ["-C", str(EXAMPLES / "research-agent"), "-t", "openai"]

    assert run([*here, "validate", "--allow-unset"]) == 0

    assert capsys.readouterr() == (
        "valid: 1 assistant, 0 vector stores, 1 environment, 2 files\n",
        "",
    )


# --- moving to Responses ------------------------------------------------------------------------

RESPONSES = """\
  responses:
    api: local
    path: .asstctl/responses.db
    like: responses
    bundle: deploy/assistants.json
    overrides: {model: gpt-5.1, temperature: null, reasoning: {effort: low}}
"""
NODE = shutil.which("node")
NODE_MODULES = os.environ.get("ASSTCTL_TEST_NODE_MODULES", "").rpartition(os.pathsep)[2]
"""A ``node_modules`` folder with an ``openai`` that knows responses."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The moving example, applied to both of its accounts."""
    project = tmp_path / "shop"
    shutil.copytree(EXAMPLES / "moving-to-responses", project, ignore=shutil.ignore_patterns(".*"))
    for target in ("assistants", "responses"):
        assert run(["-C", str(project), "-t", target, "apply", "--auto-approve"]) == 0
    return project


def requests_of(project: Path) -> dict[str, Any]:
    """What the bundle holds, without the ids of the account."""
    bundle = json.loads((project / "deploy/assistants.json").read_text(encoding="utf-8"))
    text = json.dumps({key: entry["request"] for key, entry in bundle["assistants"].items()})
    for key, store_id in bundle["vector_stores"].items():
        text = text.replace(store_id, key)
    found: dict[str, Any] = json.loads(text)
    return found


def test_what_was_pulled_moves_like_what_was_written_by_hand(shop: Path) -> None:
    pulled = shop / "mine"
    assert run(["-C", str(shop), "pull", "--all", "--out", str(pulled)]) == 0
    with (pulled / "asstctl.yaml").open("a", encoding="utf-8") as config:
        config.write(RESPONSES)
    here = ["-C", str(pulled), "-t", "responses"]

    assert run([*here, "apply", "--auto-approve"]) == 0
    assert run([*here, "plan", "--detailed-exitcode"]) == 0

    assert requests_of(pulled) == requests_of(shop)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_application_in_node_can_be_read() -> None:
    assert NODE is not None
    program = EXAMPLES / "moving-to-responses/after.mjs"
    subprocess.run([NODE, "--check", str(program)], check=True)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.skipif(not NODE_MODULES, reason="ASSTCTL_TEST_NODE_MODULES names no openai")
def test_the_application_in_node_reads_the_bundle(shop: Path) -> None:
    assert NODE is not None
    (shop / "node_modules").symlink_to(NODE_MODULES)
    with serving(shop / ".asstctl/responses.db") as url:
        done = subprocess.run(
            [NODE, "after.mjs"],
            cwd=shop,
            env={"PATH": os.environ["PATH"], "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "any"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert "order 1042 is out for delivery" in done.stdout, done.stderr


@contextmanager
def serving(account: Path) -> Iterator[str]:
    """The local account on a socket, for programs in another language; its base URL."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port=0", f"--path={account}"],
        env=clean_environment(account.parent),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        listening = process.stdout.readline()
        yield next(word for word in listening.split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
