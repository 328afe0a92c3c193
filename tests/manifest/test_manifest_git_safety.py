"""What a clone carries is not run, and a repository that is not ours is not believed."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from asstctl.errors import AsstctlError
from asstctl.manifest.git.revision import laid_out, merge_base
from asstctl.manifest.git.work_tree import clean_commit, read_work_tree
from asstctl.model.file import LocalFile
from support.git import commit, git, write


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a trace when it is run; the trace does not exist yet."""
    program, trace = tmp_path / "trap.sh", tmp_path / "trace"
    program.write_text(f"#!/bin/sh\necho ran >> '{trace}'\n", encoding="utf-8")
    program.chmod(0o755)
    return trace


def _bare(folder: Path, trap: Path) -> None:
    """Make a folder with files a bare repository that runs the trap when it is asked anything."""
    git(folder, "init", "-q", "--bare", ".")
    git(folder, "config", "core.bare", "false")
    git(folder, "config", "core.worktree", ".")
    git(folder, "--git-dir=.", "add", "asstctl.yaml")
    git(folder, "--git-dir=.", "commit", "-q", "-m", "trap")
    git(folder, "config", "core.fsmonitor", str(trap.with_name("trap.sh")))


def _lay_out(root: Path, revision: str) -> None:
    with laid_out(root, revision):
        return


def _read_all(root: Path) -> None:
    """Everything that is ever asked of git; whether there is an answer does not matter here."""
    questions: tuple[Callable[[], object], ...] = (
        lambda: read_work_tree(root, ()),
        lambda: clean_commit(root, ()),
        lambda: merge_base(root, "HEAD", "HEAD"),
        lambda: merge_base(root, "HEAD", "no-such-branch"),
        lambda: _lay_out(root, "HEAD"),
    )
    for ask in questions:
        with suppress(AsstctlError):
            ask()


@pytest.mark.parametrize("place", ["outer", "outer/project"])
@pytest.mark.parametrize("in_git", [False, True])
def test_a_bare_repository_among_the_files_is_not_one(
    tmp_path: Path, trap: Path, place: str, in_git: bool
) -> None:
    outer, root = tmp_path / "outer", tmp_path / "outer/project"
    for folder in (outer, root):
        write(folder, {"asstctl.yaml": "project: demo\n"})
    _bare(tmp_path / place, trap)
    if in_git:
        commit(outer)
    subprocess.run(["git", "status"], cwd=root, check=False, capture_output=True)
    assert trap.exists() == (not in_git or place == "outer/project"), "how git itself falls for it"
    trap.unlink(missing_ok=True)

    _read_all(root)

    assert not trap.exists()


def test_neither_monitor_nor_hooks_of_the_repository_itself_run(tmp_path: Path, trap: Path) -> None:
    write(tmp_path / "p", {"asstctl.yaml": "project: demo\n"})
    commit(tmp_path / "p")
    git(tmp_path / "p", "config", "core.fsmonitor", str(trap.with_name("trap.sh")))
    for hook in ("post-checkout", "post-index-change"):
        shutil.copy(trap.with_name("trap.sh"), tmp_path / "p/.git/hooks" / hook)
    git(tmp_path / "p", "status")
    assert trap.exists(), "the trap is not set"
    trap.unlink()

    _read_all(tmp_path / "p")

    assert not trap.exists()


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR"])
def test_variables_of_a_hook_do_not_lead_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for folder in ("p", "q"):
        write(tmp_path / folder, {"asstctl.yaml": f"project: {folder}\n"})
        commit(tmp_path / folder)
    own = git(tmp_path / "p", "rev-parse", "HEAD")
    monkeypatch.setenv(name, str(tmp_path / "q" / ".git"))

    found = read_work_tree(tmp_path / "p", ())

    assert found is not None
    assert found.commit == own


@pytest.mark.parametrize("content", ["", "objects refs"])
def test_an_unusable_git_folder_is_passed_by(tmp_path: Path, content: str) -> None:
    write(tmp_path, {"p/asstctl.yaml": "project: demo\n"})
    commit(tmp_path)
    for name in (".", *content.split()):
        (tmp_path / "p/.git" / name).mkdir(parents=True)

    found = read_work_tree(tmp_path / "p", ())

    assert found is not None
    assert found.changes == ()


# --- repositories of others ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda root: read_work_tree(root, ()),
        lambda root: clean_commit(root, ()),
        lambda root: merge_base(root, "main", "HEAD"),
        lambda root: _lay_out(root, "main"),
    ],
    ids=["stamp", "require-clean", "since", "ref"],
)
def test_the_repository_of_another_user_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], object]
) -> None:
    root = tmp_path / "it's a project"
    write(root, {"asstctl.yaml": "project: demo\n"})
    commit(root)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for such tests

    with pytest.raises(AsstctlError) as raised:
        ask(root)

    assert "another user" in raised.value.what
    (command,) = raised.value.commands
    assert command.startswith("git config --global --add safe.directory ")
    subprocess.run(["sh", "-c", command], check=True)
    ask(root)


def test_without_git_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"asstctl.yaml": "project: demo\n"})
    commit(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AsstctlError) as raised:
        read_work_tree(tmp_path, ())
    assert "Install git" in raised.value.fix


def test_a_repository_without_commits_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    with pytest.raises(AsstctlError, match="has no commit yet"):
        read_work_tree(tmp_path, ())


def test_outside_git_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert read_work_tree(tmp_path, (LocalFile("a.md", tmp_path / "a.md", 1),)) is None
