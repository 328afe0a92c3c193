"""Whose objects these are: another project's are invisible, two with one key are an error."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import ClassVar, TypeAlias, TypeVar

from asstctl.errors import AsstctlError, RefusedError
from asstctl.model.address import Kind
from asstctl.model.stamp import Stamp
from asstctl.model.template_name import TemplateName, project_mark
from asstctl.sync.ports import RemoteAssistant, RemoteEnvironment, RemoteStore

AnyRemote: TypeAlias = RemoteAssistant | RemoteStore | RemoteEnvironment
Remote = TypeVar("Remote", RemoteAssistant, RemoteStore, RemoteEnvironment)


class OwnedElsewhereError(RefusedError):
    """An object carries another project's stamp, or a bundle names another project."""

    code: ClassVar[str] = "owned-elsewhere"


class DuplicateKeyError(AsstctlError):
    """Two objects of the account carry one key, so neither can be trusted to be the one."""

    code: ClassVar[str] = "duplicate-object"


def stamp_of(remote: AnyRemote) -> Stamp | None:
    """The stamp on an object of the account.

    That of an environment is what its name has room for; its project is a ``project_mark``.
    """
    if not isinstance(remote, RemoteEnvironment):
        return Stamp.from_metadata(remote.spec.metadata)
    name = TemplateName.parse(remote.spec.name)
    return Stamp(project=name.project, key=name.key, digest=name.digest) if name else None


def owned_by(project: str, remotes: Iterable[Remote]) -> tuple[tuple[Remote, Stamp], ...]:
    """The objects that this project manages, with their stamps."""
    stamped = ((remote, stamp_of(remote)) for remote in remotes)
    return tuple(
        (remote, replace(stamp, project=project))
        for remote, stamp in stamped
        if stamp is not None and stamp.project == marked_project(remote, project)
    )


def marked_project(remote: AnyRemote, project: str) -> str:
    """How a project is called on an object of this kind."""
    return project_mark(project) if isinstance(remote, RemoteEnvironment) else project


Owned: TypeAlias = tuple[tuple[Remote, Stamp], ...]


def one_per_key(kind: Kind, owned: Owned[Remote]) -> tuple[Owned[Remote], Owned[Remote]]:
    """The project's objects, newest first, one for each key; and the duplicates of some of them.

    Concurrent applies may both create an object for a key, and the one that should delete its own
    again may be killed before it can. Every apply leaves a token of its own on what it
    creates, so such a duplicate is told from a copy that somebody made on purpose, which has the
    token of its original. The oldest stays. Raises DuplicateKeyError for a copy.
    """
    owned = tuple(owned)
    oldest = {stamp.key: (remote, stamp) for remote, stamp in owned}
    runs = Counter((stamp.key, stamp.run) for _, stamp in owned)
    for remote, stamp in owned:
        original, _ = oldest[stamp.key]
        if remote is not original and (not stamp.run or runs[stamp.key, stamp.run] > 1):
            raise _copied(f"{kind}.{stamp.key}", original.id, remote.id)
    kept = tuple(item for item in owned if item[0] is oldest[item[1].key][0])
    return kept, tuple(item for item in owned if item not in kept)


def one_environment_per_key(
    owned: Owned[RemoteEnvironment], used: Collection[str]
) -> tuple[Owned[RemoteEnvironment], Owned[RemoteEnvironment]]:
    """``one_per_key`` for environments, whose names have no room for a token of the run.

    ``used`` are the templates that agents name. The one in use stays, else the oldest. Another
    is a duplicate that a killed apply left, if nothing uses it and its name is the very same.
    Raises DuplicateKeyError for any other.
    """
    kept: dict[str, tuple[RemoteEnvironment, Stamp]] = {}
    for remote, stamp in owned:  # The oldest comes last.
        chosen = kept.get(stamp.key)
        if chosen is None or remote.id in used or chosen[0].id not in used:
            kept[stamp.key] = (remote, stamp)
    duplicates = tuple(item for item in owned if item[0] is not kept[item[1].key][0])
    for remote, stamp in duplicates:
        original, _ = kept[stamp.key]
        if remote.id in used or remote.spec.name != original.spec.name:
            raise _copied(f"{Kind.ENVIRONMENT}.{stamp.key}", original.id, remote.id)
    return tuple(item for item in owned if item not in duplicates), duplicates


def _copied(address: str, one: str, other: str) -> DuplicateKeyError:
    return DuplicateKeyError(
        f"two objects of the account are {address}: {other} and {one}",
        why="Both carry this project's stamp with the same key. Somebody copied one.",
        fix="Delete the one that nothing uses, or take its `asstctl_…` metadata away (of an "
        "environment: the end of its name), and run the command again.",
    )
