"""Wire → model for stores and uploads: tolerant of everything that servers get wrong."""

from collections.abc import Mapping
from typing import Final

from asstctl.model.actual import FileCounts, IndexStatus, Upload
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec
from asstctl.remote.storage import values
from asstctl.remote.wire.failures import garbage
from asstctl.sync.ports import RemoteFile, RemoteStore


def as_object(value: JsonValue) -> JsonObject:
    """The value when it is a JSON object. Raises AccountError for anything else."""
    if isinstance(value, Mapping):
        return value
    raise garbage(type(value).__name__ if value is not None else "nothing")


def read_store(value: JsonValue) -> RemoteStore:
    """A vector store object. Raises AccountError without an id."""
    body = as_object(value)
    expires = values.mapping(body.get("expires_after"))
    counts = values.mapping(body.get("file_counts"))
    spec = VectorStoreSpec(
        name=values.text(body.get("name")),
        expires_after_days=values.count(expires.get("days")) or None,
        metadata=read_metadata(body.get("metadata")),
    )
    return RemoteStore(
        id=read_id(body),
        spec=spec,
        counts=FileCounts(**{name: values.count(counts.get(name)) for name in _COUNTS}),
        expired=body.get("status") == "expired",
        created_at=values.seconds(body.get("created_at")),
    )


def read_store_file(value: JsonValue) -> RemoteFile:
    """A file inside a vector store. Raises AccountError without an id.

    Servers that report no status have indexed the file; an unknown status counts as in progress.
    """
    body = as_object(value)
    status = values.text(body.get("status")) or IndexStatus.COMPLETED
    error = values.mapping(body.get("last_error"))
    reason = ": ".join(
        filter(None, (values.text(error.get("code")), values.text(error.get("message"))))
    )
    return RemoteFile(
        id=read_id(body),
        status=IndexStatus(status) if status in _STATUSES else IndexStatus.IN_PROGRESS,
        attributes=_read_attributes(body.get("attributes")),
        chunking=_read_chunking(body.get("chunking_strategy")),
        error=reason or None,
        created_at=values.seconds(body.get("created_at")),
    )


def read_upload(value: JsonValue) -> Upload:
    """A file object. Raises AccountError without an id."""
    body = as_object(value)
    return Upload(
        id=read_id(body),
        filename=values.text(body.get("filename")) or "",
        bytes=values.count(body.get("bytes")),
        purpose=values.text(body.get("purpose")) or "",
        created_at=values.seconds(body.get("created_at")),
    )


def _read_attributes(value: JsonValue) -> dict[str, str | float | bool]:
    """A file's attributes, without values of a kind that the API does not have."""
    attributes: dict[str, str | float | bool] = {}
    for name, item in values.mapping(value).items():
        known = item if isinstance(item, str | bool) else values.number(item)
        if known is not None:
            attributes[name] = known
    return attributes


def read_metadata(value: JsonValue) -> dict[str, str]:
    """Metadata pairs; null is none, and what is not a string is read as its text."""
    return {name: str(item) for name, item in values.mapping(value).items() if item is not None}


def _read_chunking(value: JsonValue) -> Chunking:
    body = values.mapping(value)
    static = values.mapping(body.get("static"))
    size, overlap = (
        values.number(static.get(name))
        for name in ("max_chunk_size_tokens", "chunk_overlap_tokens")
    )
    if body.get("type") != "static" or size is None or overlap is None:
        return AUTO_CHUNKING
    return Chunking(int(size), int(overlap))


def read_id(body: JsonObject) -> str:
    """The id of an object. Raises AccountError when it has none."""
    identifier = body.get("id")
    if isinstance(identifier, str) and identifier:
        return identifier
    raise garbage("an object without an id")


_COUNTS: Final = ("total", "completed", "in_progress", "failed", "cancelled")
_STATUSES: Final = frozenset(IndexStatus)
