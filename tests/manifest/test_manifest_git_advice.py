"""What is advised about a revision that a clone lacks is run here as it is printed."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from manifest_folder import Folder

from asstctl.manifest.git.repository import GitError
from asstctl.manifest.git.revision import laid_out, merge_base
from support.git import commit, git, write

T = TypeVar("T")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Four commits on ``main``, the first is v1; ``feature`` left it at the second."""
    origin = tmp_path / "origin"
    folder = Folder(origin)
    for number in range(4):
        folder.write({"n.txt": f"{number}\n"})
        commit(origin, f"main {number}")
        if number == 0:
            git(origin, "tag", "v1")
            git(origin, "tag", "good")
    git(origin, "branch", "2.x")
    git(origin, "switch", "-q", "-c", "feature", "main~2")
    for number in range(2):
        folder.write({"f.txt": f"{number}\n"})
        commit(origin, f"feature {number}")
    return origin


Cloning = Callable[[str, Path], object]


def _as_actions_checkout_does(url: str, clone: Path) -> None:
    git(clone.parent, "init", "-q", clone.name)
    git(clone, "remote", "add", "origin", url)
    there = "refs/remotes/pull/1/merge"
    git(clone, "fetch", "-q", "--no-tags", "--depth=1", "origin", f"+feature:{there}")
    git(clone, "checkout", "-q", "--detach", there)


def _clone(*options: str) -> Cloning:
    return lambda url, clone: git(clone.parent, "clone", "-q", *options, url, clone.name)


CLONES: dict[str, Cloning] = {
    "shallow": _clone("--depth", "1", "-b", "feature"),
    "shallow, every branch": _clone("--depth", "1", "--no-single-branch", "-b", "feature"),
    "actions/checkout": _as_actions_checkout_does,
    "one branch": _clone("--single-branch", "--no-tags", "-b", "feature"),
    "other name": _clone("--depth", "1", "-b", "feature", "-o", "upstream"),
}


@pytest.fixture(params=list(CLONES))
def clone(request: pytest.FixtureRequest, origin: Path, tmp_path: Path) -> Path:
    """The branch ``feature`` in a clone that lacks much of what there is."""
    CLONES[request.param](f"file://{origin}", tmp_path / "clone")
    return tmp_path / "clone"


def taking_advice(clone: Path, ask: Callable[[], T]) -> T:
    """The answer, once what the errors advise was pasted into a shell."""
    for _ in range(2):
        try:
            return ask()
        except GitError as error:
            subprocess.run(
                error.commands[0], shell=True, cwd=clone, check=True, capture_output=True
            )
    return ask()


@pytest.mark.parametrize("revision", ["main", "REMOTE/main", "REMOTE/2.x", "refs/heads/main"])
def test_a_branch_to_compare_with_can_be_fetched(clone: Path, origin: Path, revision: str) -> None:
    revision = revision.replace("REMOTE", git(clone, "remote"))

    found = taking_advice(clone, lambda: merge_base(clone, revision, "HEAD"))

    assert found == git(origin, "rev-parse", "main~2")


@pytest.mark.parametrize("revision", ["v1", "tags/good", "refs/tags/v1", "hash", "short hash"])
def test_a_tag_or_a_commit_can_be_fetched(clone: Path, origin: Path, revision: str) -> None:
    first = git(origin, "rev-parse", "v1")
    revision = {"hash": first, "short hash": first[:9]}.get(revision, revision)

    def ask() -> str:
        with laid_out(clone, revision) as layout:
            return layout.commit + (layout.root / "n.txt").read_text(encoding="utf-8")

    assert taking_advice(clone, ask) == f"{first}0\n"


def test_steps_back_can_be_fetched(clone: Path, origin: Path) -> None:
    found = taking_advice(clone, lambda: merge_base(clone, "HEAD~2", "HEAD"))

    assert found == git(origin, "rev-parse", "feature~2")


def advice(clone: Path, revision: str) -> GitError:
    with pytest.raises(GitError) as raised:
        merge_base(clone, revision, "HEAD")
    return raised.value


def test_a_name_may_be_a_branch_or_a_tag(origin: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{origin}", "clone")

    branch, tag = advice(tmp_path / "clone", "production"), advice(tmp_path / "clone", "rel-1.2")

    assert "shallow" in branch.why
    assert branch.fix == "Fetch it as a branch, or else as a tag:"
    assert branch.commands == (
        "git fetch origin production:refs/remotes/origin/production",
        "git fetch origin tag production",
    )
    assert tag.fix == "Fetch it as a tag, or else as a branch:"
    assert tag.commands[0] == "git fetch origin tag rel-1.2"
    assert "'$(touch x):refs/" in advice(tmp_path / "clone", "$(touch x)").commands[0]


def test_a_slip_of_the_pen_is_seen(origin: Path) -> None:
    error = advice(origin, "featrue")

    assert error.fix.startswith('Did you mean "feature"?')
    assert "shallow" not in error.why
    assert "shorter" in advice(origin, "main~40").fix
    assert "no remote" in advice(origin, "elsewhere").fix


def test_references_that_only_git_can_read_cost_no_more_than_a_suggestion(origin: Path) -> None:
    write(origin, {".git/packed-refs": "# pack-refs with: a form of the future\n"})
    git(origin, "remote", "add", "origin", "https://git.example/acme")

    error = advice(origin, "featrue")

    assert error.fix == "Fetch it as a branch, or else as a tag:"


def test_histories_that_never_met_are_told_apart_from_short_ones(origin: Path) -> None:
    git(origin, "switch", "-q", "--orphan", "alone")
    git(origin, "commit", "-q", "--allow-empty", "-m", "alone")

    error = advice(origin, "main")

    assert "no common commit" in error.what
    assert "never met" in error.why
