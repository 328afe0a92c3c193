"""What the handlers of steps share: one change in progress, and the apply that it belongs to."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.actual import ActualEnvironment, ActualStore, AttachedFile
from asstctl.model.address import Address
from asstctl.model.desired import Contents
from asstctl.model.stamp import FileStamp, Stamp
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change, FileChange
from asstctl.plan.plan import Plan
from asstctl.plan.steps import COMING
from asstctl.sync.binding import stamp_for
from asstctl.sync.change.indexing import Sleep
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import Account
from asstctl.sync.uploads.pool import UploadPool
from asstctl.sync.uploads.proofs import Proofs

_RUN_BYTES: Final = 6


@dataclass(slots=True, kw_only=True)
class Shared:
    """One apply, told from all others by ``run``, a token on everything that it creates.

    ``indexing_timeout`` bounds the wait for one store, in seconds.

    ``ids`` are the stores and environments that assistants can be pointed at, ``created`` those of
    them that this apply made.
    """

    plan: Plan
    contents: Contents
    account: Account
    observer: ApplyObserver
    uploads: UploadPool
    indexing_timeout: float
    sleep: Sleep = asyncio.sleep
    run: str = field(default_factory=lambda: secrets.token_urlsafe(_RUN_BYTES))
    proofs: Proofs = field(init=False)
    ids: dict[Address, str] = field(init=False)
    created: set[Address] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Start from what the plan saw."""
        self.proofs = Proofs.seen(self.plan, self.account)
        self.ids = {
            change.address: change.actual.id
            for change in self.plan.changes
            if isinstance(change.actual, ActualStore | ActualEnvironment)
            and change.action is not Action.DELETE
        }

    def made(self, address: Address, object_id: str) -> None:
        """Something that assistants can be pointed at is there now."""
        self.created.add(address)
        self.ids[address] = object_id

    def stamp(self, change: Change, files: Mapping[str, FileStamp]) -> Stamp:
        """The stamp of a change. See ``stamp_for``."""
        return stamp_for(
            change,
            self.contents,
            project=self.plan.project,
            commit=self.plan.commit,
            files=files,
            run=self.run,
        )


class Work:
    """One change in progress. ``file_ids`` maps content to the upload that holds it.

    ``stamp_is_open``: the stamp of a store that was made leaves it to be said what its files are.
    """

    def __init__(self, change: Change) -> None:
        self.change = change
        self.stamp_is_open = False
        self.object_id = change.id
        leaving = {file.file_id for file in change.files if file.action is FileAction.DETACH}
        staying = (file for file in self.held if file.id not in leaving)
        self.file_ids = {file.sha256: file.id for file in staying if file.sha256}
        self.file_ids |= {
            sha256_of(file): file.file_id
            for file in change.files
            if file.action in COMING and file.file_id
        }

    @property
    def held(self) -> tuple[AttachedFile, ...]:
        """What the object held when the plan was made."""
        return self.change.actual.held_files if self.change.actual else ()

    @property
    def made_id(self) -> str:
        """The object's id, once it exists."""
        assert self.object_id is not None
        return self.object_id

    def ids_of(self, hashes: Iterable[str]) -> dict[str, str]:
        """The uploads behind these contents, in this order."""
        return {sha256: self.file_ids[sha256] for sha256 in hashes}


def sha256_of(file: FileChange) -> str:
    """The content of a file that comes: it was hashed from disk."""
    assert file.sha256 is not None
    return file.sha256


def hashes_in(files: Iterable[FileChange]) -> tuple[str, ...]:
    """The contents of files that come, each once."""
    return tuple(dict.fromkeys(map(sha256_of, files)))


def upload_of(file: FileChange) -> str:
    """The upload of a file that is there already."""
    assert file.file_id is not None
    return file.file_id
