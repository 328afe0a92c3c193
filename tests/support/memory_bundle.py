"""A bundle beside an account in memory: the real adapter on bytes instead of a file."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from asstctl.model.assistant import AssistantSpec
from asstctl.model.project import Project, ResponsesTarget
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.responses.assistants import BundledAssistants
from asstctl.remote.responses.bundle_file import BundleFile
from asstctl.sync.ports import AssistantList, RemoteAssistant, RemoteStore, StoreList
from support.memory_account import Client, Holdings
from support.projects import PROJECT

_ROOT = Path("/nowhere")
_PATH = _ROOT / "assistants.json"


@dataclass
class HoldingsWithBundle(Holdings):
    """An account without assistants, and the file that holds them."""

    bundle: bytes | None = None

    def client(self, *, keeps_attributes: bool = True) -> "ClientWithBundle":
        """A connection of one more process."""
        return ClientWithBundle(self, keeps_attributes)

    def all_assistants(self) -> tuple[RemoteAssistant, ...]:
        """Every assistant, wherever it lies."""
        return BundledAssistants(PROJECT, MemoryBundle(self)).list().items

    def values(self) -> Iterator[object]:
        """Everything of it that never changes."""
        yield from super().values()
        yield self.bundle


class MemoryBundle(BundleFile):
    """The file as one process sees it."""

    def __init__(self, holdings: HoldingsWithBundle) -> None:
        target = ResponsesTarget(name="test", base_url="http://test.account/v1", bundle=_PATH)
        super().__init__(_PATH, Project(name=PROJECT, root=_ROOT, target=target))
        self._holdings = holdings

    def _bytes(self) -> bytes | None:
        return self._holdings.bundle

    def _locked(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _put(self, text: str | None) -> None:
        self._holdings.bundle = None if text is None else text.encode()


@dataclass
class ClientWithBundle(Client):
    """One process's connection. No answer of a file is lost; a process may die after a write."""

    holdings: HoldingsWithBundle
    file: MemoryBundle = field(init=False)
    bundled: BundledAssistants = field(init=False)

    def __post_init__(self) -> None:
        self.file = MemoryBundle(self.holdings)
        self.bundled = BundledAssistants(PROJECT, self.file)

    @property
    def knows(self) -> object:
        """What this process takes the file to be."""
        return vars(self.file)["_known"], vars(self.bundled)["_store_ids"]

    async def list_assistants(self) -> AssistantList:
        return self.bundled.list()

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        return self.bundled.get(assistant_id)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        made = self.bundled.write(spec)
        self._bundle_written()
        return made

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        updated = self.bundled.write(spec, instead_of=assistant_id)
        self._bundle_written()
        return updated

    async def delete_assistant(self, assistant_id: str) -> None:
        self.bundled.delete(assistant_id)
        self._bundle_written()

    async def list_stores(self) -> StoreList:
        listing = await super().list_stores()
        self.bundled.saw_stores(listing)
        return replace(listing, items=tuple(map(self.bundled.believed, listing.items)))

    async def get_store(self, store_id: str) -> RemoteStore | None:
        store = await super().get_store(store_id)
        return None if store is None else self.bundled.believed(store)

    async def create_store(self, spec: VectorStoreSpec) -> RemoteStore:
        self.bundled.expect_stores()
        made = await super().create_store(spec)
        self.bundled.wrote_store(made.id, spec)
        return made

    async def update_store(
        self, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
    ) -> RemoteStore:
        updated = await super().update_store(store_id, spec, was=was)
        self.bundled.wrote_store(store_id, spec)
        return updated

    async def delete_store(self, store_id: str) -> None:
        self.bundled.expect_stores()
        await super().delete_store(store_id)
        self.bundled.deleted_store(store_id)

    def _bundle_written(self) -> None:
        lose_at, self.lose_at = self.lose_at, None
        try:
            self._written()
        finally:
            self.lose_at = lose_at
