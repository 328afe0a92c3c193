"""What was read from an account to be written down as manifests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.vector_store import Chunking, VectorStoreSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledFile:
    """An upload of the account. ``path`` is where it is in the project, None when it is not there.

    What an environment puts into the sandbox can be at one place in the project only.

    ``problem`` says why not, in a few words for a comment; ``failed`` that another try may help.
    """

    id: str
    name: str
    bytes: int
    path: str | None = None
    problem: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledAssistant:
    """An assistant under its key. ``spec`` has the user's own metadata and no references.

    ``store`` and ``environment`` are the keys of its vector store and of its environment;
    ``remarks`` say what could not be had.
    """

    id: str
    key: str
    spec: AssistantSpec
    code_files: tuple[PulledFile, ...] = ()
    store: str | None = None
    environment: str | None = None
    protect: bool = False
    owner: str | None = None
    """The project that manages it; None when none does."""
    remarks: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """``assistant.<key>``."""
        return Address(Kind.ASSISTANT, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledStore:
    """A vector store under its key. ``spec`` has the user's own metadata and no files.

    ``remarks`` say what could not be had.
    """

    id: str
    key: str
    spec: VectorStoreSpec
    files: tuple[tuple[PulledFile, Chunking], ...] = ()
    protect: bool = False
    owner: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """``vector_store.<key>``."""
        return Address(Kind.VECTOR_STORE, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledEnvironment:
    """An environment under its key. ``spec`` has the title for a name, and no files.

    ``remarks`` say what could not be had.
    """

    id: str
    key: str
    spec: EnvironmentSpec
    files: tuple[PulledFile, ...] = ()
    protect: bool = False
    owner: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """``environment.<key>``."""
        return Address(Kind.ENVIRONMENT, self.key)


PulledResource: TypeAlias = PulledAssistant | PulledStore | PulledEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """Everything that was asked for, and the uploads by place, downloaded or not.

    ``cut`` says that the account may hold more than its lists show. ``expired`` is the number of
    vector stores that were left out, since nothing is in them any more.
    """

    assistants: tuple[PulledAssistant, ...] = ()
    stores: tuple[PulledStore, ...] = ()
    environments: tuple[PulledEnvironment, ...] = ()
    files: Mapping[str, PulledFile] = field(default_factory=dict)
    cut: bool = False
    expired: int = 0

    @property
    def resources(self) -> tuple[PulledResource, ...]:
        """Every resource, what others depend on first."""
        return (*self.stores, *self.environments, *self.assistants)

    @property
    def missing(self) -> tuple[PulledFile, ...]:
        """The uploads whose content is not there."""
        return tuple(file for file in self.files.values() if file.path is None)
