"""Ids replaced by what they stand for: what the account said, in the manifests' terms."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath

from asstctl.model.actual import (
    Actual,
    ActualAssistant,
    ActualResource,
    ActualStore,
    AttachedFile,
    IndexStatus,
    Upload,
)
from asstctl.model.address import Kind
from asstctl.model.canonical import STORE_FILES, canonical_files, field_digest
from asstctl.model.desired import Contents, Desired
from asstctl.model.stamp import (
    FILE_NAME,
    FILE_PATH,
    FILE_SHA256,
    PROBE,
    FileStamp,
    Stamp,
    name_mark,
    without_stamp,
)
from asstctl.model.vector_store import StoreFile
from asstctl.plan.files import Uploads
from asstctl.sync.ownership import Owned, one_per_key, owned_by, stamp_of
from asstctl.sync.ports import (
    AssistantList,
    RemoteAssistant,
    RemoteFile,
    RemoteStore,
    StoreList,
)
from asstctl.sync.uploads.journal import Notes, UploadJournal


class Naming:
    """Reads one project's objects out of everything that an account holds."""

    def __init__(self, desired: Desired, contents: Contents, journal: UploadJournal) -> None:
        self._desired = desired
        self._contents = contents
        self._journal = journal
        self._wanted = {store.address: store.named(contents).files for store in desired.stores}

    def actual(self, account: str, assistants: AssistantList, stores: StoreList) -> Actual:
        """The project's objects; uploads and the stores' files are not listed yet."""
        owned = owned_by(self._desired.project, stores.items)
        living = tuple((store, stamp) for store, stamp in owned if not store.expired)
        expired = [(store, stamp) for store, stamp in owned if store.expired]
        living, other_stores = one_per_key(Kind.VECTOR_STORE, living)
        keys = {store.id: stamp.key for store, stamp in living}
        surplus = {store.id for store, _ in other_stores}
        living_ids = {store.id for store in stores.items if not store.expired} - surplus
        present = None if stores.cut else living_ids
        mine, others = one_per_key(
            Kind.ASSISTANT, owned_by(self._desired.project, assistants.items)
        )
        cut = ((Kind.ASSISTANT, assistants.cut), (Kind.VECTOR_STORE, stores.cut))

        def named(owned: Owned[RemoteAssistant]) -> tuple[ActualAssistant, ...]:
            return tuple(
                named_assistant(item, stamp, store_keys=keys, stores=present)
                for item, stamp in owned
            )

        return Actual(
            account=account,
            assistants=named(mine),
            stores=tuple(named_store(store, stamp) for store, stamp in living),
            duplicates=(*named(others), *(named_store(*other) for other in other_stores)),
            expired=tuple(named_store(store, stamp) for store, stamp in expired),
            cut=tuple(kind for kind, is_cut in cut if is_cut),
            keeps_stamps=any(map(stamp_of, assistants.items)) or any(map(stamp_of, stores.items)),
            probes=tuple(item.id for item in assistants.items if PROBE in item.spec.metadata),
            uploads=None,
        )

    def needs_uploads(self, actual: Actual, in_doubt: Collection[ActualStore]) -> bool:
        """Whether something may point at an upload that is gone, or a plan send or delete one.

        A store with files that is not ``in_doubt`` is as it was applied: it raises no question.
        """
        settled = {store.address for store in actual.stores}
        settled -= {store.address for store in in_doubt}
        return (
            bool(in_doubt)
            or any(assistant.code_files for assistant in actual.assistants)
            or any(
                resource.files and resource.address not in settled
                for resource in self._desired.resources
            )
        )

    def stores_to_list(self, actual: Actual, *, all_files: bool) -> tuple[ActualStore, ...]:
        """The stores whose files a plan has to know one by one."""
        ending = (store for store in actual.expired if all_files or store.address in self._wanted)
        surplus = (item for item in actual.duplicates if isinstance(item, ActualStore))
        return (*(s for s in actual.stores if self._must_list(s, all_files)), *ending, *surplus)

    def stores_that_help(self, actual: Actual, *, all_files: bool) -> tuple[ActualStore, ...]:
        """Unlisted stores that hold content which some other resource lacks, or lets go of."""
        unlisted = [store for store in actual.stores if store.files is None]
        settled = {store.address for store in unlisted}
        held = {
            resource.address: _held(resource)
            for resource in actual.resources
            if resource.held_files
        }
        wanted = {
            resource.address: {self._contents[file.path].sha256 for file in resource.files}
            for resource in self._desired.resources
            if resource.address not in settled
        }
        everything = frozenset().union(*held.values())
        lacking = {
            sha256
            for address, hashes in wanted.items()
            for sha256 in hashes - held.get(address, frozenset())
        } - everything
        leaving = {
            sha256
            for address, hashes in held.items()
            if all_files or address in wanted
            for sha256 in hashes - wanted.get(address, set())
        }.union(
            self._misnamed(actual),
            *map(_held, actual.expired),
            *map(_held, actual.duplicates),
            *map(_twice, actual.resources),
        )
        if not lacking and not leaving:
            return ()
        return tuple(
            store
            for store in unlisted
            if self._hashes(store) & (lacking | leaving)
            or (leaving and store.address not in self._wanted)
        )

    def with_files(self, actual: Actual, listed: Mapping[str, tuple[RemoteFile, ...]]) -> Actual:
        """``actual`` with the files of the stores that have been listed."""

        def known(store: ActualStore) -> ActualStore:
            return self._with_files(store, listed[store.id]) if store.id in listed else store

        return replace(
            actual,
            stores=tuple(map(known, actual.stores)),
            expired=tuple(map(known, actual.expired)),
            duplicates=tuple(
                known(item) if isinstance(item, ActualStore) else item for item in actual.duplicates
            ),
        )

    @cached_property
    def _notes(self) -> Notes:
        return self._journal.notes()

    def _noted(self, file: AttachedFile) -> AttachedFile:
        """A file that nothing in the account proves, with what the journal knows of it.

        Of two applies at once, the one that stamps last does not know what the other attached.
        """
        if file.sha256 is not None or (noted := self._notes.made.get(file.id)) is None:
            return file
        return replace(file, sha256=noted.sha256, sent=file.sent or name_mark(noted.name))

    def _must_list(self, store: ActualStore, all_files: bool) -> bool:
        """Whether the stamp and the store's own counts leave any doubt about its files."""
        files = self._wanted.get(store.address)
        if files is None:
            renamed = any(store.stamp.key in other.previously for other in self._desired.stores)
            return all_files or renamed
        base = store.stamp.base(STORE_FILES)
        as_applied = base is not None and base.applied == field_digest(
            canonical_files(files) or None
        )
        return not (as_applied and store.counts.settled and store.counts.total == len(files))

    def _misnamed(self, actual: Actual) -> frozenset[str]:
        """Content whose upload has a name that no path with that content has any more."""
        uploads = Uploads.known(self._contents, actual)
        return frozenset(
            file.sha256
            for resource in actual.resources
            for file in resource.held_files
            if file.sha256 and uploads.is_misnamed(file)
        )

    def _hashes(self, store: ActualStore) -> frozenset[str]:
        """What an unlisted store holds: exactly what its manifest says."""
        return frozenset(file.ref for file in self._wanted.get(store.address, ()))

    def _with_files(self, store: ActualStore, files: Iterable[RemoteFile]) -> ActualStore:
        attached = tuple(self._noted(_attached(file, store.stamp)) for file in files)
        refs = tuple(
            StoreFile(
                file.sha256 or file.id, file.chunking, file.path and PurePosixPath(file.path).name
            )
            for file in attached
        )
        return replace(store, files=attached, spec=replace(store.spec, files=refs))


