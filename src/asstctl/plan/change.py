"""A change: one address, one action, before and after, and a reason for the reader."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from asstctl.model.actual import ActualResource, ActualStore
from asstctl.model.address import Address
from asstctl.model.desired import DesiredResource
from asstctl.model.json import JsonValue
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking
from asstctl.plan.action import Action, FileAction


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field (dotted path) and its values; None is unset."""

    path: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True)
class Drift:
    """One field that was edited outside asstctl.

    ``applied`` is what the last apply wrote, None when only its digest, ``base``, is known (empty
    for an unset field). ``desired`` is what the manifest says now; with ``conflict`` the manifest
    changed the field too.
    """

    path: str
    applied: JsonValue
    actual: JsonValue
    desired: JsonValue
    conflict: bool = False
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file of a resource.

    ``file_id`` is the upload that is reused, detached or deleted; None for an upload that is
    still to be made. ``sha256`` is None when nothing proves the content of what is detached.
    ``sent`` is that of the upload (see ``AttachedFile``).
    """

    action: FileAction
    path: str
    sha256: str | None
    bytes: int | None
    file_id: str | None = None
    sent: str = ""
    chunking: Chunking = AUTO_CHUNKING
    note: str = ""


class Block(StrEnum):
    """Why a change is blocked."""

    DRIFT = "drift"
    """Edited outside asstctl. Apply refuses as a whole."""
    PROTECTED = "protected"
    """``protect: true`` forbids the delete. The rest of the plan is not affected."""
    UNSEEN = "unseen"
    """It was not shown, and may exist all the same. Apply refuses as a whole."""
    IN_USE = "in_use"
    """Something that stays refers to it. The rest of the plan is not affected."""


class State(StrEnum):
    """How a resource stands, in the words of ``status``."""

    IN_SYNC = "in sync"
    MISSING = "missing"
    """In a manifest, and not in the account."""
    PENDING = "changes pending"
    DRIFTED = "drifted"
    """Edited outside asstctl."""
    UNMANAGED = "unmanaged now"
    """In the account, and in no manifest any more."""
    UNKNOWN = "unknown"
    """Not shown by the account, which may hold it all the same."""


_STATES: Final = {
    Action.NOOP: State.IN_SYNC,
    Action.CREATE: State.MISSING,
    Action.UPDATE: State.PENDING,
    Action.MOVE: State.PENDING,
    Action.ADOPT: State.PENDING,
    Action.DELETE: State.UNMANAGED,
    Action.FORGET: State.UNMANAGED,
    Action.BLOCKED: State.UNMANAGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one resource.

    ``desired`` is None for deletes and forgets, ``actual`` for creates. ``reason`` is for the
    reader and decides nothing.
    """

    address: Address
    action: Action
    reason: str = ""
    desired: DesiredResource | None = None
    actual: ActualResource | None = None
    fields: tuple[FieldChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    drift: tuple[Drift, ...] = ()
    block: Block | None = None
    moved_from: Address | None = None
    replaced: bool = False
    """For the delete of an expired store or a duplicate: whether another one is in its place."""

    @property
    def id(self) -> str | None:
        """The object's id in the account; None before it is created."""
        return self.actual.id if self.actual else None

    @property
    def state(self) -> State:
        """How the resource stands now, before this change."""
        match self.block:
            case Block.DRIFT:
                return State.DRIFTED
            case Block.UNSEEN:
                return State.UNKNOWN
            case _:
                return _STATES[self.action]

    @property
    def has_unread_files(self) -> bool:
        """Whether it is about a store whose files matter and cannot be seen."""
        if not isinstance(self.actual, ActualStore) or self.desired is None:
            return False
        return bool(self.actual.files_unread) and not self.desired.leaves_files_to_others
