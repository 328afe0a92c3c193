"""The repository that a folder is in, and the one way to run git there.

A clone may carry anything: a bare repository among its files, with settings that name programs.
So the repository is looked for here, as a ``.git`` in the folder or above it, git is started where
that was found, and what it runs on its own is switched off. Filters, which lay files out, remain:
they are named in settings that no clone brings along.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

from asstctl.errors import AsstctlError

_OPTIONS: Final = ("--no-pager", "--literal-pathspecs", "--no-optional-locks")
_SETTINGS: Final = (
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
)
_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "LANGUAGE": "C",  # what git says is read here; only messages follow this variable
}
# Git sets these for its hooks: they speak of another repository than the one that was found, or
# of an index that exists for one commit only. `git rev-parse --local-env-vars` lists them.
_OF_HOOKS: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
_FOREIGN = re.compile("dubious ownership|unsafe repository")
_TRUST = re.compile(r"^\s*(git config --global --add safe\.directory .+)$", re.MULTILINE)


class GitError(AsstctlError):
    """Git cannot answer: no repository, no such revision, or not enough history."""

    code: ClassVar[str] = "git"


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree. ``top`` is its root, ``prefix`` the project's folder in it, "" for the root.

    Both are free of symbolic links.
    """

    top: Path
    prefix: str

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The repository of a folder. Raises GitError when there is none."""
        found = cls.around(folder)
        if found is None:
            raise no_repository(folder)
        return found

    @classmethod
    def around(cls, folder: Path) -> Self | None:
        """The repository of a folder; None when there is none."""
        folder = folder.resolve()
        for top in (folder, *folder.parents):
            if _is_repository(top / ".git"):
                inside = folder.relative_to(top).as_posix()
                return cls(top, "" if inside == "." else inside)
        return None

    def inside(self, path: str) -> str:
        """A path of the repository as the project has it."""
        return path.removeprefix(f"{self.prefix}/")

    def run(
        self,
        *arguments: str,
        settings: tuple[str, ...] = (),
        environment: Mapping[str, str] = _ENVIRONMENT,
    ) -> str:
        """Run git; what it prints. Raises GitError with its reason when it fails."""
        done = self._start(arguments, settings, environment)
        if done.returncode:
            raise self._failure(arguments[0], done.stderr)
        return done.stdout

    def ask(self, *arguments: str) -> str | None:
        """Ask git for one line; None when its answer is no. Raises GitError when it fails."""
        done = self._start(arguments)
        if done.returncode == 1 and not done.stderr:
            return None
        if done.returncode:
            raise self._failure(arguments[0], done.stderr)
        return done.stdout.rstrip("\n")

    def remotes(self) -> list[str]:
        """The names of the remotes, ``origin`` first."""
        return sorted(self.run("remote").splitlines(), key="origin".__ne__)

    def _start(
        self,
        arguments: tuple[str, ...],
        settings: tuple[str, ...] = (),
        environment: Mapping[str, str] = _ENVIRONMENT,
    ) -> subprocess.CompletedProcess[str]:
        chosen = (word for setting in (*_SETTINGS, *settings) for word in ("-c", setting))
        kept = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        try:
            return subprocess.run(  # noqa: S603 - a list of words, and no shell
                ["git", *_OPTIONS, *chosen, *arguments],  # noqa: S607 - the git that the user runs
                cwd=self.top,
                env={**kept, **_ENVIRONMENT, **environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except OSError as error:
            raise GitError(
                "git cannot be started",
                why=error.strerror or str(error),
                fix="Install git, or put it on the PATH.",
            ) from error

    def _failure(self, command: str, said: str) -> GitError:
        if _FOREIGN.search(said):
            advised = _TRUST.search(said)
            trust = f"git config --global --add safe.directory {shlex.quote(str(self.top))}"
            return GitError(
                f"git refuses the repository {self.top}: it belongs to another user",
                why="The settings of a repository can name programs for git to run.",
                fix="If you trust its owner, say so:",
                commands=(advised[1] if advised else trust,),
            )
        return GitError(f"git {command} failed", why=" ".join(said.removeprefix("fatal: ").split()))


def no_repository(folder: Path) -> GitError:
    """The error for a folder that is in no repository."""
    return GitError(
        f"{folder.resolve()} is not in a git repository",
        fix="Run `git init`, or leave the git options out.",
    )


def _is_repository(git: Path) -> bool:
    """Whether git would take this ``.git``: a repository, or a file that leads to one."""
    if git.is_file():
        return True
    holds = (os.access(git / name, os.X_OK) for name in ("objects", "refs"))
    return os.access(git / "HEAD", os.R_OK) and all(holds)
