"""Plans of other commits, plans since a commit, and stamps that say which commit it was."""

import subprocess
from pathlib import Path

import pytest

from cli.conftest import ASSISTANT, Project
from real_command import run_asstctl


@pytest.fixture
def repository(project: Project) -> Project:
    """The project in git, with one commit, tagged v1."""
    project.write(".gitignore", ".asstctl/\n")
    project.git("init", "-q", "-b", "main")
    _commit(project, "one")
    project.git("tag", "v1")
    return project


def _commit(project: Project, message: str) -> None:
    project.git("add", "-A")
    project.git("commit", "-q", "-m", message)


def _stamp(project: Project) -> str:
    commit: str = project.assistants()["Guide"].metadata["asstctl_commit"]
    return commit


def test_the_stamp_names_the_commit_and_whether_it_was_dirty(repository: Project) -> None:
    repository.apply()
    assert _stamp(repository) == repository.git("rev-parse", "HEAD")
    repository.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    repository.apply()
    assert _stamp(repository) == repository.git("rev-parse", "HEAD") + "-dirty"


def test_outside_git_there_is_no_commit(project: Project) -> None:
    project.apply()
    assert "asstctl_commit" not in project.assistants()["Guide"].metadata


def test_applying_a_tag_is_a_rollback_that_leaves_the_work_tree_alone(repository: Project) -> None:
    repository.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    _commit(repository, "two")
    repository.apply()
    repository.write("notes.txt", "not committed\n")
    repository.apply("--ref", "v1")
    assert repository.assistants()["Guide"].instructions == "Be brief."
    assert _stamp(repository) == repository.git("rev-parse", "v1")
    assert "kind" in (repository.root / "assistants/guide.yaml").read_text(encoding="utf-8")
    assert repository.git("status", "--porcelain") == "?? notes.txt"


def test_since_limits_the_plan_to_what_changed_files_included(repository: Project) -> None:
    repository.write("prompts/other.md", "One.\n")
    repository.write(
        "assistants/other.yaml",
        "kind: assistant\nname: Other\nmodel: gpt-4o\ninstructions: {file: prompts/other.md}\n",
    )
    _commit(repository, "two")
    repository.git("tag", "v2")
    repository.write("prompts/other.md", "Two.\n")
    plan = repository.run("plan", "--since", "v2")
    assert "assistant.other" in plan.out
    assert "assistant.guide" not in plan.out
    repository.apply("--since", "v2")
    assert set(repository.assistants()) == {"Other"}


def test_since_uses_the_merge_base(repository: Project) -> None:
    repository.git("switch", "-q", "-c", "feature")
    repository.write("assistants/feature.yaml", ASSISTANT.replace("Guide", "Feature"))
    _commit(repository, "feature")
    repository.git("switch", "-q", "main")
    repository.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    _commit(repository, "on main")
    repository.git("switch", "-q", "feature")
    plan = repository.run("plan", "--since", "main")
    assert "assistant.feature" in plan.out
    assert "assistant.guide" not in plan.out


def test_a_change_of_a_default_counts_for_what_it_reaches(repository: Project) -> None:
    repository.write("assistants/bare.yaml", "kind: assistant\nname: Bare\ninstructions: None.\n")
    repository.write("asstctl.yaml", "project: demo\ndefaults: {model: gpt-4o}\n")
    _commit(repository, "two")
    repository.write("asstctl.yaml", "project: demo\ndefaults: {model: gpt-4.1}\n")
    plan = repository.run("plan", "--since", "HEAD")
    assert "assistant.bare" in plan.out
    assert "assistant.guide" not in plan.out


def test_require_clean_refuses_what_no_commit_holds(repository: Project) -> None:
    assert repository.run("plan", "--require-clean").code == 0
    repository.write("assistants/new.yaml", ASSISTANT.replace("Guide", "New"))
    ran = repository.run("apply", "--auto-approve", "--require-clean")
    assert ran.code == 5
    assert "assistants/new.yaml" in ran.err


def test_a_shallow_clone_says_what_it_lacks(repository: Project, tmp_path: Path) -> None:
    repository.git("switch", "-q", "-c", "feature")
    repository.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    _commit(repository, "two")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", "--no-single-branch",
         f"file://{repository.root}", str(clone)],
        check=True,
    )  # fmt: skip
    plan = repository.run("-C", str(clone), "plan")
    assert plan.code == 0
    ran = repository.run("-C", str(clone), "plan", "--since", "origin/main")
    assert ran.code == 1
    assert "fetch-depth: 0" in ran.err


