"""The account port over Responses: stores and uploads on the server, assistants in the bundle."""

from dataclasses import replace

from asstctl.model.actual import Upload
from asstctl.model.assistant import AssistantSpec
from asstctl.model.file import Content
from asstctl.model.json import JsonObject
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.responses.assistants import BundledAssistants
from asstctl.remote.responses.bundle_file import BundleFile
from asstctl.remote.storage.account import StorageAccount
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AssistantList, OnBytes, RemoteAssistant, RemoteStore, StoreList


class ResponsesAccount(StorageAccount):
    """The port of sync over Responses.

    ``sync.ports.Account`` documents every method; here is only how its two halves go together.
    """

    def __init__(self, wire: Wire, name: str, project: str, file: BundleFile) -> None:
        super().__init__(wire, name)
        self._bundled = BundledAssistants(project, file)

    async def list_assistants(self) -> AssistantList:
        """Every entry of the bundle."""
        return self._bundled.list()

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        """One entry; None when it does not exist."""
        return self._bundled.get(assistant_id)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        """Write an entry under the key in the stamp."""
        return self._bundled.write(spec)

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        """Write an entry in the place of another, under the key in the stamp."""
        return self._bundled.write(spec, instead_of=assistant_id)

    async def delete_assistant(self, assistant_id: str) -> None:
        """Take an entry out; fine when it is gone already."""
        self._bundled.delete(assistant_id)

    def requests(self) -> dict[str, JsonObject]:
        """What an application sends with every input, by the assistant's id, as the bundle has it.

        Raises BundleMovedError when the file is not what it was.
        """
        return self._bundled.requests()

    async def list_stores(self) -> StoreList:
        """Every vector store of the server."""
        listing = await super().list_stores()
        self._bundled.saw_stores(listing)
        return replace(listing, items=tuple(map(self._bundled.believed, listing.items)))

    async def get_store(self, store_id: str) -> RemoteStore | None:
        """One vector store; None when it does not exist."""
        store = await super().get_store(store_id)
        return None if store is None else self._bundled.believed(store)

    async def create_store(self, spec: VectorStoreSpec) -> RemoteStore:
        """Create an empty vector store, which the bundle then names."""
        self._bundled.expect_stores()
        made = await super().create_store(spec)
        self._bundled.wrote_store(made.id, spec)
        return made

    async def update_store(
        self, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
    ) -> RemoteStore:
        """Update a store; the bundle names it by its key of now."""
        updated = await super().update_store(store_id, spec, was=was)
        self._bundled.wrote_store(store_id, spec)
        return updated

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store, which the bundle then does not name any more."""
        self._bundled.expect_stores()
        await super().delete_store(store_id)
        self._bundled.deleted_store(store_id)

    async def list_uploads(self) -> tuple[Upload, ...] | None:
        """Every upload; None when the server lists none."""
        uploads = await super().list_uploads()
        self._bundled.shown_names |= {upload.id: upload.filename for upload in uploads or ()}
        return uploads

    async def upload(self, content: Content, name: str, on_bytes: OnBytes) -> Upload:
        """Upload a file."""
        made = await super().upload(content, name, on_bytes)
        self._bundled.shown_names[made.id] = made.filename
        return made
