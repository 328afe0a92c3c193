"""An account in memory behind the port of sync: state as plain values, answers that get lost.

Every method is done at once: what interleaves is what a test makes interleave.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from asstctl.model.actual import FileCounts, IndexStatus, Upload
from asstctl.model.assistant import AssistantSpec
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import Content
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.ports import (
    AccountError,
    AssistantList,
    EnvironmentList,
    Failure,
    FileToAttach,
    OnBytes,
    RemoteAssistant,
    RemoteEnvironment,
    RemoteFile,
    RemoteStore,
    StoreList,
)
from support.values import shown

T = TypeVar("T")


class Died(BaseException):
    """The process was killed right after a write that the account carried out."""


@dataclass
class Holdings:
    """Everything that the account holds, oldest first."""

    assistants: dict[str, RemoteAssistant] = field(default_factory=dict)
    stores: dict[str, RemoteStore] = field(default_factory=dict)
    store_files: dict[str, dict[str, RemoteFile]] = field(default_factory=dict)
    environments: dict[str, RemoteEnvironment] = field(default_factory=dict)
    confided: dict[str, EnvironmentSpec] = field(default_factory=dict)
    """What was last sent of each environment, with what never reads back."""
    uploads: dict[str, Upload] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def client(self, *, keeps_attributes: bool = True) -> "Client":
        """A connection of one more process."""
        return Client(self, keeps_attributes)

    def all_assistants(self) -> tuple[RemoteAssistant, ...]:
        """Every assistant, wherever it lies."""
        return tuple(self.assistants.values())

    def values(self) -> Iterator[object]:
        """Everything of it that never changes: an update puts another value in its place."""
        yield from self.assistants.values()
        yield from self.stores.values()
        yield from self.environments.values()
        yield from self.uploads.values()
        for files in self.store_files.values():
            yield from files.values()


@dataclass
class Client:
    """One process's connection. ``writes`` counts what it has changed.

    After the write with the number ``lose_at`` the answer is lost, after ``die_at`` the process.
    """

    holdings: Holdings
    keeps_attributes: bool = True
    lose_at: int | None = None
    die_at: int | None = None
    writes: int = 0
    name: str = "memory"

    @property
    def knows(self) -> object:
        """What this process remembers of the account."""
        return None

    # --- assistants ---

    async def list_assistants(self) -> AssistantList:
        return AssistantList(tuple(self.holdings.assistants.values())[::-1])

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        return self.holdings.assistants.get(assistant_id)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        made = RemoteAssistant(id=self._id("asst"), spec=spec, created_at=self.holdings.made)
        self.holdings.assistants[made.id] = made
        self._written()
        return made

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        found = self._found(self.holdings.assistants, assistant_id)
        self.holdings.assistants[assistant_id] = replace(found, spec=spec)
        self._written()
        return self.holdings.assistants[assistant_id]

    async def delete_assistant(self, assistant_id: str) -> None:
        self.holdings.assistants.pop(assistant_id, None)
        self._written()

    # --- vector stores ---

    async def list_stores(self) -> StoreList:
        return StoreList(tuple(self.holdings.stores.values())[::-1])

    async def get_store(self, store_id: str) -> RemoteStore | None:
        return self.holdings.stores.get(store_id)

    async def create_store(self, spec: VectorStoreSpec) -> RemoteStore:
        made = RemoteStore(id=self._id("vs"), spec=spec, created_at=self.holdings.made)
        self.holdings.stores[made.id] = made
        self.holdings.store_files[made.id] = {}
        self._written()
        return made

    async def update_store(
        self, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
    ) -> RemoteStore:
        found = self._found(self.holdings.stores, store_id)
        self.holdings.stores[store_id] = replace(found, spec=spec)
        self._written()
        return self.holdings.stores[store_id]

    async def delete_store(self, store_id: str) -> None:
        self.holdings.stores.pop(store_id, None)
        self.holdings.store_files.pop(store_id, None)
        self._written()

    async def list_store_files(self, store_id: str) -> tuple[RemoteFile, ...]:
        return tuple(self._found(self.holdings.store_files, store_id).values())

    async def attach(self, store_id: str, files: Sequence[FileToAttach]) -> None:
        held = self._found(self.holdings.store_files, store_id)
        for file in files:
            self._found(self.holdings.uploads, file.file_id)
            held[file.file_id] = RemoteFile(
                id=file.file_id,
                status=IndexStatus.COMPLETED,
                attributes=dict(file.attributes) if self.keeps_attributes else {},
                chunking=file.chunking,
            )
        self._recount(store_id)
        self._written()

    async def store_counts(self, store_id: str) -> tuple[FileCounts, float | None]:
        return self._found(self.holdings.stores, store_id).counts, None

    async def detach(self, store_id: str, file_id: str) -> None:
        self._found(self.holdings.store_files, store_id).pop(file_id, None)
        self._recount(store_id)
        self._written()

    async def set_attributes(
        self, store_id: str, file_id: str, attributes: Mapping[str, str | float | bool]
    ) -> RemoteFile | None:
        held = self._found(self.holdings.store_files, store_id)
        if not self.keeps_attributes:
            return None
        held[file_id] = replace(held[file_id], attributes=attributes)
        self._written()
        return held[file_id]

    # --- environments ---

    async def list_environments(self) -> EnvironmentList:
        return EnvironmentList(tuple(self.holdings.environments.values())[::-1])

    async def get_environment(self, environment_id: str) -> RemoteEnvironment | None:
        return self.holdings.environments.get(environment_id)

    async def create_environment(self, spec: EnvironmentSpec) -> RemoteEnvironment:
        environment_id = self._id("envtmpl")
        made = RemoteEnvironment(
            id=environment_id, spec=self._shown(spec), created_at=self.holdings.made
        )
        self.holdings.environments[environment_id] = made
        self.holdings.confided[environment_id] = spec
        self._written()
        return made

    async def update_environment(
        self, environment_id: str, spec: EnvironmentSpec
    ) -> RemoteEnvironment:
        found = self._found(self.holdings.environments, environment_id)
        self.holdings.environments[environment_id] = replace(found, spec=self._shown(spec))
        self.holdings.confided[environment_id] = spec
        self._written()
        return self.holdings.environments[environment_id]

    async def rename_environment(self, environment_id: str, name: str) -> RemoteEnvironment:
        spec = self._found(self.holdings.confided, environment_id)
        return await self.update_environment(environment_id, replace(spec, name=name))

    async def delete_environment(self, environment_id: str) -> None:
        self.holdings.environments.pop(environment_id, None)
        self.holdings.confided.pop(environment_id, None)
        self._written()

    def _shown(self, spec: EnvironmentSpec) -> EnvironmentSpec:
        """What reads back of an environment whose files are all there."""
        for file in spec.files:
            self._found(self.holdings.uploads, file.ref or "")
        return shown(spec)

    # --- uploads ---

    async def list_uploads(self) -> tuple[Upload, ...] | None:
        return tuple(self.holdings.uploads.values())[::-1]

    async def get_upload(self, file_id: str) -> Upload | None:
        return self.holdings.uploads.get(file_id)

    async def upload(self, content: Content, name: str, on_bytes: OnBytes) -> Upload:
        made = Upload(
            id=self._id("file"), filename=name, bytes=content.bytes, created_at=self.holdings.made
        )
        self.holdings.uploads[made.id] = made
        self.holdings.contents[made.id] = content.sha256
        self._written()
        return made

    @asynccontextmanager
    async def download(self, file_id: str) -> AsyncIterator[AsyncIterator[bytes] | None]:
        """As at the original: what assistants hold is not given out."""
        yield None

    async def delete_upload(self, file_id: str) -> None:
        self.holdings.uploads.pop(file_id, None)
        self.holdings.contents.pop(file_id, None)
        for store_id, held in self.holdings.store_files.items():
            if held.pop(file_id, None) is not None:
                self._recount(store_id)
        self._written()

    # --- inside ---

    def _id(self, prefix: str) -> str:
        self.holdings.made += 1
        return f"{prefix}_{self.holdings.made}"

    def _found(self, things: Mapping[str, T], object_id: str) -> T:
        if object_id not in things:
            raise AccountError(f"no {object_id}", failure=Failure.MISSING, status=404)
        return things[object_id]

    def _recount(self, store_id: str) -> None:
        total = len(self.holdings.store_files[store_id])
        store = self.holdings.stores[store_id]
        counts = FileCounts(total=total, completed=total)
        self.holdings.stores[store_id] = replace(store, counts=counts)

    def _written(self) -> None:
        self.writes += 1
        if self.writes == self.die_at:
            raise Died
        if self.writes == self.lose_at:
            raise AccountError("the answer was lost", failure=Failure.CONNECTION)