def with_uploads(actual: Actual, uploads: tuple[Upload, ...] | None) -> Actual:
    """``actual`` with the account's uploads, if they were listed: assistants may miss some."""
    if uploads is None:
        return actual
    present = {upload.id for upload in uploads}

    def checked(assistant: ActualAssistant) -> ActualAssistant:
        files = (replace(file, gone=file.id not in present) for file in assistant.code_files)
        return replace(assistant, code_files=tuple(files)) if assistant.code_files else assistant

    return replace(actual, uploads=uploads, assistants=tuple(map(checked, actual.assistants)))


def named_assistant(
    remote: RemoteAssistant,
    stamp: Stamp,
    *,
    store_keys: Mapping[str, str],
    stores: Collection[str] | None = None,
) -> ActualAssistant:
    """An assistant in the manifests' terms.

    ``store_keys`` gives the project's stores by id; ``stores`` are the ids of all that exist, None
    when that is not known.
    """
    spec = remote.spec
    store_id = spec.vector_store
    files = tuple(_held_by(stamp, file_id) for file_id in spec.code_files)
    return ActualAssistant(
        id=remote.id,
        spec=replace(
            spec,
            code_files=tuple(file.sha256 or file.id for file in files),
            vector_store=store_id and store_keys.get(store_id, store_id),
            metadata=without_stamp(spec.metadata),
        ),
        stamp=stamp,
        raw=spec,
        code_files=files,
        store_id=store_id,
        store_is_gone=store_id is not None and stores is not None and store_id not in stores,
    )


def named_store(remote: RemoteStore, stamp: Stamp) -> ActualStore:
    """A store in the manifests' terms; its files have not been listed."""
    return ActualStore(
        id=remote.id,
        spec=replace(remote.spec, metadata=without_stamp(remote.spec.metadata)),
        stamp=stamp,
        raw=remote.spec,
        counts=remote.counts,
    )


def _held(resource: ActualResource) -> frozenset[str]:
    """The content that a resource is known to hold."""
    return frozenset(file.sha256 for file in resource.held_files if file.sha256)


def _twice(resource: ActualResource) -> frozenset[str]:
    """The content that a resource holds in more than one upload, all but one of which go."""
    counts = Counter(file.sha256 for file in resource.held_files if file.sha256)
    return frozenset(sha256 for sha256, count in counts.items() if count > 1)


def _held_by(stamp: Stamp, file_id: str) -> AttachedFile:
    """A file of which only the stamp of its holder tells what it is."""
    known = stamp.file(file_id) or FileStamp("")
    return AttachedFile(id=file_id, sha256=known.sha256 or None, sent=known.sent)


def _attached(file: RemoteFile, stamp: Stamp) -> AttachedFile:
    """A file that says itself what it is, where the server keeps attributes."""
    sha256, path, mark = (
        said if isinstance(said := file.attributes.get(name), str) else None
        for name in (FILE_SHA256, FILE_PATH, FILE_NAME)
    )
    known = _held_by(stamp, file.id)
    return AttachedFile(
        id=file.id,
        status=IndexStatus(file.status),
        sha256=sha256 or known.sha256,
        sent=mark or (name_mark(PurePosixPath(path).name) if path else known.sent),
        path=path,
        chunking=file.chunking,
        error=file.error,
    )
