"""Git: which commit the manifests come from, and the manifests of any other commit.

Nothing here touches the work tree or the index: another commit is laid out in a folder of its
own. Submodules are left alone.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from asstctl.errors import AsstctlError, RefusedError

if TYPE_CHECKING:
    from git import Repo


class GitError(AsstctlError):
    """Git cannot answer: no repository, no such revision, or not enough history."""

    code: ClassVar[str] = "git"


class UncommittedError(RefusedError):
    """The project's folder differs from its commit, and ``--require-clean`` was given."""

    code: ClassVar[str] = "uncommitted"


def current_commit(root: Path) -> str | None:
    """The commit's full hash, with ``-dirty`` when the project's folder differs from it.

    None outside git, before the first commit, and where git itself is missing.
    """
    try:
        with _repository(root) as repo:
            commit = _resolve(repo, "HEAD")
            return f"{commit}-dirty" if _changes(repo, root) else commit
    except GitError:
        return None


def raise_if_uncommitted(root: Path) -> None:
    """Refuse a project whose folder holds anything that no commit does. Raises RefusedError."""
    with _repository(root) as repo:
        changes = _changes(repo, root)
    if changes:
        more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
        raise UncommittedError(
            f"there are uncommitted changes: {', '.join(changes[:3])}{more}",
            why="--require-clean was given, so that what is applied can be found in git.",
            fix="Commit or stash them.",
        )


def resolve(root: Path, revision: str) -> str:
    """The full hash of the commit that a revision names. Raises GitError."""
    with _repository(root) as repo:
        return _resolve(repo, revision)


def merge_base(root: Path, one: str, other: str) -> str:
    """The commit from which two revisions went apart. Raises GitError."""
    with _repository(root) as repo:
        first, second = _resolve(repo, one), _resolve(repo, other)
        found = _git(repo, "merge-base", first, second, quiet=True)
        if found:
            return found
        shallow = _git(repo, "rev-parse", "--is-shallow-repository", quiet=True) == "true"
        raise GitError(
            f"{one} and {other} have no common commit here",
            why="The clone is shallow: it ends before the commit that both come from."
            if shallow
            else "Their histories never met.",
            fix="Fetch more history: `git fetch --unshallow`, or `fetch-depth: 0` for "
            "actions/checkout."
            if shallow
            else "Name a revision that this branch comes from.",
        )


@contextmanager
def laid_out(root: Path, revision: str) -> Iterator[Path]:
    """The project's folder as it was in a commit, for as long as the context lasts.

    Raises GitError when the commit does not have the folder.
    """
    with _repository(root) as repo, tempfile.TemporaryDirectory(prefix="asstctl-") as folder:
        commit = _resolve(repo, revision)
        prefix = _prefix(repo, root)
        tree = _git(repo, "rev-parse", "--verify", f"{commit}:{prefix}", quiet=True)
        if not tree:
            raise GitError(
                f"{revision} has no folder {prefix or '.'}",
                fix="Name a commit that holds this project.",
            )
        out = Path(folder) / "project"
        out.mkdir()
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        with repo.git.custom_environment(**index):
            _git(repo, "read-tree", tree)
            _git(repo, "checkout-index", "--all", "--force", f"--prefix={out.as_posix()}/")
        yield out


@contextmanager
def _repository(root: Path) -> Iterator["Repo"]:
    # GitPython refuses to be imported without a git program unless told to be quiet about it.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo

    try:
        repo = Repo(root.resolve(), search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise GitError(
            f"{root.resolve()} is not in a git repository",
            fix="Run `git init`, or leave the git options out.",
        ) from error
    with repo:
        yield repo


def _resolve(repo: "Repo", revision: str) -> str:
    commit = _git(
        repo,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{revision}^{{commit}}",
        quiet=True,
    )
    if not commit:
        raise GitError(
            f"git knows no commit {revision!r}",
            why="It is not in this clone, which may be shallow or without that branch or tag.",
            fix=f"Fetch it: git fetch origin {revision}",
        )
    return commit


def _changes(repo: "Repo", root: Path) -> list[str]:
    """Paths below the project's folder that differ from HEAD; asstctl's own folder is not one."""
    folder = root.resolve()
    output = _git(
        repo,
        "status",
        "--porcelain",
        "-z",
        "--ignore-submodules=all",
        "--",
        str(folder),
        f":(exclude){folder / '.asstctl'}",
    )
    return [entry[3:] for entry in output.split("\0") if len(entry) > 3]


def _prefix(repo: "Repo", root: Path) -> str:
    assert repo.working_tree_dir is not None
    inside = root.resolve().relative_to(Path(repo.working_tree_dir).resolve()).as_posix()
    return "" if inside == "." else inside


def _git(repo: "Repo", *arguments: str, quiet: bool = False) -> str:
    """Run git; its output. With ``quiet`` a failure is an empty answer, else a GitError."""
    from git import GitCommandError

    try:
        return str(repo.git.execute(["git", *arguments], strip_newline_in_stdout=True))
    except (GitCommandError, OSError) as error:
        if quiet:
            return ""
        said = getattr(error, "stderr", "") or str(error)
        raise GitError(f"git {arguments[0]} failed", why=str(said).strip()) from error