def test_a_stamp_without_a_commit_says_why(
    repository: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for such tests
    monkeypatch.setenv("COLUMNS", "60")
    for ran in (repository.run("plan"), repository.apply()):
        assert "note: the stamps will name no commit: git refuses" in " ".join(ran.err.split())
        command = f"    git config --global --add safe.directory {repository.root}"
        assert command in ran.err.splitlines()
    assert "asstctl_commit" not in repository.assistants()["Guide"].metadata
    assert repository.run("apply", "--require-clean").code == 1
    subprocess.run(command, shell=True, check=True)
    assert "note:" not in repository.run("plan").err


def test_an_apply_stamps_the_commit_of_the_saved_plan(repository: Project) -> None:
    for report in ("plan.json", "plan.md"):
        repository.write(report, "of the run before\n")
    repository.git("add", "plan.json")
    repository.git("commit", "-q", "-m", "an old plan, committed by mistake")
    planned = repository.git("rev-parse", "HEAD")
    out, report = str(repository.root / "plan.json"), str(repository.root / "plan.md")
    ran = repository.run("plan", "--require-clean", "--out", out, "--report", report)
    assert ran.code == 0, ran
    repository.write("README", "Something else.\n")
    repository.git("add", "README")
    repository.git("commit", "-q", "-m", "merged meanwhile")
    repository.write("README", "Something else, edited.\n")

    repository.apply(out, "--report", str(repository.root / "apply.json"))

    assert _stamp(repository) == planned


def test_what_a_clone_carries_is_not_run(repository: Project, tmp_path: Path) -> None:
    trap, trace = tmp_path / "trap.sh", tmp_path / "trace"
    trap.write_text(f"#!/bin/sh\necho ran >> '{trace}'\n", encoding="utf-8")
    trap.chmod(0o755)
    carried = repository.root / "carried"
    carried.mkdir()
    inner = Project(carried, repository._capsys)
    inner.write("assistants/guide.yaml", ASSISTANT)
    inner.git("init", "-q", "--bare", ".")
    inner.git("config", "core.bare", "false")
    inner.git("config", "core.worktree", ".")
    inner.git("--git-dir=.", "add", "asstctl.yaml")
    inner.git("--git-dir=.", "commit", "-q", "-m", "trap")
    inner.git("config", "core.fsmonitor", str(trap))
    inner.git("status")
    assert trace.exists(), "the trap is not set"
    _commit(repository, "a folder that is a bare repository")
    trace.unlink()

    for options in ([], ["--ref", "HEAD"], ["--since", "v1"], ["--require-clean"]):
        done = run_asstctl(["plan", *options], cwd=carried, home=tmp_path)
        assert done.returncode == 0, done.stderr
    done = run_asstctl(["apply", "--auto-approve"], cwd=carried, home=tmp_path)
    assert done.returncode == 0, done.stderr

    assert not trace.exists()


def test_a_worktree_and_a_subfolder_work(repository: Project, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"), "v1")
    plan = repository.run("-C", str(tmp_path / "tree"), "plan", "--ref", "v1", "--since", "v1")
    assert plan.code == 0
    assert "nothing to compare" in plan.out


def test_a_project_in_a_subfolder_is_laid_out_from_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mono" / "bots"
    folder.mkdir(parents=True)
    inner = Project(folder, capsys)
    inner.write("assistants/guide.yaml", ASSISTANT)
    outer = Project(tmp_path / "mono", capsys)
    outer.git("init", "-q")
    _commit(outer, "one")
    inner.write("assistants/guide.yaml", ASSISTANT.replace("brief", "kind"))
    assert "Be brief." in inner.run("plan", "--ref", "HEAD").out
    assert "Be kind." in inner.run("plan", "--since", "HEAD").out


def test_git_options_outside_git_are_an_error(project: Project) -> None:
    for options in (["--since", "main"], ["--ref", "main"], ["--require-clean"]):
        ran = project.run("plan", *options)
        assert ran.code == 1
        assert "not in a git repository" in ran.err
