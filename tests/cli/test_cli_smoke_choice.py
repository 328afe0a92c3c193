"""Which cases ``smoke`` runs: by name, by how they came out last, and until one fails."""

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
