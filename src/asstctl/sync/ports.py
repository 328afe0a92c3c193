"""What sync needs of an account. Adapters in ``asstctl.remote`` fulfil it; tests have fakes.

Plain frozen values cross this border, never wire types. Specs that cross it are *bound*: their
files and stores are the account's ids, and their metadata holds the stamp's pairs too.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, TypeAlias

from asstctl.errors import AsstctlError
from asstctl.model.actual import FileCounts, IndexStatus, Upload
from asstctl.model.assistant import AssistantSpec
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import Content
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec


class Failure(StrEnum):
    """Why a request failed, as far as that decides what happens next."""

    GONE = "gone"
    """The collection itself is not there: the API is switched off, or the base URL is wrong."""
    UNSUPPORTED = "unsupported"
    """The server does not have this endpoint."""
    MISSING = "missing"
    """The one object is not there."""
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    QUOTA = "quota"
    RATE_LIMITED = "rate_limited"
    INVALID = "invalid"
    """The server refused the request as it is; sending it again is pointless."""
    CONFLICT = "conflict"
    """The object is in a state that does not allow this now; nothing was done."""
    UNREACHABLE = "unreachable"
    """No request can be made at all: an unknown host, a certificate that does not verify, a
    redirect to another origin, a broken proxy variable. Nothing was done, and trying again is
    pointless."""
    SERVER = "server"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    GARBAGE = "garbage"
    """The answer was not what the protocol promises."""


class AccountError(AsstctlError):
    """A request to the account failed. ``status`` is the HTTP status, when one came back."""

    code: ClassVar[str] = "account"

    def __init__(
        self,
        what: str,
        *,
        failure: Failure,
        status: int | None = None,
        why: str = "",
        fix: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, why=why, fix=fix)
        self.failure = failure
        self.status = status
        self.retry_after = retry_after

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.failure in _TRANSIENT

    @property
    def outcome_unknown(self) -> bool:
        """Whether the server may have done what was asked although no answer says so."""
        return self.failure in _OUTCOME_UNKNOWN


class ApiGoneError(AccountError):
    """The whole collection is missing: nothing can be said about what the account holds."""

    code: ClassVar[str] = "api-gone"


class NotKeptError(AccountError):
    """The server accepted a write and holds nothing of it, or a delete left the object standing."""

    code: ClassVar[str] = "not-kept"


_TRANSIENT = {Failure.RATE_LIMITED, Failure.SERVER, Failure.CONNECTION, Failure.TIMEOUT}
_OUTCOME_UNKNOWN = {Failure.SERVER, Failure.CONNECTION, Failure.TIMEOUT, Failure.GARBAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAssistant:
    """An assistant as the account holds it."""

    id: str
    spec: AssistantSpec
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStore:
    """A vector store as the account holds it; its files are a list of their own."""

    id: str
    spec: VectorStoreSpec
    counts: FileCounts = FileCounts()
    expired: bool = False
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEnvironment:
    """An environment template as the account holds it, without what never reads back."""

    id: str
    spec: EnvironmentSpec
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file inside a vector store."""

    id: str
    status: IndexStatus
    attributes: Mapping[str, str | float | bool] = field(default_factory=dict)
    chunking: Chunking = AUTO_CHUNKING
    error: str | None = None
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToAttach:
    """A file to put into a vector store, with its attributes and the way it is cut."""

    file_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    chunking: Chunking = AUTO_CHUNKING


