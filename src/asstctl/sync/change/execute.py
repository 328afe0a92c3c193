"""How one change is made: new before old, and the stamp last.

The steps are those that the plan shows: upload, attach, wait until indexed, switch over, detach.
Uploads that nothing needs any more are deleted after all changes, by ``sync.apply``.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from asstctl.errors import AsstctlError, RefusedError
from asstctl.model.actual import (
    ActualAssistant,
    ActualStore,
    AttachedFile,
    Upload,
    assistant_fingerprint,
    store_fingerprint,
)
from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import Contents, DesiredAssistant, DesiredStore
from asstctl.model.stamp import FILE_PATH, FILE_SHA256, Stamp
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change, FileChange
from asstctl.plan.files import held_files
from asstctl.plan.plan import Plan
from asstctl.sync.change import settling
from asstctl.sync.change.binding import bind_assistant, bind_store, bound, hashes_of, stamp_for
from asstctl.sync.change.creating import create_assistant, create_store, upload
from asstctl.sync.change.indexing import Sleep, until_indexed
from asstctl.sync.change.proofs import Proofs, announcing, by_id, proven, remembering
from asstctl.sync.leftovers.journal import NoJournal, UploadJournal
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import Account, AccountError, FileToAttach
from asstctl.sync.readback.rivals import raise_if_rivalled

_COMING: Final = (FileAction.UPLOAD, FileAction.REUSE, FileAction.ATTACH)


class MovedError(RefusedError):
    """An object changed between the plan and the moment in which it was to be written."""

    code: ClassVar[str] = "moved"


@dataclass(slots=True)
class Executor:
    """Makes the changes of one plan. Uploads and new ids are shared between changes.

    ``indexing_timeout`` bounds the wait for one store, in seconds.
    """

    plan: Plan
    contents: Contents
    account: Account
    observer: ApplyObserver
    indexing_timeout: float
    journal: UploadJournal = field(default_factory=NoJournal)
    sleep: Sleep = asyncio.sleep
    store_ids: dict[Address, str] = field(default_factory=dict)
    _uploads: dict[str, asyncio.Task[str]] = field(default_factory=dict)
    _twins: dict[tuple[str, int], asyncio.Lock] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _listed: bool = False
    """Whether the account has told all of its uploads."""
    _newest: float = 0.0
    _created: set[Address] = field(default_factory=set)
    _proofs: Proofs = field(init=False)
    _paths: dict[str, str] = field(init=False)
    """Whose name an upload carries: the path that the plan shows as uploaded, by content."""

    def __post_init__(self) -> None:
        """Start from what the plan saw."""
        self._proofs = Proofs.seen(self.plan, self.account)
        for change in self.plan.changes:
            if isinstance(change.actual, ActualStore) and change.action is not Action.DELETE:
                self.store_ids[change.address] = change.actual.id
        self._paths = {
            _sha256(file): file.path
            for change in self.plan.changes
            for file in change.files
            if file.action is FileAction.UPLOAD
        }
        self._known |= {file.id for change in self.plan.changes for file in _held(change)}

    def note_uploads(self, uploads: Iterable[Upload] | None) -> None:
        """Uploads that were there before: none of them can be one that this apply makes."""
        self._listed = uploads is not None
        for present in uploads or ():
            self._known.add(present.id)
            self._newest = max(self._newest, present.created_at)

    async def delete_upload(self, file_id: str) -> None:
        """Delete an upload that nothing needs any more."""
        await self.account.delete_upload(file_id)
        self.journal.deleted(file_id)

    async def make(self, change: Change) -> str:
        """Make one change; the object's id. Raises AsstctlError."""
        match change.desired, change.actual:
            case DesiredAssistant() as desired, (None | ActualAssistant()) as actual:
                return await self._make_assistant(change, desired, actual)
            case DesiredStore() as desired_store, (None | ActualStore()) as actual_store:
                return await self._make_store(change, desired_store, actual_store)
            case None, ActualAssistant(id=assistant_id) as doomed:
                await self._unmoved_assistant(doomed)
                await settling.delete_assistant(self.account, assistant_id)
                return assistant_id
            case None, ActualStore(id=store_id):
                await settling.delete_store(self.account, store_id)
                return store_id
            case _:
                raise AssertionError(f"{change.address} pairs two kinds")

    async def _make_assistant(
        self, change: Change, desired: DesiredAssistant, actual: ActualAssistant | None
    ) -> str:
        foreign = actual is not None and desired.leaves_files_to_others
        hashes = () if foreign else hashes_of(desired, self.contents)
        file_ids = await self._file_ids(change, hashes)
        stamp = self._stamp(change, by_id(file_ids))
        if actual is not None and foreign:
            stamp = replace(stamp, files=actual.stamp.files)
        else:
            stamp = remembering(stamp, change, self._known if self._listed else None)
        key = desired.spec.vector_store
        store_id = self.store_ids[Address(Kind.VECTOR_STORE, key)] if key else None
        spec = bind_assistant(desired, actual, stamp, file_ids=file_ids, store_id=store_id)
        if actual is None:
            return (await create_assistant(self.account, spec)).id
        if key and Address(Kind.VECTOR_STORE, key) in self._created and store_id:
            await raise_if_rivalled(self.account, Address(Kind.VECTOR_STORE, key), store_id)
        was = await self._unmoved_assistant(actual)
        await settling.update_assistant(self.account, actual.id, spec, was=was)
        return actual.id

    async def _make_store(
        self, change: Change, desired: DesiredStore, actual: ActualStore | None
    ) -> str:
        coming = [file for file in change.files if file.action in _COMING]
        ids = await self._file_ids(change, _hashes(coming))
        store_id = await self._store(change, desired, actual, pending=bool(coming), ids=ids)
        self.store_ids[change.address] = store_id
        again = [file for file in coming if file.action is FileAction.ATTACH]
        await self._detach(store_id, again)
        if coming:
            await self._attach(change, store_id, coming, ids)
        # A detached file keeps no attributes: the stamp remembers it until it is deleted. Where it
        # never had any, the stamp may have no room for both what stays and what goes.
        going = [file for file in change.files if file.action is FileAction.DETACH]
        stamp_first = not going or await self._keeps_attributes(store_id, desired)
        if stamp_first and (actual is not None or coming):
            await self._stamp_store(change, desired, actual, store_id)
        await self._detach(store_id, going)
        if not stamp_first:
            await self._stamp_store(change, desired, actual, store_id)
        return store_id

    async def _store(
        self,
        change: Change,
        desired: DesiredStore,
        actual: ActualStore | None,
        *,
        pending: bool,
        ids: Mapping[str, str],
    ) -> str:
        """The store's id; a new store says in its stamp that its files are still to come.

        Where nothing else will tell what the files are, the stamp does so before they come.
        """
        if actual is not None:
            await self._unmoved_store(actual)
            if pending and self._proofs.kept is False:
                await self._announce(actual, by_id(ids))
            return actual.id
        stamp = self._stamp(change, {}, without_files=pending)
        stamp = proven(stamp, by_id(ids))
        made = await create_store(self.account, bind_store(desired, None, stamp))
        self._created.add(change.address)
        return made.id

    async def _stamp_store(
        self, change: Change, desired: DesiredStore, actual: ActualStore | None, store_id: str
    ) -> None:
        stamp = self._stamp(change, {})
        if actual is not None and (actual.files is None or desired.leaves_files_to_others):
            stamp = replace(stamp, files=actual.stamp.files)
        else:
            if not await self._keeps_attributes(store_id, desired):
                hashes = hashes_of(desired, self.contents)
                stamp = proven(stamp, by_id(await self._file_ids(change, hashes)))
            stamp = remembering(stamp, change, self._known if self._listed else None)
        spec = bind_store(desired, actual.spec if actual else None, stamp)
        was = actual.spec if actual else desired.spec
        await settling.update_store(self.account, store_id, spec, was=was)

    def _stamp(
        self, change: Change, files: Mapping[str, str], *, without_files: bool = False
    ) -> Stamp:
        return stamp_for(
            change,
            self.contents,
            project=self.plan.project,
            commit=self.plan.commit,
            files=files,
            without_files=without_files,
        )

    async def _keeps_attributes(self, store_id: str, desired: DesiredStore) -> bool:
        """Whether the files that the store holds now say themselves what they are."""
        return not desired.store_files or await self._proofs.look(store_id)

    async def _announce(self, actual: ActualStore, coming: Mapping[str, str]) -> None:
        """Stamp what is about to be attached, so that an apply that dies leaves no riddle."""
        stamp = announcing(actual.stamp, coming)
        metadata = {**actual.spec.metadata, **stamp.to_metadata()}
        spec = replace(actual.spec, metadata=metadata)
        await settling.update_store(self.account, actual.id, spec, was=actual.spec)

    async def _attach(
        self, change: Change, store_id: str, coming: list[FileChange], ids: dict[str, str]
    ) -> None:
        entries = {
            ids[_sha256(file)]: FileToAttach(
                file_id=ids[_sha256(file)],
                attributes={FILE_SHA256: _sha256(file), FILE_PATH: file.path},
                chunking=file.chunking,
            )
            for file in reversed(coming)
        }
        try:
            await self.account.attach(store_id, list(entries.values()))
        except AccountError as error:
            if not error.outcome_unknown:
                raise
            present = {file.id for file in await self.account.list_store_files(store_id)}
            missing = [entry for file_id, entry in entries.items() if file_id not in present]
            if missing:
                await self.account.attach(store_id, missing)
        paths = {ids[_sha256(file)]: file.path for file in reversed(coming)}
        # A store may be slow to count its new files, and the old ones are indexed already.
        expected = len(paths.keys() | {file.id for file in _held(change)})
        await until_indexed(
            self.account,
            store_id,
            paths,
            expected=expected,
            within=self.indexing_timeout,
            on_look=lambda counts: self.observer.indexing(change, counts),
            sleep=self.sleep,
        )

    async def _detach(self, store_id: str, files: Iterable[FileChange]) -> None:
        """Take files out side by side; the first failure is raised when all have been tried."""
        detaching = (settling.detach(self.account, store_id, _id(file)) for file in files)
        for outcome in await asyncio.gather(*detaching, return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def _file_ids(self, change: Change, hashes: Iterable[str]) -> dict[str, str]:
        """The upload behind each content: held already, shared, or made now."""
        leaving = {file.file_id for file in change.files if file.action is FileAction.DETACH}
        staying = (file for file in _held(change) if file.id not in leaving)
        known = {file.sha256: file.id for file in staying if file.sha256}
        known |= {
            _sha256(file): file.file_id
            for file in change.files
            if file.action in _COMING and file.file_id
        }
        hashes = list(hashes)
        missing = [sha256 for sha256 in hashes if sha256 not in known]
        made = await asyncio.gather(*(self._provide(sha256) for sha256 in missing))
        known |= dict(zip(missing, made, strict=True))
        return {sha256: known[sha256] for sha256 in hashes}

    async def _provide(self, sha256: str) -> str:
        """One upload per content, whichever change needs it first; a failure is everybody's."""
        task = self._uploads.get(sha256)
        if task is None:
            task = asyncio.create_task(self._upload(sha256))
            # When everybody who waited was cancelled, a failure is nobody's business any more.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._uploads[sha256] = task
        return await asyncio.shield(task)

    async def _upload(self, sha256: str) -> str:
        content = self.contents[self._paths[sha256]]
        # A lost answer is looked up by name and size: one at a time of those that share both.
        async with self._twins.setdefault((content.name, content.bytes), asyncio.Lock()):
            on_bytes = self.observer.upload_started(content)
            made = await upload(
                self.account,
                content,
                content.name,
                on_bytes,
                known=self._known,
                journal=self.journal,
                since=self._newest,
            )
            self._known.add(made.id)
        if made.bytes and made.bytes != content.bytes:
            await self.delete_upload(made.id)
            raise AsstctlError(
                f"{content.path}: the file changed while it was being uploaded",
                why=f"It had {content.bytes} bytes when it was read and {made.bytes} arrived.",
                fix="Run the command again when nothing writes to the file.",
            )
        self.observer.upload_finished(content)
        return made.id

    async def _unmoved_assistant(self, actual: ActualAssistant) -> AssistantSpec:
        remote = await self.account.get_assistant(actual.id)
        now = remote and assistant_fingerprint(remote.id, remote.spec)
        if now != actual.fingerprint:
            raise _moved(actual.address, actual.id, gone=remote is None)
        return bound(actual)

    async def _unmoved_store(self, actual: ActualStore) -> None:
        remote = await self.account.get_store(actual.id)
        now = remote and store_fingerprint(remote.id, remote.spec, remote.counts)
        if now != actual.fingerprint:
            raise _moved(actual.address, actual.id, gone=remote is None)


def _held(change: Change) -> tuple[AttachedFile, ...]:
    return held_files(change.actual) if change.actual else ()


def _hashes(files: Iterable[FileChange]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_sha256, files)))


def _sha256(file: FileChange) -> str:
    """The content of a file that comes: it was hashed from disk."""
    assert file.sha256 is not None
    return file.sha256


def _id(file: FileChange) -> str:
    """The upload of a file that is there already."""
    assert file.file_id is not None
    return file.file_id


def _moved(address: Address, object_id: str, *, gone: bool) -> MovedError:
    happened = "was deleted" if gone else "was changed"
    return MovedError(
        f"{address} ({object_id}) {happened} by somebody else since the plan was made",
        why="It is not what the plan was computed from any more, so it was left alone.",
        fix="Look at what `asstctl plan` shows now, then apply again.",
    )
