"""Model → wire for stores: request bodies that say everything they mean."""

from collections.abc import Iterable

from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import Chunking, VectorStoreSpec
from asstctl.sync.ports import FileToAttach


def store_body(spec: VectorStoreSpec, *, was: VectorStoreSpec | None = None) -> JsonObject:
    """The body that creates a vector store, or (with ``was``) that updates one.

    A name or an expiry that only ``was`` has is cleared.
    """
    body: dict[str, JsonValue] = {"metadata": dict(spec.metadata)}
    if spec.name is not None:
        body["name"] = spec.name
    elif was is not None and was.name is not None:
        body["name"] = ""
    if spec.expires_after_days is not None:
        body["expires_after"] = {"anchor": "last_active_at", "days": spec.expires_after_days}
    elif was is not None and was.expires_after_days is not None:
        body["expires_after"] = None
    return body


def batch_body(files: Iterable[FileToAttach]) -> JsonObject:
    """The body that attaches files, each with its own attributes and chunking."""
    return {"files": [_entry(file) for file in files]}


def _entry(file: FileToAttach) -> JsonObject:
    entry: dict[str, JsonValue] = {"file_id": file.file_id}
    if file.attributes:
        entry["attributes"] = dict(file.attributes)
    if not file.chunking.is_default:
        entry["chunking_strategy"] = _chunking(file.chunking)
    return entry


def _chunking(chunking: Chunking) -> JsonObject:
    return {
        "type": "static",
        "static": {
            "max_chunk_size_tokens": chunking.max_chunk_size_tokens,
            "chunk_overlap_tokens": chunking.chunk_overlap_tokens,
        },
    }
