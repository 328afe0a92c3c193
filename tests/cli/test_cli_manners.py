"""Where a command finds its project and target, and the forms of what is wrong with it."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from asstctl.cli.boundary import run

from .conftest import ASSISTANT, Project

TWO_TARGETS = """\
project: demo
target: here
targets:
  here: {api: local}
  there: {api: assistants, base_url: "https://api.example.com/v1", api_key: "${env.NO_SUCH_KEY}"}
"""
BROKEN = "kind: assistant\nmodel: m\nnam: 'a, b: 50%'\n"


def test_a_project_is_found_from_any_folder_below_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("assistants/guide.yaml", ASSISTANT)
    deep = project.root / "assistants" / "of" / "europe"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    assert run(["validate"]) == 0
    assert run(["-C", "..", "plan"]) == 0
    assert "+ assistant.guide" in capsys.readouterr().out


def test_an_account_has_one_name_wherever_the_command_is_run(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("assistants/guide.yaml", ASSISTANT)
    project.run("plan", "--out", str(project.root / "plan.json"))
    monkeypatch.chdir(project.root / "assistants")

    assert run(["apply", "../plan.json", "--auto-approve"]) == 0
    assert "local account .asstctl/account.db" in capsys.readouterr().out


def test_outside_a_project_the_folder_itself_is_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-C", str(tmp_path), "validate"]) == 1
    said = capsys.readouterr().out
    assert "[no-project]" in said
    assert "nor in any folder above it" in " ".join(said.split())


def test_the_environment_names_a_target_and_an_option_outranks_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("asstctl.yaml", TWO_TARGETS)
    project.write("assistants/guide.yaml", ASSISTANT)
    monkeypatch.setenv("ASSTCTL_TARGET", "there")

    assert "NO_SUCH_KEY" in project.run("validate").out
    assert project.run("-t", "here", "validate").code == 0
    assert project.run("validate", "-t", "here").code == 0
    assert 'unknown target ""' in project.run("validate", "-t", "").out, "an empty $TARGET"
    monkeypatch.setenv("ASSTCTL_TARGET", "ther")
    said = project.run("validate").out
    assert "ASSTCTL_TARGET names it." in said
    assert 'Did you mean "there"?' in said
    monkeypatch.setenv("ASSTCTL_TARGET", "")
    assert project.run("validate").code == 0


@pytest.mark.parametrize(
    ("typed", "what", "why"),
    [
        ("aply", "there is no command 'aply'", "Did you mean `asstctl apply`?"),
        ("preview", "there is no command 'preview'", "Did you mean `asstctl plan`?"),
        ("plan --formt json", "no such option '--formt'", "Did you mean `--format`?"),
        ("plan --json", "no such option '--json'", "Did you mean `--format json`?"),
        ("plan -json", "no such option '-j'", "Did you mean `--format json`?"),
        ("plan --jsn", "no such option '--jsn'", "`asstctl plan --help` tells what there is."),
        ("plan -o plan.json", "no such option '-o'", "Did you mean `--out`?"),
        ("plan -out=plan.json", "no such option '-o'", "Did you mean `--out`?"),
        ("apply -y", "no such option '-y'", "Did you mean `--auto-approve`?"),
        ("apply -auto-approve", "no such option '-a'", "Did you mean `--auto-approve`?"),
        ("plan --zzz", "no such option '--zzz'", "`asstctl plan --help` tells what there is."),
        ("plan --format jsn", "--format cannot be 'jsn'", 'Did you mean "json"?'),
        ("new asistant x", "KIND cannot be 'asistant'", 'Did you mean "assistant"?'),
        ("completion powershell", "SHELL cannot be 'powershell'", "bash, zsh, fish"),
        ("apply missing.json", "invalid value for 'PLANFILE'", "tells what there is"),
        ("plan --only guide", "--only guide matches nothing", 'Did you mean "assistant.guide"?'),
        ("accept guide", "guide matches nothing", 'Did you mean "assistant.guide"?'),
        ("show asstctl.yaml", "asstctl.yaml: the file is not JSON", "asstctl plan --out FILE"),
    ],
)
def test_every_slip_on_the_command_line_is_answered_in_one_style(
    project: Project, monkeypatch: pytest.MonkeyPatch, typed: str, what: str, why: str
) -> None:
    project.write("assistants/guide.yaml", ASSISTANT)
    monkeypatch.chdir(project.root)

    ran = project.run(*typed.split())

    assert (ran.code != 0, ran.out) == (True, "")
    first, rest = ran.err.split("\n", 1)
    assert first.startswith(f"error: {what}"), ran.err
    assert first.endswith("]"), "its code"
    assert why in rest, ran.err


def test_every_target_is_checked_at_once(project: Project) -> None:
    project.write("asstctl.yaml", TWO_TARGETS)
    project.write("assistants/guide.yaml", ASSISTANT)
    project.write("assistants/broken.yaml", BROKEN)

    found = json.loads(project.run("validate", "--all-targets", "--format", "json").out)

    broken, unset = found["diagnostics"]
    assert broken["code"] == "unknown-field", "told once, since every target has it"
    assert "target" not in broken["detail"]
    assert (unset["code"], unset["detail"]) == ("unset-variable", "For the target there.")
    project.remove("assistants/broken.yaml")
    assert project.run("validate", "--all-targets", "--allow-unset").code == 0
    assert project.run("validate").code == 0, "the default target alone is sound"


def test_a_saved_plan_is_shown_as_it_was(project: Project, tmp_path: Path) -> None:
    project.write("assistants/guide.yaml", ASSISTANT)
    plan = tmp_path / "plan.json"
    shown = {
        style: project.run("plan", "--out", str(plan), "--format", style).out
        for style in ("human", "json", "markdown")
    }
    project.remove("asstctl.yaml")

    for style, text in shown.items():
        assert project.run("show", str(plan), "--format", style).out == text
    plan.write_text(plan.read_text().replace("Guide", "Guile"))
    edited = project.run("show", str(plan))
    assert (edited.code, "plan-file" in edited.err) == (5, True)


@pytest.fixture
def broken(project: Project) -> Project:
    """A broken project in a folder of a repository."""
    subprocess.run(["git", "init", "-q", str(project.root.parent)], check=True)
    project.write("assistants/broken.yaml", BROKEN)
    return project


def test_annotations_for_github_are_escaped_and_count_from_the_repository(broken: Project) -> None:
    ran = broken.run("validate", "--format", "github")

    place = f"file={broken.root.name}/assistants/broken.yaml,line=3,col=1"
    assert ran.out.startswith(f"::error {place},title=asstctl%3A unknown-field::unknown field")
    assert ran.code == 1


def test_gitlab_knows_an_issue_again(broken: Project) -> None:
    first, second = (json.loads(broken.run("validate", "--format", "gitlab").out) for _ in "ab")

    assert first == second
    assert first[0]["location"] == {
        "path": f"{broken.root.name}/assistants/broken.yaml",
        "lines": {"begin": 3},
    }
    assert first[0]["severity"] == "major"


def test_sarif_names_the_rule_and_the_place(broken: Project) -> None:
    (ran,) = json.loads(broken.run("validate", "--format", "sarif").out)["runs"]

    (result,) = ran["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"{broken.root.name}/assistants/broken.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 1}
    assert ran["columnKind"] == "unicodeCodePoints", "SARIF counts halves of emoji otherwise"
    assert [rule["id"] for rule in ran["tool"]["driver"]["rules"]] == [result["ruleId"]]


def test_junit_has_a_case_for_every_problem_and_one_when_all_is_well(broken: Project) -> None:
    failed = ElementTree.fromstring(broken.run("validate", "--format", "junit").out)
    assert failed.attrib["failures"] == "1"
    assert {suite.attrib["errors"] for suite in failed.iter("testsuite")} == {"0"}, "required"
    failure = failed.find(".//failure")
    assert failure is not None
    assert failure.attrib["type"] == "unknown-field"

    broken.write("assistants/broken.yaml", ASSISTANT)
    passed = ElementTree.fromstring(broken.run("validate", "--format", "junit").out)
    assert (passed.attrib["tests"], passed.attrib["failures"]) == ("1", "0")
