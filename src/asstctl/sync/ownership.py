"""Whose objects these are: another project's are invisible, two with one key are an error."""

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar, TypeAlias, TypeVar

from asstctl.errors import AsstctlError, RefusedError
from asstctl.model.address import Kind
from asstctl.model.stamp import Stamp
from asstctl.sync.ports import RemoteAssistant, RemoteStore

Remote = TypeVar("Remote", RemoteAssistant, RemoteStore)


class OwnedElsewhereError(RefusedError):
    """An object carries another project's stamp, or a bundle names another project."""

    code: ClassVar[str] = "owned-elsewhere"


class DuplicateKeyError(AsstctlError):
    """Two objects of the account carry one key, so neither can be trusted to be the one."""

    code: ClassVar[str] = "duplicate-object"


def stamp_of(remote: RemoteAssistant | RemoteStore) -> Stamp | None:
    """The stamp on an object of the account."""
    return Stamp.from_metadata(remote.spec.metadata)


def owned_by(project: str, remotes: Iterable[Remote]) -> tuple[tuple[Remote, Stamp], ...]:
    """The objects that this project manages, with their stamps."""
    stamped = ((remote, stamp_of(remote)) for remote in remotes)
    return tuple(
        (remote, stamp)
        for remote, stamp in stamped
        if stamp is not None and stamp.project == project
    )


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


def _copied(address: str, one: str, other: str) -> DuplicateKeyError:
    return DuplicateKeyError(
        f"two objects of the account are {address}: {other} and {one}",
        why="Both carry this project's stamp with the same key. Somebody copied one.",
        fix="Delete the one that nothing uses, or take its `asstctl_…` metadata away, and "
        "run the command again.",
    )
