"""A plan: ordered changes plus what they were computed from. A plain value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from asstctl.model.address import Kind
from asstctl.model.json import JsonObject
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change
from asstctl.plan.warnings import AccountWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How much a plan does."""

    actions: Mapping[Action, int]
    files: Mapping[FileAction, int]
    drifted: int
    unseen: int
    upload_bytes: int

    def as_json(self) -> JsonObject:
        """Every count by its name, those of files apart: both know a delete."""
        return {
            **{str(action): self.actions[action] for action in Action},
            "files": {str(action): self.files[action] for action in FileAction},
            "drifted": self.drifted,
            "unseen": self.unseen,
            "upload_bytes": self.upload_bytes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What apply would do, in the order in which it would do it.

    ``project``, ``target`` and ``account`` say for whom. ``commit`` is the manifests' git commit,
    with ``-dirty`` when the work tree differs from it; None outside git. ``managed`` is the number
    of objects of this project in the account, in scope or not. ``warnings`` say what the account
    did not show. Fields and drift hold nothing that is ``sensitive``; what changes write does.
    """

    project: str
    target: str
    account: str
    commit: str | None
    managed: int
    changes: tuple[Change, ...]
    warnings: tuple[AccountWarning, ...] = ()
    sensitive: Sensitive = NOTHING

    @property
    def is_empty(self) -> bool:
        """Whether the account is as the manifests say: nothing to write or unknown."""
        return not self.writes and not self.drifted and not self.unseen

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that apply would send."""
        return tuple(change for change in self.changes if change.action.writes)

    @property
    def destroys(self) -> tuple[Change, ...]:
        """The deletes of what nothing replaces."""
        return tuple(
            change
            for change in self.changes
            if change.action is Action.DELETE and not change.replaced
        )

    @property
    def drifted(self) -> tuple[Change, ...]:
        """The changes that drift blocks."""
        return tuple(change for change in self.changes if change.block is Block.DRIFT)

    @property
    def unseen(self) -> tuple[Change, ...]:
        """What is desired, was not shown, and may exist all the same."""
        return tuple(change for change in self.changes if change.block is Block.UNSEEN)

    @property
    def is_certain(self) -> bool:
        """Whether everything that matters was shown."""
        return not self.warnings

    @property
    def summary(self) -> Summary:
        """Counts of everything."""
        files = [file for change in self.changes for file in change.files]
        return Summary(
            actions=Counter(change.action for change in self.changes),
            files=Counter(file.action for file in files),
            drifted=len(self.drifted),
            unseen=len(self.unseen),
            upload_bytes=sum(file.bytes or 0 for file in files if file.action is FileAction.UPLOAD),
        )


CREATE_ORDER: tuple[Kind, ...] = (Kind.VECTOR_STORE, Kind.ENVIRONMENT, Kind.ASSISTANT)
"""What others refer to comes first. Deletes run this table backwards."""


def in_order(changes: list[Change]) -> tuple[Change, ...]:
    """Creates and updates in the order of dependence, then deletes in the reverse of it."""

    def rank(change: Change) -> tuple[bool, int, str]:
        kind = CREATE_ORDER.index(change.address.kind)
        deletes = change.action is Action.DELETE
        return deletes, -kind if deletes else kind, change.address.key

    return tuple(sorted(changes, key=rank))
