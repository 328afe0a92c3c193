"""Which cases ``smoke`` runs: by name, by how they came out last, until one fails, if allowed."""

import json

import pytest

from .conftest import Project

MANIFEST = """\
kind: assistant
model: m
smoke:
  - {name: greets, prompt: hello, expect: {contains: offline}}
  - {name: Refund in time, prompt: hello, expect: {contains: never said}}
  - {name: refund too late, prompt: hello, expect: {contains: offline}}
"""


@pytest.fixture
def tried(project: Project) -> Project:
    """A project with three cases, one of which fails."""
    project.write("asstctl.yaml", "project: demo\ntargets: {local: {api: local, parallelism: 1}}\n")
    project.write("assistants/guide.yaml", MANIFEST)
    project.apply()
    return project


def outcomes(project: Project, *arguments: str) -> dict[str, str]:
    """The status of each case that is told of."""
    ran = project.run("smoke", "--format", "json", *arguments)
    return {case["name"]: case["status"] for case in json.loads(ran.out)["cases"]}


def test_a_pattern_is_a_part_of_a_name_or_a_glob(tried: Project) -> None:
    assert set(outcomes(tried, "--case", "REFUND")) == {"Refund in time", "refund too late"}
    assert set(outcomes(tried, "--case", "refund*late")) == {"refund too late"}
    assert set(outcomes(tried, "--case", "greets", "--case", "late")) == {
        "greets",
        "refund too late",
    }
    nothing = tried.run("smoke", "--case", "complaint")
    assert (nothing.code, "--case complaint matches nothing" in nothing.err) == (1, True)


def test_failed_cases_run_again_until_they_pass(tried: Project) -> None:
    assert outcomes(tried)["Refund in time"] == "failed"
    assert outcomes(tried, "--case", "greets") == {"greets": "passed"}
    assert outcomes(tried, "--failed") == {"Refund in time": "failed"}, "others were not forgotten"

    tried.write("assistants/guide.yaml", MANIFEST.replace("never said", "offline"))
    assert outcomes(tried, "--failed") == {"Refund in time": "passed"}
    nothing = tried.run("smoke", "--failed")
    assert (nothing.code, "no case failed" in nothing.err) == (0, True)


def test_a_damaged_note_of_the_last_run_is_none(tried: Project) -> None:
    (tried.root / ".asstctl" / "smoke.json").write_text('{"demo local": [1, ["a"], {}]}')

    assert tried.run("smoke", "--failed").code == 0
    assert len(outcomes(tried)) == 3


def test_with_fail_fast_nothing_is_begun_after_a_failure(tried: Project) -> None:
    found = outcomes(tried, "--fail-fast")

    assert found == {"greets": "passed", "Refund in time": "failed", "refund too late": "skipped"}
    assert "not run: another case failed" in tried.run("smoke", "--fail-fast").out
    assert outcomes(tried)["refund too late"] == "passed"


def test_cases_of_a_file_and_a_matrix_are_cases_like_others(tried: Project) -> None:
    entry = """\
  - cases: {file: smoke/cases.csv}
    name: knows ${case.topic}
    matrix: {model: [m, other]}
    prompt: ${case.question}
    expect: {contains: "${case.answer}"}
"""
    tried.write("assistants/guide.yaml", MANIFEST + entry)
    rows = "topic,question,answer\nprices,hello,offline\nplaces,hello,never said\n"
    tried.write("smoke/cases.csv", rows)
    assert "No changes" in tried.run("plan").out, "cases are no part of what is applied"

    failing = {"knows places [model=m]": "failed", "knows places [model=other]": "failed"}
    file = tried.root / "smoke.json"
    report = tried.run("smoke", "--case", "knows", "--format", "junit", "--report", str(file))
    document = json.loads(file.read_text())
    assert [(case["name"], case["file"], case["line"]) for case in document["cases"]] == [
        ("knows prices [model=m]", "smoke/cases.csv", 2),
        ("knows prices [model=other]", "smoke/cases.csv", 2),
        ("knows places [model=m]", "smoke/cases.csv", 3),
        ("knows places [model=other]", "smoke/cases.csv", 3),
    ]
    assert document["cases"][1]["matrix"] == {"model": "other"}
    assert 'file="smoke/cases.csv" line="3"' in report.out
    assert set(outcomes(tried, "--case", "knows prices [model=m]")) == {"knows prices [model=m]"}
    assert outcomes(tried, "--failed") == failing
    assert "smoke/cases.csv:3" in tried.run("smoke", "--failed").out


JUDGED = """\
  - {name: polite, prompt: hello, expect: {command: [python3, -c, "print('very')"]}}
  - {name: elsewhere, targets: [far], prompt: hello, expect: {command: [nosuch]}}
"""


def test_programs_judge_only_when_that_is_allowed(tried: Project) -> None:
    targets = "{local: {api: local}, far: {api: local, path: far.db}}"
    tried.write("asstctl.yaml", f"project: demo\ntarget: local\ntargets: {targets}\n")
    tried.write("assistants/guide.yaml", MANIFEST.replace("model: m", "model: n") + JUDGED)

    refused = tried.run("apply", "--smoke", "--auto-approve")
    assert (refused.code, "would judge 1 case" in refused.err) == (1, True)
    assert "guide · polite" in refused.err
    assert "1 to update" in tried.run("plan").out, "nothing was written"

    tried.apply()
    assert tried.run("smoke").code == 1
    assert outcomes(tried, "--case", "greets") == {"greets": "passed"}
    assert outcomes(tried, "--allow-commands", "--case", "polite") == {"polite": "passed"}
    lost = tried.run("apply", "--allow-commands", "--auto-approve")
    assert (lost.code, "goes with --smoke" in lost.err) == (1, True)


@pytest.mark.parametrize("api", ["assistants", "responses", "agents"])
def test_a_matrix_of_models_is_run_by_them_on_every_api(project: Project, api: str) -> None:
    target = f"targets: {{local: {{api: local, like: {api}}}}}\n"
    project.write("asstctl.yaml", f"project: demo\n{target}")
    smoke = "smoke: [{prompt: hello, matrix: {model: [m, other]}}]\n"
    project.write("assistants/guide.yaml", f"kind: assistant\nmodel: m\n{smoke}")
    project.apply()

    ran = project.run("-vv", "smoke")

    assert (ran.code, "2 passed" in ran.out) == (0, True), ran
    assert '"model":"other"' in ran.err.replace(" ", "")
