"""Actual: what the account holds of one project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import (
    canonical_assistant,
    canonical_environment,
    canonical_store,
)
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.json import digest
from asstctl.model.stamp import Stamp
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec


class IndexStatus(StrEnum):
    """How far a file of a vector store is; the server's words."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file in the account. The API tells no hash."""

    id: str
    filename: str
    bytes: int
    purpose: str = "assistants"
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that an assistant or a vector store holds.

    ``sha256`` is None when nothing proves its content. ``sent`` is the ``name_mark`` of the name
    under which it was uploaded, empty when that is not known. ``gone`` says that the upload itself
    does not exist any more.
    """

    id: str
    gone: bool = False
    status: IndexStatus = IndexStatus.COMPLETED
    sha256: str | None = None
    sent: str = ""
    path: str | None = None
    chunking: Chunking = AUTO_CHUNKING
    error: str | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether it cannot be searched yet."""
        return self.status is IndexStatus.IN_PROGRESS


@dataclass(frozen=True, slots=True)
class FileCounts:
    """A store's own count of its files, by how far they are."""

    total: int = 0
    completed: int = 0
    in_progress: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def settled(self) -> bool:
        """Whether every file is indexed."""
        return self.completed == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualAssistant:
    """An assistant of the account. ``spec`` is named, except for what nothing gives a name to.

    ``raw`` is the spec as it was read, with ids for names and the stamp in its metadata.
    """

    id: str
    spec: AssistantSpec
    stamp: Stamp
    raw: AssistantSpec
    code_files: tuple[AttachedFile, ...] = ()
    store_id: str | None = None
    store_is_gone: bool = False
    """Whether ``store_id`` names a store that has expired, is gone, or is about to go."""
    environment_id: str | None = None
    environment_is_gone: bool = False
    """Whether ``environment_id`` names a template that is gone, or is about to go."""

    @property
    def address(self) -> Address:
        """The address that the stamp claims."""
        return Address(Kind.ASSISTANT, self.stamp.key)

    @property
    def held_files(self) -> tuple[AttachedFile, ...]:
        """The files that it holds."""
        return self.code_files

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the objects that it refers to."""
        return tuple(filter(None, (self.store_id, self.environment_id)))

    @property
    def protected(self) -> bool:
        """Whether the last apply marked it ``protect: true``."""
        return self.stamp.protects

    @property
    def fingerprint(self) -> str:
        """Changes when the object does."""
        return assistant_fingerprint(self.id, self.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualStore:
    """A vector store of the account; ``raw`` is its spec as it was read.

    ``files`` is None while they have not been listed: the stamp and ``counts`` say that they are
    as the last apply left them. The spec's ``files`` are then empty.
    """

    id: str
    spec: VectorStoreSpec
    stamp: Stamp
    raw: VectorStoreSpec
    counts: FileCounts = FileCounts()
    files: tuple[AttachedFile, ...] | None = None
    files_unread: str = ""
    """What the server said instead of listing the files: what the store holds is unknown then."""

    @property
    def address(self) -> Address:
        """The address that the stamp claims."""
        return Address(Kind.VECTOR_STORE, self.stamp.key)

    @property
    def held_files(self) -> tuple[AttachedFile, ...]:
        """The files that it holds, as far as they were listed."""
        return self.files or ()

    @property
    def protected(self) -> bool:
        """Whether the last apply marked it ``protect: true``."""
        return self.stamp.protects

    @property
    def fingerprint(self) -> str:
        """Changes when the object does."""
        return store_fingerprint(self.id, self.raw, self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualEnvironment:
    """An environment template of the account; ``raw`` is its spec as it was read.

    Its ``stamp`` is what its name tells: no fields and no commit. ``kept`` is the ``mark_digest``
    of what was read back after the last apply, where the server kept something else of it than it
    was sent.
    """

    id: str
    spec: EnvironmentSpec
    stamp: Stamp
    raw: EnvironmentSpec
    files: tuple[AttachedFile, ...] = ()
    kept: str = ""
    protect: bool = False
    """Whether its own mark says ``protect: true``."""
    protected: bool = False
    """Whether the last apply marked it, or an agent that runs in it, ``protect: true``."""

    @property
    def address(self) -> Address:
        """The address that the name claims."""
        return Address(Kind.ENVIRONMENT, self.stamp.key)

    @property
    def held_files(self) -> tuple[AttachedFile, ...]:
        """The uploads that it names."""
        return self.files

    @property
    def fingerprint(self) -> str:
        """Changes when the object does."""
        return environment_fingerprint(self.id, self.raw)


def assistant_fingerprint(assistant_id: str, raw: AssistantSpec) -> str:
    """A digest of everything that is known of an assistant."""
    return digest([assistant_id, canonical_assistant(raw)])


def store_fingerprint(store_id: str, raw: VectorStoreSpec, counts: FileCounts) -> str:
    """A digest of everything that is known of a store without a look at its files."""
    return digest([store_id, canonical_store(raw), counts.total])


def environment_fingerprint(environment_id: str, raw: EnvironmentSpec) -> str:
    """A digest of everything that can be read of an environment."""
    return digest([environment_id, canonical_environment(raw)])


ActualResource: TypeAlias = ActualAssistant | ActualStore | ActualEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """Everything of one project in one account.

    ``account`` names the account for people. ``uploads`` is None when the server lists none, and
    when nothing depends on them.
    """

    account: str
    assistants: tuple[ActualAssistant, ...] = ()
    stores: tuple[ActualStore, ...] = ()
    environments: tuple[ActualEnvironment, ...] = ()
    expired: tuple[ActualStore, ...] = ()
    """Stores that can answer nothing any more, each to be built anew or cleared away."""
    duplicates: tuple[ActualResource, ...] = ()
    """What an apply created for a key that another apply was creating too: each is to go again."""
    cut: tuple[Kind, ...] = ()
    """Kinds whose list is cut: what is not in it may exist all the same."""
    stores_unread: str = ""
    """What the server said instead of listing its vector stores, of which none is known."""
    keeps_stamps: bool = False
    """Whether some object of the account carries a stamp, of whatever project. Other metadata
    proves nothing: a server may add its own and drop ours."""
    bundle: str = ""
    """The path of the file that holds the assistants; empty where the server does."""
    bundle_is_missing: bool = False
    probes: tuple[str, ...] = ()
    """Ids of assistants that a killed probe left behind."""
    store_probes: tuple[str, ...] = ()
    """Ids of vector stores that one did."""
    uploads: tuple[Upload, ...] | None = ()
    named_elsewhere: frozenset[str] = frozenset()
    """Uploads that environments of others name."""
    reusable: Mapping[str, AttachedFile] = field(default_factory=dict)
    """Uploads that an apply left over, by the hash of their content: the next one can use them."""

    @property
    def unproven(self) -> frozenset[Kind]:
        """Kinds of which something may exist although it was not seen."""
        return frozenset((*self.cut, *((Kind.VECTOR_STORE,) if self.stores_unread else ())))

    @property
    def resources(self) -> tuple[ActualResource, ...]:
        """Every managed object, what others depend on first."""
        return (*self.stores, *self.environments, *self.assistants)

    def is_on_server(self, kind: Kind) -> bool:
        """Whether objects of a kind lie on the server, not in a file beside the manifests."""
        return not (self.bundle and kind is Kind.ASSISTANT)
