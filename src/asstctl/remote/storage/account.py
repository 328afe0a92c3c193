"""The half of the account port that every API has: vector stores and uploads.

Environments are the Agents API's alone: here is that an account has none.
"""

import io
import mimetypes
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import IO, ClassVar, Final, cast

from asstctl.model.actual import FileCounts, Upload
from asstctl.model.address import Kind
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import Content
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.storage.decode import read_store, read_store_file, read_upload
from asstctl.remote.storage.encode import batch_body, store_body
from asstctl.remote.storage.gone import NOT_HERE
from asstctl.remote.storage.kept_id import NO_IDS, KeptId
from asstctl.remote.storage.pages import read_pages
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import (
    AccountError,
    EnvironmentList,
    Failure,
    FileToAttach,
    NotKeptError,
    OnBytes,
    RemoteEnvironment,
    RemoteFile,
    RemoteStore,
    StoreList,
)

_BATCH: Final = 2000
"""The most files that one batch may attach."""
_FILES_PAGE: Final = 10_000
_REFUSED: Final = (*NOT_HERE, Failure.INVALID, Failure.FORBIDDEN)
"""How servers say that they do not give out what was uploaded, or that it is not there."""


class StorageAccount:
    """Vector stores and uploads of an account, reached through ``wire``.

    ``sync.ports.Account`` documents every method; here is only what the wire adds. ``PURPOSE`` is
    what uploads are sent for; those of another purpose are not the account's.
    """

    PURPOSE: ClassVar[str] = "assistants"

    def __init__(self, wire: Wire, name: str, ids: Mapping[str, str] = NO_IDS) -> None:
        self._wire = wire
        self._name = name
        self._ids = ids

    @property
    def name(self) -> str:
        """The name of the account, as people know it."""
        return self._name

    async def list_stores(self) -> StoreList:
        """Every vector store; ``cut`` when the list may hide some."""
        listing = await read_pages(self._wire, "/vector_stores", read_store)
        return StoreList(listing.items, cut=listing.cut)

    async def get_store(self, store_id: str) -> RemoteStore | None:
        """One vector store; None when it does not exist."""
        answer = await self.get_or_none(path_to("vector_stores", store_id))
        return None if answer is None else answer.read(read_store)

    async def create_store(self, spec: VectorStoreSpec) -> RemoteStore:
        """Create an empty vector store. Not idempotent: see ``Wire.create``."""
        kept = KeptId.of(self._ids, Kind.VECTOR_STORE, spec.metadata)
        made = await self._wire.create("/vector_stores", store_body(spec), headers=kept.headers)
        return kept.checked(made.read(read_store))

    async def update_store(
        self, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
    ) -> RemoteStore:
        """Update a store's name, expiry and metadata; fields that only ``was`` has are cleared."""
        body = store_body(spec, was=was)
        return (await self._wire.post(path_to("vector_stores", store_id), body)).read(read_store)

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store; fine when it is gone already. Raises NotKeptError if it stays."""
        await self.delete(path_to("vector_stores", store_id), store_id)

    async def list_store_files(self, store_id: str) -> tuple[RemoteFile, ...]:
        """Every file of a vector store.

        A 404 means that the store is gone, or that the server has no such endpoint: the store is
        read to tell the two apart. Raises AccountError also when the list is cut.
        """
        path = path_to("vector_stores", store_id, "files")
        try:
            listing = await read_pages(self._wire, path, read_store_file)
        except AccountError as error:
            if error.failure is Failure.MISSING and await self.get_store(store_id) is None:
                raise
            raise _unlisted(error) if error.failure in NOT_HERE else error from error
        if listing.cut:
            counts, _ = await self.store_counts(store_id)
            if counts.total != len(listing.items):
                raise _hidden(store_id, len(listing.items))
        return listing.items

    async def attach(self, store_id: str, files: Sequence[FileToAttach]) -> None:
        """Put uploads into a vector store, in batches. Indexing goes on after this returns."""
        for at in range(0, len(files), _BATCH):
            body = batch_body(files[at : at + _BATCH])
            await self._wire.create(path_to("vector_stores", store_id, "file_batches"), body)

    async def store_counts(self, store_id: str) -> tuple[FileCounts, float | None]:
        """How many files are indexed, and seconds until the next poll if the server names them."""
        answer = await self._wire.get(path_to("vector_stores", store_id))
        return answer.read(read_store).counts, answer.poll_after

    async def detach(self, store_id: str, file_id: str) -> None:
        """Take a file out of a vector store; the upload stays."""
        path = path_to("vector_stores", store_id, "files", file_id)
        await self.delete(path, file_id, held_by=store_id)

    async def set_attributes(
        self, store_id: str, file_id: str, attributes: Mapping[str, str | float | bool]
    ) -> RemoteFile | None:
        """Replace the attributes of a file in a vector store; None when the server cannot."""
        path = path_to("vector_stores", store_id, "files", file_id)
        try:
            answer = await self._wire.post(path, {"attributes": dict(attributes)})
        except AccountError as error:
            if error.failure in _REFUSED:
                return None
            raise
        return answer.read(read_store_file)

    async def list_environments(self) -> EnvironmentList:
        """None: this API has no environments."""
        return EnvironmentList()

    async def get_environment(self, environment_id: str) -> RemoteEnvironment | None:
        """None: this API has no environments."""
        return None

    async def create_environment(self, spec: EnvironmentSpec) -> RemoteEnvironment:
        """Raises AccountError: this API has no environments."""
        raise _no_environments(self._name)

    async def update_environment(
        self, environment_id: str, spec: EnvironmentSpec
    ) -> RemoteEnvironment:
        """Raises AccountError: this API has no environments."""
        raise _no_environments(self._name)

    async def rename_environment(self, environment_id: str, name: str) -> RemoteEnvironment:
        """Raises AccountError: this API has no environments."""
        raise _no_environments(self._name)

    async def delete_environment(self, environment_id: str) -> None:
        """Do nothing: this API has no environments."""

    async def list_uploads(self) -> tuple[Upload, ...] | None:
        """Every upload with the account's purpose; None when the server lists none, or not all."""
        try:
            listing = await read_pages(self._wire, "/files", read_upload, limit=_FILES_PAGE)
        except AccountError as error:
            if error.failure in NOT_HERE:
                return None
            raise
        if listing.cut:
            return None
        return tuple(item for item in listing.items if item.purpose in (self.PURPOSE, ""))

    async def get_upload(self, file_id: str) -> Upload | None:
        """One upload; None when it does not exist, or the server does not show uploads."""
        try:
            answer = await self.get_or_none(path_to("files", file_id))
        except AccountError as error:
            if error.failure in _REFUSED:
                return None
            raise
        return None if answer is None else answer.read(read_upload)

    async def upload(self, content: Content, name: str, on_bytes: OnBytes) -> Upload:
        """Upload a file, streamed from an open handle.

        ``on_bytes`` gets the number of bytes of each piece that was read; a negative one, that of
        all so far, when a retry begins again. Raises AccountError when the file cannot be read.
        """
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        sent = 0

        def count(more: int) -> None:
            nonlocal sent
            sent += more
            on_bytes(more)

        def open_file() -> IO[bytes]:
            count(-sent)
            try:
                return cast("IO[bytes]", _Counting(content.file.source, count))
            except OSError as error:
                raise AccountError(
                    f"{content.path}: the file cannot be read",
                    failure=Failure.INVALID,
                    why=error.strerror or str(error),
                    fix="Make the file readable, or take it out of the manifest.",
                ) from error

        fields = {"purpose": self.PURPOSE}
        answer = await self._wire.upload("/files", fields, name, mime, open_file)
        return answer.read(read_upload)

    @asynccontextmanager
    async def download(self, file_id: str) -> AsyncIterator[AsyncIterator[bytes] | None]:
        """The bytes of an upload as they come; None when the server does not give them out."""
        async with AsyncExitStack() as stack:
            pieces: AsyncIterator[bytes] | None = None
            try:
                stream = self._wire.download(path_to("files", file_id, "content"))
                pieces = await stack.enter_async_context(stream)
            except AccountError as error:
                if error.failure not in _REFUSED:
                    raise
            yield pieces

    async def delete_upload(self, file_id: str) -> None:
        """Delete an upload; fine when it is gone already. Raises NotKeptError if it stays."""
        await self.delete(path_to("files", file_id), file_id)

    async def get_or_none(self, path: str) -> Answer | None:
        """One object; None when it does not exist, which some servers say with an empty 200."""
        try:
            answer = await self._wire.get(path)
        except AccountError as error:
            if error.failure is Failure.MISSING:
                return None
            raise
        return None if answer.value is None else answer

    async def delete(self, path: str, object_id: str, *, held_by: str | None = None) -> None:
        """Delete; where the answer leaves a doubt, look once whether the object is still there."""
        refused: AccountError | None = None
        try:
            answer = (await self._wire.delete(path)).value
        except AccountError as error:
            if error.failure not in NOT_HERE:
                raise
            refused = error
        else:
            if not isinstance(answer, Mapping) or answer.get("deleted") is not False:
                return
        if await self._is_there(path, object_id, held_by):
            raise _left_standing(object_id, path, refused) from refused

    async def _is_there(self, path: str, object_id: str, held_by: str | None) -> bool:
        """Whether an object is to be seen. Some servers say with 400 or 500 that one is not."""
        try:
            if held_by is not None:
                return any(file.id == object_id for file in await self.list_store_files(held_by))
            return await self.get_or_none(path) is not None
        except AccountError as error:
            if error.failure in (*_REFUSED, Failure.SERVER):
                return False
            raise


