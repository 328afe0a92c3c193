"""Saved plans: exactly what was reviewed, once, or a refusal that says what moved."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from asstctl.manifest.schema.schemas import schema
from asstctl.plan.saved.seal import sealed
from cli.conftest import ASSISTANT, Project


@pytest.fixture
def saved(project: Project) -> str:
    """A plan file that was made before anything was applied."""
    path = str(project.root / "plan.json")
    assert project.run("plan", "--out", path).code == 0
    return path


def _edit(path: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    change(document)
    Path(path).write_text(json.dumps(document), encoding="utf-8")


def test_a_saved_plan_fits_the_schema_and_is_executed(project: Project, saved: str) -> None:
    jsonschema.validate(json.loads(Path(saved).read_text(encoding="utf-8")), schema("saved-plan"))
    project.apply(saved)
    assert set(project.assistants()) == {"Guide"}


def test_it_is_executed_once(project: Project, saved: str) -> None:
    project.apply(saved)
    again = project.run("apply", "--auto-approve", saved)
    assert again.code == 5
    assert "applied-plan" in again.err


def test_a_plan_without_changes_is_said_to_be_empty(project: Project, saved: str) -> None:
    project.apply(saved)
    told = project.run("plan", "--out", saved).err

    assert (f"saved: {saved}, empty" in told, "once" in told) == (True, False)
    assert project.run("apply", "--auto-approve", saved).code == 0


def test_it_is_equal_to_the_byte_when_nothing_moved(project: Project, saved: str) -> None:
    other = str(project.root / "other.json")
    project.run("plan", "--out", other)
    assert Path(saved).read_bytes() == Path(other).read_bytes()


def test_a_changed_manifest_is_refused_and_named(project: Project, saved: str) -> None:
    project.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    ran = project.run("apply", "--auto-approve", saved)
    assert ran.code == 5
    assert "these manifests changed since the plan was made: assistant.guide" in ran.err
    assert project.assistants() == {}


def test_a_changed_file_is_refused_and_named(project: Project) -> None:
    project.write("data.csv", "a,b\n")
    project.write(
        "assistants/guide.yaml",
        ASSISTANT + "tools: [{type: code_interpreter, files: [data.csv]}]\n",
    )
    path = str(project.root / "plan.json")
    project.run("plan", "--out", path)
    project.write("data.csv", "a,c\n")
    ran = project.run("apply", "--auto-approve", path)
    assert ran.code == 5
    assert "these files changed since the plan was made: data.csv" in ran.err


def test_a_moved_object_is_refused_and_named(project: Project) -> None:
    project.apply()
    project.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    path = str(project.root / "plan.json")
    project.run("plan", "--out", path)
    project.edit("Guide", description="Edited")
    ran = project.run("apply", "--auto-approve", path)
    assert ran.code == 5
    assert "these objects of the account changed since the plan was made" in ran.err
    assert "assistant.guide" in ran.err


def test_an_edited_plan_is_refused(project: Project, saved: str) -> None:
    _edit(saved, lambda document: document["changes"].clear())
    ran = project.run("apply", "--auto-approve", saved)
    assert ran.code == 5
    assert "edited after it was saved" in ran.err


def test_another_version_is_refused(project: Project, saved: str) -> None:
    _edit(saved, lambda document: document.update(format_version="3.0"))
    ran = project.run("apply", "--auto-approve", saved)
    assert ran.code == 5
    assert "format version '3.0'" in ran.err


def test_a_plan_of_asstctl_0_1_is_refused(project: Project, saved: str) -> None:
    report = json.loads(project.run("plan", "--format", "json").out)
    Path(saved).write_text(json.dumps(sealed({**report, "binding": {}})), encoding="utf-8")
    ran = project.run("apply", "--auto-approve", saved)
    assert ran.code == 5
    assert "does not have the shape of a plan" in ran.err
    assert "with the same version of asstctl" in ran.err


def test_a_saved_plan_holds_what_the_report_of_a_plan_holds(project: Project, saved: str) -> None:
    report = json.loads(project.run("plan", "--format", "json").out)
    document = json.loads(Path(saved).read_text(encoding="utf-8"))
    changes = [
        {name: change[name] for name in ("address", "action", "reason", "id", "fields")}
        for change in document["changes"]
    ]
    assert {**document, "changes": changes}.items() >= {
        "format_version": report["format_version"],
        "summary": report["summary"],
        "changes": [{name: change[name] for name in changes[0]} for change in report["changes"]],
    }.items()


def test_a_report_is_not_a_plan(project: Project) -> None:
    project.write("plan.json", project.run("plan", "--format", "json").out)
    ran = project.run("apply", "--auto-approve", str(project.root / "plan.json"))
    assert ran.code == 5
    assert "--out" in ran.err


def test_a_file_that_is_not_json_is_refused(project: Project) -> None:
    project.write("plan.json", "{")
    assert project.run("apply", "--auto-approve", str(project.root / "plan.json")).code == 5


def test_a_plan_that_is_not_there_is_told_how_to_be_made(project: Project) -> None:
    ran = project.run("show", "nowhere.json")
    assert (ran.code, "asstctl plan --out FILE" in ran.err) == (1, True)


def test_a_plan_for_one_target_is_refused_by_another(project: Project) -> None:
    project.write(
        "asstctl.yaml",
        "project: demo\ntarget: one\ntargets:\n"
        "  one: {api: local, path: .asstctl/one.db}\n"
        "  two: {api: local, path: .asstctl/two.db}\n",
    )
    path = str(project.root / "plan.json")
    project.run("plan", "--out", path)
    ran = project.run("-t", "two", "apply", "--auto-approve", path)
    assert ran.code == 5
    assert "'one'" in ran.err
    assert "'two'" in ran.err


def test_a_saved_plan_takes_no_other_scope(project: Project, saved: str) -> None:
    ran = project.run("apply", "--auto-approve", saved, "--prune")
    assert ran.code == 1
    assert "own scope" in ran.err


def test_a_saved_plan_holds_no_secret(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_KEY", "very-secret-key-0123456789")
    project.write(
        "asstctl.yaml",
        "project: demo\ntarget: here\ntargets:\n"
        "  here: {api: local, model: {base_url: 'http://127.0.0.1:1/v1', name: m, "
        "api_key: '${env.DEMO_KEY}'}}\n",
    )
    path = str(project.root / "plan.json")
    assert project.run("plan", "--out", path).code == 0
    assert "very-secret" not in Path(path).read_text(encoding="utf-8")


def test_a_saved_plan_holds_no_secret_that_was_rotated(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("assistants/a.yaml", 'kind: assistant\nname: "Desk ${env.ONE}"\nmodel: m\n')
    monkeypatch.setenv("ONE", "first-secret")
    project.apply()
    monkeypatch.setenv("ONE", "second-secret")
    assert project.run("plan", "--out", str(project.root / "plan.json")).code == 0

    assert "-secret" not in (project.root / "plan.json").read_text()