@dataclass(frozen=True, slots=True)
class AssistantList:
    """All assistants that the server showed, newest first. See ``StoreList.cut``.

    ``bundle`` is the path, for people, of the file that holds them in the place of the server;
    empty where there is none. ``missing`` says that this file does not exist.
    """

    items: tuple[RemoteAssistant, ...] = ()
    cut: bool = False
    bundle: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class StoreList:
    """All stores that the server showed, newest first.

    ``cut`` says that the account may hold more than the server shows: what is not in the list may
    exist all the same.
    """

    items: tuple[RemoteStore, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class EnvironmentList:
    """All environment templates that the server showed, newest first. See ``StoreList.cut``."""

    items: tuple[RemoteEnvironment, ...] = ()
    cut: bool = False


OnBytes: TypeAlias = Callable[[int], None]
"""Told how many more bytes of an upload have been sent; negative when it starts again."""


class Account(Protocol):
    """An account that holds assistants, vector stores, environments and uploads.

    Of an assistant that was read, ``environment`` is what its metadata says under
    ``model.stamp.ENVIRONMENT``; of one that is written, the metadata has it already.

    Every method raises AccountError. Reads, updates and deletes are retried inside; a create is
    tried once, since its answer may be lost after the server did it.
    """

    @property
    def name(self) -> str:
        """The account for people: a host, or the local file."""

    async def list_assistants(self) -> AssistantList:
        """Every assistant of the account, whoever made it."""

    async def get_assistant(self, assistant_id: str) -> RemoteAssistant | None:
        """One assistant; None when it does not exist."""

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        """Make an assistant; the result is what the server says it made."""

    async def update_assistant(
        self, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
    ) -> RemoteAssistant:
        """Make an assistant equal to ``spec``; what only ``was`` has set is cleared.

        The result's id is another one than before where ids follow keys and the key is new.
        """

    async def delete_assistant(self, assistant_id: str) -> None:
        """Delete an assistant; one that is gone already is fine.

        Raises NotKeptError when the server does not do it and the object is still to be seen; so
        do the other deletes.
        """

    async def list_stores(self) -> StoreList:
        """Every vector store of the account, whoever made it."""

    async def get_store(self, store_id: str) -> RemoteStore | None:
        """One vector store; None when it does not exist."""

    async def create_store(self, spec: VectorStoreSpec) -> RemoteStore:
        """Make an empty vector store; its files are attached afterwards."""

    async def update_store(
        self, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
    ) -> RemoteStore:
        """Set a store's name, expiry and metadata; its files are a matter of their own."""

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store, not its uploads; one that is gone already is fine."""

    async def list_store_files(self, store_id: str) -> tuple[RemoteFile, ...]:
        """Every file of a vector store, indexed or not.

        Fails as UNSUPPORTED when the server lists the files of no store.
        """

    async def attach(self, store_id: str, files: Sequence[FileToAttach]) -> None:
        """Put uploads into a vector store; indexing goes on after this returns."""

    async def store_counts(self, store_id: str) -> tuple[FileCounts, float | None]:
        """How far indexing is, and the server's hint for the next look, in seconds."""

    async def detach(self, store_id: str, file_id: str) -> None:
        """Take a file out of a vector store; the upload stays."""

    async def set_attributes(
        self, store_id: str, file_id: str, attributes: Mapping[str, str | float | bool]
    ) -> RemoteFile | None:
        """Replace the attributes of a file in a vector store; what the server then holds.

        None when the server has no attributes that can be changed.
        """

    async def list_environments(self) -> EnvironmentList:
        """Every environment template of the account, whoever made it.

        Empty and whole where the API has none. Fails as MISSING or UNSUPPORTED where it should
        have some and the server does not.
        """

    async def get_environment(self, environment_id: str) -> RemoteEnvironment | None:
        """One environment template; None when it does not exist."""

    async def create_environment(self, spec: EnvironmentSpec) -> RemoteEnvironment:
        """Make an environment template, complete with its files.

        The result is what the server says that it made. Fails as UNSUPPORTED where the API has
        none.
        """

    async def update_environment(
        self, environment_id: str, spec: EnvironmentSpec
    ) -> RemoteEnvironment:
        """Make an environment template equal to ``spec``.

        Every field is sent, also what is void: what the template holds of what never reads back
        is unknown.
        """

    async def rename_environment(self, environment_id: str, name: str) -> RemoteEnvironment:
        """Give an environment template another name and leave everything else as it is."""

    async def delete_environment(self, environment_id: str) -> None:
        """Delete an environment template, not its uploads; one that is gone already is fine."""

    async def list_uploads(self) -> tuple[Upload, ...] | None:
        """Every upload made for what this account holds; None when the server lists none."""

    async def get_upload(self, file_id: str) -> Upload | None:
        """One upload, whatever it was made for; None when it does not exist."""

    async def upload(self, content: Content, name: str, on_bytes: OnBytes) -> Upload:
        """Send a file under ``name``, streamed from disk. Tried once, like any create."""

    def download(self, file_id: str) -> AbstractAsyncContextManager[AsyncIterator[bytes] | None]:
        """The bytes of an upload as they come; None when the server does not give them out.

        An answer that breaks off raises AccountError where it is read.
        """

    async def delete_upload(self, file_id: str) -> None:
        """Delete an upload everywhere; one that is gone already is fine."""