class _Counting(io.FileIO):
    """A file that tells how many of its bytes were read."""

    def __init__(self, path: Path, on_bytes: OnBytes) -> None:
        super().__init__(path, "rb")
        self._on_bytes = on_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size) or b""
        self._on_bytes(len(chunk))
        return chunk


def _no_environments(account: str) -> AccountError:
    return AccountError(
        f"{account} has no environments", failure=Failure.UNSUPPORTED, fix="Use `api: agents`."
    )


def _hidden(store_id: str, shown: int) -> AccountError:
    return AccountError(
        f"the account shows only {shown} of the files of {store_id}",
        failure=Failure.UNSUPPORTED,
        why="It does not turn the pages of the list, so a file that is there would be sent again.",
        fix="Use a server with working lists, or smaller vector stores.",
    )


def _unlisted(error: AccountError) -> AccountError:
    # What stands in plans says the same every time: the answer, without its request id.
    answer = error.what.partition(": ")[2].partition(" (request ")[0]
    return AccountError(
        f"the server does not list the files of a vector store: {answer}",
        failure=Failure.UNSUPPORTED,
        status=error.status,
        why="Without that list nobody can tell what a store holds, so vector stores with files "
        "cannot be managed here.",
        fix="Use a server with `/vector_stores/{id}/files`, or take file_search out for this "
        "target with `overrides`.",
    )


def _left_standing(object_id: str, path: str, refused: AccountError | None) -> NotKeptError:
    said = refused.what if refused else f"`deleted: false` for DELETE {path}"
    return NotKeptError(
        f"{object_id} was not deleted, it is still there",
        failure=Failure.UNSUPPORTED,
        status=refused.status if refused else None,
        why=f"The server answered: {said}",
        fix="Delete it with the service's own means.",
    )
