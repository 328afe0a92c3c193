"""Every example is planned, applied and smoked, on every target that it has."""

import json
import shutil
from pathlib import Path

import pytest

from asstctl.cli.boundary import run

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED = {
    ("travel-guide", "local"): (1, 2),
    ("support-desk", "staging"): (4, 1),
    ("support-desk", "prod"): (4, 1),
    ("function-calling", "local"): (2, 1),
}
"""How many cases pass and how many are skipped, per example and target."""


def test_every_example_is_tried() -> None:
    assert {name for name, _ in PASSED} == {
        path.name for path in EXAMPLES.iterdir() if path.is_dir()
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
