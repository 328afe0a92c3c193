"""What every API's conversations share: uploads and stores for attachments, and where files lie."""

import asyncio
import mimetypes
import struct
from base64 import b64decode
from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Final

from asstctl.model.dialect import Dialect
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import FILE_PATH
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id, read_store_file
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.ports import Run, Usage
from asstctl.sync.ports import AccountError, Failure

OFFLINE_OWNER: Final = "asstctl-offline"
"""The owner of the offline models of a local account, in ``GET /models``."""

OFFLINE_REASON: Final = "needs a real model; this account answers with the offline one"
LABEL: Final = "asstctl_smoke"
"""The metadata of what smoke made; its value is the project."""
CASE: Final = "asstctl_case"
"""The metadata that says for which case."""
MARK: Final = "asstctl_mark"
"""The metadata that tells a conversation from every other one, also before its id is known."""
_LONGEST: Final = 512
_MODELS_SECONDS: Final = 10.0
_INSTEAD: Final = frozenset(
    {"instructions", "metadata", "tools", "response_format", "reasoning_effort"}
)
"""Options that replace what the assistant has itself. No manifest gives them to a run."""


class SmokeStorage:
    """The half of smoke's port that is the same on every API.

    ``smoke.ports.SmokeAccount`` documents every method; here is only what the wire adds.
    """

    PURPOSE: ClassVar[str] = "assistants"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._filenames: dict[str, str] = {}
        self._paths: dict[tuple[str, str], str] = {}

    async def offline_reason(self) -> str | None:
        """Why no real model answers here; None when one does, or the server does not say."""
        try:
            async with asyncio.timeout(_MODELS_SECONDS):
                owners = (await self._wire.get("/models")).read(model_owners)
        except (AccountError, TimeoutError):
            return None
        return OFFLINE_REASON if OFFLINE_OWNER in owners else None

    async def upload(self, file: LocalFile) -> str:
        """Upload a file, streamed from an open handle. After a lost answer it is not sent again."""
        mime = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        fields = {"purpose": self.PURPOSE}
        answer = await self._wire.upload(
            "/files", fields, file.name, mime, lambda: file.source.open("rb")
        )
        file_id = answer.read(id_of)
        self._filenames[file_id] = file.name
        return file_id

    async def usage(self, run: Run) -> Usage | None:
        """What is known with the run itself."""
        return run.usage

    async def embed(self, texts: tuple[str, ...], model: str) -> tuple[tuple[float, ...], ...]:
        """Ask the account's own embeddings; what answers none of that is told as such."""
        body: JsonObject = {"model": model, "input": list(texts), "encoding_format": "float"}
        try:
            answer = await self._wire.post("/embeddings", body)
        except AccountError as error:
            if error.failure not in (Failure.MISSING, Failure.UNSUPPORTED, Failure.GONE):
                raise
            raise AccountError(
                f"the account has no embeddings by {model}",
                failure=Failure.UNSUPPORTED,
                status=error.status,
                why=error.one_line,
                fix="Name another model (`model` of similar, `embeddings` of the target), or limit "
                "the case to targets that have them (`targets:`).",
            ) from error
        return answer.read(partial(read_vectors, count=len(texts)))

    async def delete_file(self, file_id: str) -> None:
        """Delete an upload; one that is gone already is fine."""
        await self._delete(path_to("files", file_id))

    async def delete_store(self, store_id: str) -> None:
        """Delete a vector store; one that is gone already is fine."""
        await self._delete(path_to("vector_stores", store_id))

    async def stored_path(self, store_id: str, file_id: str) -> str:
        """The path in the attributes that asstctl wrote; cached."""
        known = self._paths.get((store_id, file_id))
        if known is None:
            known = await self._path(path_to("vector_stores", store_id, "files", file_id))
            self._paths[store_id, file_id] = known
        return known

    async def _path(self, address: str) -> str:
        try:
            found = (await self._wire.get(address)).read(read_store_file)
        except AccountError as error:
            if error.failure in (Failure.MISSING, Failure.UNSUPPORTED, Failure.GARBAGE):
                return ""
            raise
        return str(found.attributes.get(FILE_PATH, ""))

    async def _filename(self, file_id: str) -> str:
        """The name of an upload, empty when the account does not tell; cached."""
        if file_id not in self._filenames:
            self._filenames[file_id] = await self._asked_filename(file_id)
        return self._filenames[file_id]

    async def _asked_filename(self, file_id: str) -> str:
        try:
            found = (await self._wire.get(path_to("files", file_id))).read(as_object)
        except AccountError:
            return ""
        return values.text(found.get("filename")) or ""

    async def _delete(self, path: str) -> None:
        try:
            await self._wire.delete(path)
        except AccountError as error:
            if error.failure is not Failure.MISSING:
                raise


def stamp(project: str, case: str, mark: str) -> JsonObject:
    """The metadata of a conversation's object."""
    return {LABEL: project, CASE: case[:_LONGEST], MARK: mark}


def raise_if_inexpressible(dialect: Dialect, options: JsonObject) -> None:
    """Refuse options of a case that no run can be given. Raises AccountError."""
    of_runs = {name: value for name, value in options.items() if name not in _INSTEAD}
    for name in dialect.inexpressible(of_runs):
        raise AccountError(
            f"no run of the {dialect.api.capitalize()} API can be given {name!r}",
            failure=Failure.INVALID,
            fix=f"Take `{name}` out of the case's `run`, or limit the case with `targets:`.",
        )


def read_vectors(value: JsonValue, count: int) -> tuple[tuple[float, ...], ...]:
    """The vectors of so many texts, in their order. Raises GarbageError for anything else."""
    found = values.mappings(as_object(value).get("data"))
    found.sort(key=lambda item: values.count(item.get("index")))
    vectors = tuple(_vector(item.get("embedding")) for item in found)
    if len(vectors) != count or len({len(vector) for vector in vectors}) != 1 or not vectors[0]:
        raise garbage("embeddings that are no vectors of one length, one for each text")
    return vectors


def _vector(value: JsonValue) -> tuple[float, ...]:
    """A vector, also from a server that writes it in base64 whatever it is asked for."""
    if isinstance(value, str):
        try:
            packed = b64decode(value, validate=True)
            return struct.unpack(f"<{len(packed) // 4}f", packed)
        except (ValueError, struct.error):
            return ()
    numbers = tuple(values.number(item) for item in values.items(value))
    return tuple(number for number in numbers if number is not None)


def usage_of(value: JsonValue, sent: str, written: str) -> Usage | None:
    """The tokens in a ``usage`` object; None when there is none, or the server has not counted yet.

    ``sent`` and ``written`` begin the names that the API has for the two directions: ``input``.
    """
    if not isinstance(value, Mapping):
        return None
    into, out = (
        values.count(value.get(f"{sent}_tokens")),
        values.count(value.get(f"{written}_tokens")),
    )
    details = (values.mapping(value.get(f"{sent}_{noun}_details")) for noun in ("tokens", "token"))
    cached = max(values.count(item.get("cached_tokens")) for item in details)
    total = values.count(value.get("total_tokens")) or into + out
    return Usage(into, out, total, min(cached, into))


def id_of(value: JsonValue) -> str:
    """The id of the object that an answer holds. Raises AccountError when it has none."""
    return read_id(as_object(value))


def model_owners(value: JsonValue) -> frozenset[str]:
    """The owners of the models in a list, whether it comes in an envelope or bare."""
    page = value if isinstance(value, list) else as_object(value).get("data")
    return frozenset(values.text(item.get("owned_by")) or "" for item in values.mappings(page))
