"""``smoke --judge-only``: recorded answers, judged without an account, a key or the network."""

import json
from pathlib import Path

import pytest

from .conftest import Project

MANIFEST = """\
kind: assistant
model: m
smoke:
  - {name: greets, prompt: hello, expect: {contains: offline}}
  - {name: leaves, prompt: bye, expect: {contains: offline}}
"""
AWAY = """\
project: demo
targets:
  prod: {api: assistants, base_url: "http://127.0.0.1:9/v1", api_key: "${env.NOBODY_SETS_THIS}"}
"""


@pytest.fixture
def report(project: Project) -> Path:
    """A report of two cases that passed on a target that is out of reach now."""
    project.write("asstctl.yaml", "project: demo\ntargets: {prod: {api: local}}\n")
    project.write("assistants/guide.yaml", MANIFEST)
    project.apply()
    path = project.root / "r.json"
    assert project.run("smoke", "--format", "json", "--output", str(path)).code == 0
    project.write("asstctl.yaml", AWAY)
    project.remove(".asstctl/account.db")
    return path


def judged(project: Project, path: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    ran = project.run("smoke", "--judge-only", str(path), "--format", "json", *arguments)
    return ran.code, {case["name"]: case["status"] for case in json.loads(ran.out)["cases"]}


def test_without_account_key_or_network(project: Project, report: Path) -> None:
    assert judged(project, report) == (0, {"greets": "passed", "leaves": "passed"})
    ran = project.run("smoke", "--judge-only", str(report), "--format", "json")
    assert json.loads(ran.out) == json.loads(report.read_text("utf-8"))

    project.write(
        "assistants/guide.yaml", MANIFEST.replace("{contains: offline}", "{equals: no}", 1)
    )
    assert judged(project, report) == (4, {"greets": "failed", "leaves": "passed"})
    assert judged(project, report, "--case", "leaves") == (0, {"leaves": "passed"})
    compared = project.run("smoke", "--judge-only", str(report), "--baseline", str(report))
    assert "1 newly failed, 1 with the same outcome" in compared.out

    project.write("assistants/guide.yaml", MANIFEST.replace("bye", "good bye"))
    assert judged(project, report) == (1, {"greets": "passed", "leaves": "error"})


def test_cases_of_one_side_are_told_of(project: Project, report: Path) -> None:
    project.write("assistants/guide.yaml", MANIFEST.replace("leaves", "goes"))
    ran = project.run("smoke", "--judge-only", str(report))

    assert ran.code == 0
    assert f"skipped: not in {report}" in " ".join(ran.out.split())
    assert "in no manifest any more: guide · leaves" in " ".join(ran.err.split())


def test_what_cannot_be_judged_is_refused(project: Project, report: Path) -> None:
    for option in (("--repeat", "2"), ("--stream",), ("--keep-threads",), ("--fail-fast",)):
        ran = project.run("smoke", "--judge-only", str(report), *option)
        assert (ran.code, f"{option[0]} does not go with --judge-only" in ran.err) == (1, True)

    document = json.loads(report.read_text("utf-8"))
    del document["cases"][1]["turns"][0]["gaps"]
    report.write_text(json.dumps(document))
    ran = project.run("smoke", "--judge-only", str(report))
    assert (ran.code, ran.out) == (1, "")
    assert "did not record all that judging takes" in ran.err
