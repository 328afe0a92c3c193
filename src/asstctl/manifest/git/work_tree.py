"""What lies in the project's folder, beside the commit that it was checked out from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar, Final
from unicodedata import normalize

from asstctl.errors import RefusedError
from asstctl.manifest.files.paths import OWN_FOLDER
from asstctl.manifest.git.repository import GitError, Repository, no_repository
from asstctl.model.file import LocalFile
from asstctl.text.words import some

_STATUS: Final = (
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--no-renames",
    "--no-ahead-behind",
    "--untracked-files=no",
    "--ignore-submodules=untracked",  # the files in them that are used are looked up by name
)
_FIELDS_BEFORE_PATH: Final = {"1": 8, "u": 10}
"""How many fields stand before the path of a changed and of an unmerged entry, by their type."""


class UncommittedError(RefusedError):
    """The project's folder differs from its commit, and ``--require-clean`` was given."""

    code: ClassVar[str] = "uncommitted"


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The full hash of the commit, and the paths of the project that differ from it.

    They are the tracked files that changed, submodules included, and files that the manifests use
    and no commit holds. Other untracked files change nothing.
    """

    head: str
    changes: tuple[str, ...]

    @property
    def commit(self) -> str:
        """The commit as a stamp names it: ``-dirty`` when it does not hold what is applied."""
        return f"{self.head}-dirty" if self.changes else self.head


def read_work_tree(
    root: Path, files: Iterable[LocalFile], *, outputs: Iterable[Path] = ()
) -> WorkTree | None:
    """Compare the project with its commit; None outside git.

    ``files`` are those that the manifests use, ``outputs`` those that this command writes, which
    count only among the former. Raises GitError when there is a repository that git cannot read
    or that has no commit.
    """
    repository = Repository.around(root)
    if repository is None:
        return None
    status = repository.run(*_STATUS, "--", repository.prefix or ".").split("\0")
    head = next(line.split()[-1] for line in status if line.startswith("# branch.oid "))
    if head == "(initial)":
        raise GitError(f"the repository {repository.top} has no commit yet", fix="Commit first.")
    used = tuple(files)
    written = {path.resolve() for path in outputs} - {file.source for file in used}
    changed = {path for path in _changed(status) if repository.top / path not in written}
    changed.update(_untracked(repository, used))
    return WorkTree(head, tuple(sorted(map(repository.inside, changed))))


def clean_commit(root: Path, files: Iterable[LocalFile], *, outputs: Iterable[Path] = ()) -> str:
    """The commit that holds the project as it lies there. Raises UncommittedError, GitError."""
    found = read_work_tree(root, files, outputs=outputs)
    if found is None:
        raise no_repository(root)
    if found.changes:
        raise UncommittedError(
            f"there are uncommitted changes: {some(found.changes)}",
            why="--require-clean was given, so that what is applied can be found in git.",
            fix="Commit or stash them. Untracked files count when the manifests use them, ignored "
            "ones too; a submodule needs a commit there and one here.",
        )
    return found.head


def _changed(status: list[str]) -> Iterator[str]:
    """The tracked paths that ``git status`` names; asstctl's own folder is not one."""
    for entry in status:
        before = _FIELDS_BEFORE_PATH.get(entry[:1])
        if before is not None:
            path = entry.split(" ", before)[before]
            if OWN_FOLDER not in PurePosixPath(path).parts:
                yield path


def _untracked(repository: Repository, files: Iterable[LocalFile]) -> Iterator[str]:
    """Files of the project that no commit will hold, ignored ones included."""
    listed = repository.run(
        "ls-files", "-z", "--recurse-submodules", "--", repository.prefix or "."
    )
    tracked = {normalize("NFC", path) for path in listed.split("\0")}
    for file in files:
        path = normalize("NFC", f"{repository.prefix}/{file.path}".lstrip("/"))
        real = normalize("NFC", file.source.relative_to(repository.top).as_posix())
        # A file that is reached through a link is committed when both are.
        ways = (path, *map(str, PurePosixPath(path).parents))
        if real not in tracked or (real != path and tracked.isdisjoint(ways)):
            yield path
