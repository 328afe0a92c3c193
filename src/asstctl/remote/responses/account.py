"""The account port over Responses: stores and uploads on the server, assistants in the bundle."""

from collections.abc import Mapping
from dataclasses import replace

from asstctl.model.actual import Upload
from asstctl.model.assistant import AssistantSpec
from asstctl.model.file import Content
from asstctl.model.json import JsonObject
from asstctl.model.stamp import FIELDS, Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.responses.bundle_file import BundleFile
from asstctl.remote.responses.entry import entry_of, read_entry
from asstctl.remote.storage import values
from asstctl.remote.storage.account import StorageAccount
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ownership import owned_by
from asstctl.sync.ports import (
    AssistantList,
    OnBytes,
    RemoteAssistant,
    RemoteStore,
    StoreList,
)


class ResponsesAccount(StorageAccount):
    """The port of sync over Responses.

    ``sync.ports.Account`` documents every method; here is only what this API adds. An assistant's
    id is its key. What the port's metadata holds of the stamp stands beside the request.

    The bundle names the project's stores too. That list follows whatever is done to stores while
    there is a bundle, and comes with its first assistant otherwise.
    """

    def __init__(self, wire: Wire, name: str, project: str, file: BundleFile) -> None:
        super().__init__(wire, name)
        self._project = project
        self._file = file
        self._store_ids: Mapping[str, str] | None = None
        """The project's stores by key; None while the server has not been asked."""
        self._names: dict[str, str] = {}
        """What the server calls uploads, by id."""
        self._stores_in_doubt = False
        """Whether a store was to be made or deleted, and no list has shown what came of it."""

    # --- assistants ---

    async def list_assistants(self) -> AssistantList:
        """Every entry, in the order of the keys."""
        entries = self._file.read().assistants
        items = tuple(read_entry(self._project, key, entries[key]) for key in sorted(entries))
        return AssistantList(items, bundle=self._file.name, missing=not self._file.exists)

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        """One entry; None when there is none of this key."""
        entry = self._file.read().assistants.get(assistant_id)
        return None if entry is None else read_entry(self._project, assistant_id, entry)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        """Write an entry under the key in the stamp."""
        return self._write(spec, instead_of="")

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        """Write an entry in the place of another, under the key in the stamp."""
        return self._write(spec, instead_of=assistant_id)

    async def delete_assistant(self, assistant_id: str) -> None:
        """Take an entry out; the file goes with the last one."""
        bundle = self._file.read()
        if assistant_id in bundle.assistants:
            self._file.write(replace(bundle.without(assistant_id), vector_stores=self._stores()))

    def _write(self, spec: AssistantSpec, *, instead_of: str) -> RemoteAssistant:
        stamp = Stamp.from_metadata(spec.metadata)
        assert stamp is not None
        bundle = self._file.read()
        entry = entry_of(spec, stamp, bundle.assistants.get(instead_of, {}), self._names)
        bundle = bundle.with_entry(stamp.key, entry, instead_of=instead_of)
        self._file.write(replace(bundle, vector_stores=self._stores()))
        return read_entry(self._project, stamp.key, entry)

    def requests(self) -> dict[str, JsonObject]:
        """What an application sends with every input, by the assistant's id, as the bundle has it.

        Raises BundleMovedError when the file is not what it was.
        """
        entries = self._file.read().assistants
        return {key: values.mapping(entry.get("request")) for key, entry in entries.items()}

    # --- vector stores ---

    async def list_stores(self) -> StoreList:
        """Every vector store; the bundle is brought up to date where a write left a doubt."""
        listing = await super().list_stores()
        living = [store for store in listing.items if not store.expired]
        # Newest first: of two with one key the older one stays.
        seen = {stamp.key: store.id for store, stamp in owned_by(self._project, living)}
        self._store_ids = {**self._stores(), **seen} if listing.cut else seen
        if self._stores_in_doubt:
            self._name_stores(self._store_ids)
            self._stores_in_doubt = False
        return replace(listing, items=tuple(map(self._believed, listing.items)))

    async def get_store(self, store_id: str) -> RemoteStore | None:
        """One vector store; None when it does not exist."""
        store = await super().get_store(store_id)
        return None if store is None else self._believed(store)

    def _believed(self, store: RemoteStore) -> RemoteStore:
        """A store as it is; where the bundle names another one, its stamp is to be written anew."""
        stamp = Stamp.from_metadata(store.spec.metadata)
        named = self._file.read().vector_stores
        if stamp is None or stamp.project != self._project or not self._file.exists:
            return store
        if named.get(stamp.key) == store.id:
            return store
        metadata = {name: text for name, text in store.spec.metadata.items() if name != FIELDS}
        return replace(store, spec=replace(store.spec, metadata=metadata))

    async def create_store(self, spec: VectorStoreSpec) -> RemoteStore:
        """Create an empty vector store, which the bundle then names."""
        self._stores_in_doubt = True
        made = await super().create_store(spec)
        self._rename_store(made.id, spec)
        return made

    async def update_store(
        self, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
    ) -> RemoteStore:
        """Update a store; the bundle names it by its key of now."""
        updated = await super().update_store(store_id, spec, was=was)
        self._rename_store(store_id, spec)
        return updated

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store, which the bundle then does not name any more."""
        self._stores_in_doubt = True
        await super().delete_store(store_id)
        self._name_stores(_without(self._stores(), store_id))

    def _stores(self) -> Mapping[str, str]:
        """The project's stores as far as they are known: without a list, what the bundle says."""
        return self._file.read().vector_stores if self._store_ids is None else self._store_ids

    def _rename_store(self, store_id: str, spec: VectorStoreSpec) -> None:
        stamp = Stamp.from_metadata(spec.metadata)
        if stamp is not None and stamp.project == self._project:
            self._name_stores({**_without(self._stores(), store_id), stamp.key: store_id})

    def _name_stores(self, store_ids: Mapping[str, str]) -> None:
        self._store_ids = store_ids
        bundle = self._file.read()
        if self._file.exists:
            self._file.write(replace(bundle, vector_stores=store_ids))

    # --- uploads ---

    async def list_uploads(self) -> tuple[Upload, ...] | None:
        """Every upload; None when the server lists none."""
        uploads = await super().list_uploads()
        self._names |= {upload.id: upload.filename for upload in uploads or ()}
        return uploads

    async def upload(self, content: Content, name: str, on_bytes: OnBytes) -> Upload:
        """Upload a file."""
        made = await super().upload(content, name, on_bytes)
        self._names[made.id] = made.filename
        return made


def _without(store_ids: Mapping[str, str], store_id: str) -> dict[str, str]:
    return {key: there for key, there in store_ids.items() if there != store_id}
