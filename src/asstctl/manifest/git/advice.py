"""What to do about a revision that a clone lacks: commands that work as they are printed.

``git fetch origin NAME`` alone leaves nothing behind that has a name, so every command here ends
in one: a branch of the remote, or a tag.
"""

import os
import re
import shlex
from dataclasses import dataclass
from typing import Final, Self

from asstctl.manifest.git.repository import GitError, Repository
from asstctl.model.suggestions import did_you_mean

_HASH: Final = re.compile(r"[0-9a-f]{7,64}")
_VERSION: Final = re.compile(r"v?\d+(\.\d+)*\b|.*\bv?\d+\.\d+")
_BRANCH: Final = re.compile(r"^(refs/)?(remotes|heads)/")
_TAG: Final = re.compile(r"^(refs/)?tags/")
_STEPS_BACK: Final = re.compile(r"[~^]|@\{")


@dataclass(frozen=True, slots=True)
class _Clone:
    """What a clone knows by name. ``remote`` is the one to fetch from, None without any."""

    names: tuple[str, ...]
    remote: str | None
    shallow: bool

    @classmethod
    def read(cls, repository: Repository) -> Self:
        shallow = repository.run("rev-parse", "--is-shallow-repository").strip() == "true"
        return cls(_names(repository), next(iter(repository.remotes()), None), shallow)

    @property
    def everything(self) -> str:
        """The command that fetches every branch and tag, with all that came before."""
        deeper = "--unshallow " if self.shallow else ""
        branches = shlex.quote(f"+refs/heads/*:refs/remotes/{self.remote}/*")
        return f"git fetch {deeper}--tags {self.remote} {branches}"


def _names(repository: Repository) -> tuple[str, ...]:
    """The branches and tags of a clone; none where GitPython cannot tell."""
    # It takes longer to import than git takes for all that a plan asks, and refuses to be imported
    # without git unless told to be quiet about it.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import Repo

    git = repository.top / ".git"
    try:
        with Repo(git if git.is_dir() else repository.top) as repo:
            return tuple(reference.name for reference in repo.references)
    except Exception:
        return ()  # a form of references that it does not know: nothing but a suggestion is lost


def unknown_revision(repository: Repository, revision: str) -> GitError:
    """The error for a revision that names no commit of this clone."""
    clone = _Clone.read(repository)
    commands = _fetch(clone, revision)
    if _is_too_far_back(clone, revision):
        fix, commands = "Its history is shorter than that: name a commit in it.", ()
    elif not commands:
        fix = "Name a branch, a tag or a commit; there is no remote to fetch one from."
    elif len(commands) == 1:
        fix = "Fetch it:"
    else:
        fix = f"Fetch it as a {_kinds(revision)[0]}, or else as a {_kinds(revision)[1]}:"
    return GitError(
        f"git knows no commit {revision!r}",
        why="The clone is shallow: it holds the newest commits of some branches only."
        if clone.shallow
        else "It is no branch, tag or commit of this clone.",
        fix=" ".join(filter(None, (did_you_mean(revision, clone.names), fix))),
        commands=commands,
    )


def no_common_commit(repository: Repository, one: str, other: str) -> GitError:
    """The error for two revisions that did not come from the same commit, as far as is known."""
    clone = _Clone.read(repository)
    what = f"{one} and {other} have no common commit here"
    if not clone.shallow:
        fix = "Name a revision that this branch comes from."
        return GitError(what, why="Their histories never met.", fix=fix)
    return GitError(
        what,
        why="The clone is shallow: it ends before the commit that both come from.",
        fix="Fetch more history, with `fetch-depth: 0` for actions/checkout, or with this:",
        commands=(clone.everything,) if clone.remote else (),
    )


def _is_too_far_back(clone: _Clone, revision: str) -> bool:
    start, *steps = _STEPS_BACK.split(revision)
    return bool(steps) and not clone.shallow and start in {*clone.names, "HEAD", ""}


def _fetch(clone: _Clone, revision: str) -> tuple[str, ...]:
    """The commands after which the revision is known, the likeliest first."""
    remote = clone.remote
    if remote is None:
        return ()
    if _HASH.fullmatch(revision) or _STEPS_BACK.search(revision):
        return (clone.everything,)
    branch, tag = _BRANCH.sub("", revision).removeprefix(f"{remote}/"), _TAG.sub("", revision)
    refspec = shlex.quote(f"{branch}:refs/remotes/{remote}/{branch}")
    commands = {
        "branch": f"git fetch {remote} {refspec}",
        "tag": f"git fetch {remote} tag {shlex.quote(tag)}",
    }
    if branch != revision:
        return (commands["branch"],)
    if tag != revision:
        return (commands["tag"],)
    return tuple(commands[kind] for kind in _kinds(revision))


def _kinds(revision: str) -> tuple[str, str]:
    """What a bare name is most likely to name, and what it may name too."""
    return ("tag", "branch") if _VERSION.match(revision) else ("branch", "tag")
