"""Where the content behind a store's files is written down.

Each file's attributes say it, where the server keeps attributes. Where it does not, the store's
own stamp says it for as many files as fit; what is beyond that is sent anew when the set changes.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from asstctl.model.actual import ActualStore
from asstctl.model.canonical import STORE_FILES
from asstctl.model.stamp import (
    FILE_SHA256,
    MOST_FILES,
    UNKNOWN,
    FieldStamp,
    FileStamp,
    Stamp,
    by_short_id,
    short_id,
)
from asstctl.plan.action import FileAction
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.sync.ports import Account

_OPEN: Final = FieldStamp("", UNKNOWN)
"""Files that were never applied as a whole, so that any plan finds something to do."""


@dataclass(slots=True)
class Proofs:
    """Finds out once per apply, with one list, whether attributes are kept."""

    account: Account
    kept: bool | None = None
    """None until something has shown it."""
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def seen(cls, plan: Plan, account: Account) -> "Proofs":
        """Start from the files that the plan knows: only attributes tell a path."""
        stores = (
            change.actual for change in plan.changes if isinstance(change.actual, ActualStore)
        )
        files = [file for store in stores for file in store.files or () if file.sha256]
        return cls(account, any(file.path is not None for file in files) if files else None)

    async def look(self, store_id: str) -> bool:
        """Whether attributes are kept, seen in a store that has just been given files with some."""
        async with self._looking:
            if self.kept is None:
                files = await self.account.list_store_files(store_id)
                self.kept = any(FILE_SHA256 in file.attributes for file in files)
        return self.kept


def proven(stamp: Stamp, uploads: Mapping[str, FileStamp]) -> Stamp:
    """The stamp with the content of a store's files, or saying that nothing tells it."""
    if len(uploads) <= MOST_FILES:
        return replace(stamp, files=by_short_id(uploads))
    fields = dict(stamp.fields or {})
    applied = fields.get(STORE_FILES, FieldStamp("", "")).applied
    return replace(stamp, files={}, fields=fields | {STORE_FILES: FieldStamp(applied, UNKNOWN)})


def foretelling(stamp: Stamp, coming: Mapping[str, FileStamp], *, kept: bool | None) -> Stamp:
    """The stamp of a new store, written before its files come: whole, or open until they did.

    Where it is not known whether attributes are ``kept`` and the stamp has no room for all files,
    nothing true can be said of them before one has been attached.
    """
    if kept:
        return stamp
    if kept is None and len(coming) > MOST_FILES:
        return replace(stamp, fields={**(stamp.fields or {}), STORE_FILES: _OPEN})
    return proven(stamp, coming)


def is_open(stamp: Stamp) -> bool:
    """Whether a stamp leaves it to be said later what the files are."""
    return stamp.base(STORE_FILES) == _OPEN


def announcing(stamp: Stamp, coming: Mapping[str, FileStamp]) -> Stamp:
    """The stamp as it is, with the content of files that are about to be attached too."""
    files = {**stamp.files, **by_short_id(coming)}
    return replace(stamp, files=files) if len(files) <= MOST_FILES else proven(stamp, files)


def remembering(stamp: Stamp, change: Change, uploads: Collection[str] | None) -> Stamp:
    """The stamp with the content of uploads that go with this change, as far as there is room.

    Deleting them comes last of all; should it never come to that, this proves whose they were.
    So does what an earlier apply left here, while ``uploads``, those of the account, still have
    it, or as long as they are not known (None).

    Example: docs/a.md was changed, so the store gets file-2 and lets go of file-1. The stamp is
    written first and names both. If apply is killed before file-1 is deleted, ``gc`` finds file-1
    by this record, and the next apply keeps the record for as long as file-1 exists.
    """
    files = {**stamp.files, **_going(change), **_left_over(change, uploads)}
    return replace(stamp, files=dict(list(files.items())[:MOST_FILES]))


def _going(change: Change) -> dict[str, FileStamp]:
    """The uploads that are deleted after this change."""
    return {
        short_id(file.file_id): FileStamp(file.sha256, file.sent)
        for file in change.files
        if file.action is FileAction.DELETE and file.file_id and file.sha256
    }


def _left_over(change: Change, uploads: Collection[str] | None) -> dict[str, FileStamp]:
    """What the object's stamp names and the object does not hold: earlier deletes that failed."""
    if change.actual is None:
        return {}
    held = {short_id(file.id) for file in change.actual.held_files}
    left = {name: file for name, file in change.actual.stamp.files.items() if name not in held}
    if uploads is None:
        return left
    present = set(map(short_id, uploads))
    return {name: file for name, file in left.items() if name in present}
