"""The assistants' half of the account: entries of the bundle, which names the project's stores too.

An assistant's id is its key. What the port's metadata holds of the stamp stands beside the request.
The list of stores follows whatever is done to them while there is a bundle, and comes with its
first assistant otherwise.
"""

from collections.abc import Mapping
from dataclasses import replace

from asstctl.model.assistant import AssistantSpec
from asstctl.model.json import JsonObject
from asstctl.model.stamp import FIELDS, Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.responses.bundle_file import BundleFile
from asstctl.remote.responses.entry import entry_of, read_entry
from asstctl.remote.storage import values
from asstctl.sync.ownership import owned_by
from asstctl.sync.ports import AssistantList, RemoteAssistant, RemoteStore, StoreList


class BundledAssistants:
    """What the port of sync says of assistants, done to a bundle. Every method raises BundleError.

    ``shown_names`` is to be told what the server calls uploads, by id.
    """

    def __init__(self, project: str, file: BundleFile) -> None:
        self._project = project
        self._file = file
        self._store_ids: Mapping[str, str] | None = None
        """The project's stores by key; None while the server has not been asked."""
        self._stores_in_doubt = False
        """Whether a store was to be made or deleted, and no list has shown what came of it."""
        self.shown_names: dict[str, str] = {}

    def list(self) -> AssistantList:
        """Every entry, in the order of the keys."""
        entries = self._file.read().assistants
        items = tuple(read_entry(self._project, key, entries[key]) for key in sorted(entries))
        return AssistantList(items, bundle=self._file.name, missing=not self._file.exists)

    def get(self, key: str) -> RemoteAssistant | None:
        """One entry; None when there is none of this key."""
        entry = self._file.read().assistants.get(key)
        return None if entry is None else read_entry(self._project, key, entry)

    def requests(self) -> dict[str, JsonObject]:
        """The request of each entry, by its key."""
        entries = self._file.read().assistants
        return {key: values.mapping(entry.get("request")) for key, entry in entries.items()}

    def write(self, spec: AssistantSpec, *, instead_of: str = "") -> RemoteAssistant:
        """Write an entry, or one in the place of another, under the key in the spec's stamp."""
        stamp = Stamp.from_metadata(spec.metadata)
        assert stamp is not None
        bundle = self._file.read()
        entry = entry_of(spec, stamp, bundle.assistants.get(instead_of, {}), self.shown_names)
        bundle = bundle.with_entry(stamp.key, entry, instead_of=instead_of)
        self._file.write(replace(bundle, vector_stores=self._stores()))
        return read_entry(self._project, stamp.key, entry)

    def delete(self, key: str) -> None:
        """Take an entry out; the file goes with the last one."""
        bundle = self._file.read()
        if key in bundle.assistants:
            self._file.write(replace(bundle.without(key), vector_stores=self._stores()))

    def expect_stores(self) -> None:
        """A store is about to be made or deleted, and the answer may be lost."""
        self._stores_in_doubt = True

    def saw_stores(self, listing: StoreList) -> None:
        """What the server lists; the bundle is brought up to date where a write left a doubt."""
        living = [store for store in listing.items if not store.expired]
        # Newest first: of two with one key the older one stays.
        seen = {stamp.key: store.id for store, stamp in owned_by(self._project, living)}
        self._store_ids = {**self._stores(), **seen} if listing.cut else seen
        if self._stores_in_doubt:
            self._name_stores(self._store_ids)
            self._stores_in_doubt = False

    def believed(self, store: RemoteStore) -> RemoteStore:
        """A store as it is; where the bundle names another one, its stamp is to be written anew.

        Of two stores with one key that goes for the one that stays: by the stamp of the other a
        duplicate is told from a copy.
        """
        stamp = Stamp.from_metadata(store.spec.metadata)
        named = self._file.read().vector_stores
        if stamp is None or stamp.project != self._project or not self._file.exists:
            return store
        if store.id != self._stores().get(stamp.key) or store.id == named.get(stamp.key):
            return store
        metadata = {name: text for name, text in store.spec.metadata.items() if name != FIELDS}
        return replace(store, spec=replace(store.spec, metadata=metadata))

    def wrote_store(self, store_id: str, spec: VectorStoreSpec) -> None:
        """A store has this key from now on."""
        stamp = Stamp.from_metadata(spec.metadata)
        if stamp is not None and stamp.project == self._project:
            self._name_stores({**_without(self._stores(), store_id), stamp.key: store_id})

    def deleted_store(self, store_id: str) -> None:
        """A store is gone."""
        self._name_stores(_without(self._stores(), store_id))

    def _stores(self) -> Mapping[str, str]:
        """The project's stores as far as they are known: without a list, what the bundle says."""
        return self._file.read().vector_stores if self._store_ids is None else self._store_ids

    def _name_stores(self, store_ids: Mapping[str, str]) -> None:
        self._store_ids = store_ids
        bundle = self._file.read()
        if self._file.exists:
            self._file.write(replace(bundle, vector_stores=store_ids))


def _without(store_ids: Mapping[str, str], store_id: str) -> dict[str, str]:
    return {key: there for key, there in store_ids.items() if there != store_id}
