"""One project's view of an account: its own objects alone, and ids replaced by what they name.

The account says ``vs_9f2c`` and ``file-77a1``; a manifest says ``docs`` and docs/a.md. A plan
compares the two in the manifests' terms: a store by its key, a file by the hash of its content.
``binding`` goes the other way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from asstctl.model.actual import (
    Actual,
    ActualAssistant,
    ActualResource,
    ActualStore,
    AttachedFile,
    Upload,
)
from asstctl.model.address import Kind
from asstctl.model.stamp import PROBE, Stamp, without_stamp
from asstctl.model.vector_store import StoreFile
from asstctl.sync.ownership import Owned, one_per_key, owned_by, stamp_of
from asstctl.sync.ports import (
    AssistantList,
    EnvironmentList,
    RemoteAssistant,
    RemoteFile,
    RemoteStore,
    StoreList,
)
from asstctl.sync.templates import ProjectTemplates
from asstctl.sync.uploads.attached import StoreFiles, code_file
from asstctl.sync.uploads.journal import UploadJournal


class ProjectView:
    """Picks one project's objects out of everything that an account holds."""

    def __init__(self, project: str, journal: UploadJournal) -> None:
        self._project = project
        self._files = StoreFiles(journal)

    def actual(
        self,
        account: str,
        assistants: AssistantList,
        stores: StoreList,
        environments: EnvironmentList,
    ) -> Actual:
        """The project's objects; uploads and the stores' files are not listed yet.

        ``account`` is its name, for people. Raises DuplicateKeyError.
        """
        mine = owned_by(self._project, stores.items)
        living, duplicate_stores = one_per_key(
            Kind.VECTOR_STORE, tuple(item for item in mine if not item[0].expired)
        )
        kept, duplicates = one_per_key(Kind.ASSISTANT, owned_by(self._project, assistants.items))
        going = frozenset(item.id for item, _ in duplicates)
        templates = ProjectTemplates.of(self._project, environments, assistants, but=going)
        named = _Named(
            {store.id: stamp.key for store, stamp in living},
            _present(stores, duplicate_stores),
            templates,
        )
        return Actual(
            account=account,
            assistants=named.assistants(kept),
            stores=_named_stores(living),
            environments=templates.environments,
            duplicates=(
                *named.assistants(duplicates),
                *_named_stores(duplicate_stores),
                *templates.duplicates,
            ),
            expired=_named_stores(tuple(item for item in mine if item[0].expired)),
            cut=_cut(assistants, stores, environments),
            named_elsewhere=templates.named_elsewhere,
            keeps_stamps=_shows_stamps(assistants, stores),
            bundle=assistants.bundle,
            bundle_is_missing=assistants.missing,
            probes=_probes(assistants.items),
            store_probes=_probes(stores.items),
            uploads=None,
        )

    def with_files(self, actual: Actual, listed: Mapping[str, tuple[RemoteFile, ...]]) -> Actual:
        """``actual`` with the files of the stores that have been listed, by the store's id."""

        def known(item: ActualResource) -> ActualResource:
            return self._store(item, listed) if isinstance(item, ActualStore) else item

        return replace(
            actual,
            stores=tuple(self._store(store, listed) for store in actual.stores),
            expired=tuple(self._store(store, listed) for store in actual.expired),
            duplicates=tuple(map(known, actual.duplicates)),
        )

    def _store(
        self, store: ActualStore, listed: Mapping[str, tuple[RemoteFile, ...]]
    ) -> ActualStore:
        if store.id not in listed:
            return store
        files = tuple(self._files.attached(file, store.stamp) for file in listed[store.id])
        refs = tuple(map(_as_wanted, files))
        return replace(store, files=files, spec=replace(store.spec, files=refs))


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
    keys: Mapping[str, str],
    stores: Collection[str] | None = None,
    environments: Collection[str] | None = None,
) -> ActualAssistant:
    """An assistant in the manifests' terms.

    ``keys`` gives the project's stores and environments by id; ``stores`` and ``environments`` are
    the ids of all that exist, None when that is not known.
    """

    def is_gone(object_id: str | None, present: Collection[str] | None) -> bool:
        return object_id is not None and present is not None and object_id not in present

    spec = remote.spec
    store_id = spec.vector_store
    files = tuple(code_file(file_id, stamp) for file_id in spec.code_files)
    return ActualAssistant(
        id=remote.id,
        spec=replace(
            spec,
            code_files=tuple(file.sha256 or file.id for file in files),
            vector_store=store_id and keys.get(store_id, store_id),
            environment=spec.environment and keys.get(spec.environment, spec.environment),
            metadata=without_stamp(spec.metadata),
        ),
        stamp=stamp,
        raw=spec,
        code_files=files,
        store_id=store_id,
        store_is_gone=is_gone(store_id, stores),
        environment_id=spec.environment,
        environment_is_gone=is_gone(spec.environment, environments),
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


@dataclass(frozen=True, slots=True)
class _Named:
    """Assistants in the manifests' terms. See ``named_assistant``."""

    store_keys: Mapping[str, str]
    stores: Collection[str] | None
    templates: ProjectTemplates

    def assistants(self, owned: Owned[RemoteAssistant]) -> tuple[ActualAssistant, ...]:
        return tuple(
            named_assistant(
                remote,
                stamp,
                keys={**self.store_keys, **self.templates.keys},
                stores=self.stores,
                environments=self.templates.present,
            )
            for remote, stamp in owned
        )


def _named_stores(owned: Owned[RemoteStore]) -> tuple[ActualStore, ...]:
    return tuple(named_store(store, stamp) for store, stamp in owned)


def _present(stores: StoreList, duplicates: Owned[RemoteStore]) -> frozenset[str] | None:
    """The stores that an assistant may point at: neither expired nor about to be deleted.

    None where the list is cut.
    """
    if stores.cut:
        return None
    going = {store.id for store, _ in duplicates}
    return frozenset(store.id for store in stores.items if not store.expired) - going


def _probes(items: Iterable[RemoteAssistant | RemoteStore]) -> tuple[str, ...]:
    """What a killed probe left behind."""
    return tuple(item.id for item in items if PROBE in item.spec.metadata)


def _shows_stamps(assistants: AssistantList, stores: StoreList) -> bool:
    """Whether the server has shown a stamp; what a bundle keeps says nothing of the server."""
    if any(map(stamp_of, stores.items)):
        return True
    return not assistants.bundle and any(map(stamp_of, assistants.items))


def _cut(
    assistants: AssistantList, stores: StoreList, environments: EnvironmentList
) -> tuple[Kind, ...]:
    cut = {
        Kind.ASSISTANT: assistants.cut,
        Kind.VECTOR_STORE: stores.cut,
        Kind.ENVIRONMENT: environments.cut,
    }
    return tuple(kind for kind, is_cut in cut.items() if is_cut)


def _as_wanted(file: AttachedFile) -> StoreFile:
    """A file as a manifest would name it: by its content where that is proven, else by its id."""
    return StoreFile(
        file.sha256 or file.id, file.chunking, file.path and PurePosixPath(file.path).name
    )
