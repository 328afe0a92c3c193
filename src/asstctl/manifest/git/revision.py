"""Revisions, and the project as it was in one: the same bytes that a checkout of it gives."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asstctl.manifest.git.advice import no_common_commit, unknown_revision
from asstctl.manifest.git.repository import GitError, Repository

_GITLINK: Final = "160000"
# Whatever is configured for the work tree at hand (sparse, split in two, with submodules along)
# does not hold for the one that is laid out.
_LAYING_OUT: Final = (
    "core.sparseCheckout=false",
    "core.splitIndex=false",
    "submodule.recurse=false",
)
_WITH_LFS: Final = ("filter.lfs.required=true",)  # else git leaves files empty when it fails
_WITHOUT_LFS: Final = (
    "filter.lfs.process=",
    "filter.lfs.smudge=",
    "filter.lfs.required=false",
)


class NoFolderError(GitError):
    """A commit does not have the project's folder."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A project's folder as it is in a commit, in ``root``.

    ``submodules`` are the paths in it that are empty for being submodules.
    """

    root: Path
    commit: str
    submodules: frozenset[str]


def merge_base(root: Path, one: str, other: str) -> str:
    """The commit from which two revisions went apart. Raises GitError."""
    repository = Repository.of(root)
    found = repository.ask("merge-base", _resolve(repository, one), _resolve(repository, other))
    if found is None:
        raise no_common_commit(repository, one, other)
    return found


@contextmanager
def laid_out(root: Path, revision: str) -> Iterator[Layout]:
    """The project's folder as it was in a commit, for as long as the context lasts.

    Raises NoFolderError when the commit does not have the folder, else GitError.
    """
    repository = Repository.of(root)
    commit = _resolve(repository, revision)
    with tempfile.TemporaryDirectory(prefix="asstctl-") as folder:
        tree = Path(folder).resolve() / "tree"
        tree.mkdir()
        environment = {"GIT_INDEX_FILE": f"{tree}.index", "GIT_WORK_TREE": str(tree)}

        def run(*arguments: str, settings: tuple[str, ...] = ()) -> str:
            chosen = (*_LAYING_OUT, *settings)
            return repository.run(*arguments, settings=chosen, environment=environment)

        # The whole index, since attributes above the project hold for it too. Git looks for them
        # in the work tree, which is empty, and then in the index: those of the commit.
        run("read-tree", commit)
        entries = run("ls-files", "--stage", "-z", "--", repository.prefix or ".").split("\0")
        modes = {path: about[:6] for about, _, path in (e.partition("\t") for e in entries) if path}
        if not modes or repository.prefix in modes:
            raise NoFolderError(
                f"{revision} has no folder {repository.prefix or '.'}",
                fix="Name a commit that holds this project.",
            )
        check_out = ("checkout", "--quiet", "--", repository.prefix or ".")
        try:
            run(*check_out, settings=_WITH_LFS)
        except GitError:
            # Without git-lfs, or without the content, there are pointers: who reads one reports
            # it, at its place. Whatever else went wrong does so again.
            run(*check_out, settings=_WITHOUT_LFS)
        links = (path for path, mode in modes.items() if mode == _GITLINK)
        yield Layout(tree / repository.prefix, commit, frozenset(map(repository.inside, links)))


def _resolve(repository: Repository, revision: str) -> str:
    """The full hash of a commit."""
    for name in _names(repository, revision):
        found = repository.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        if found is not None:
            return found
    raise unknown_revision(repository, revision)


def _names(repository: Repository, revision: str) -> Iterator[str]:
    """What a revision may be called: a branch that was only ever fetched goes by its remote's."""
    yield revision
    branch = revision.removeprefix("refs/heads/")
    if not branch.startswith(("HEAD", "@", "refs/")):
        for remote in repository.remotes():
            yield f"{remote}/{branch}"
