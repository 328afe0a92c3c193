"""Whose objects these are: another project's are invisible, two with one key are an error."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, TypeVar

from asstctl.errors import AsstctlError
from asstctl.model.address import Kind
from asstctl.model.stamp import Stamp
from asstctl.sync.ports import RemoteAssistant, RemoteStore

Remote = TypeVar("Remote", RemoteAssistant, RemoteStore)


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


def by_key(kind: Kind, owned: Iterable[tuple[Remote, Stamp]]) -> Mapping[str, Remote]:
    """The project's objects by key. Raises DuplicateKeyError."""
    found: dict[str, Remote] = {}
    for remote, stamp in owned:
        other = found.setdefault(stamp.key, remote)
        if other is not remote:
            raise DuplicateKeyError(
                f"two objects of the account are {kind}.{stamp.key}: {other.id} and {remote.id}",
                why="Both carry this project's stamp with the same key. Somebody copied one, or "
                "two applies ran at once.",
                fix="Delete the one that nothing uses, or take its `asstctl_…` metadata away, and "
                "run the command again.",
            )
    return found
