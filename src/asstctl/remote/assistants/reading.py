"""Wire → model: tolerant of everything that servers of this protocol get wrong."""

from collections.abc import Mapping
from typing import Final

from asstctl.model.actual import FileCounts, IndexStatus, Upload
from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec
from asstctl.remote.wire.failures import garbage
from asstctl.sync.ports import RemoteAssistant, RemoteFile, RemoteStore

_MILLISECONDS: Final = 1e11
"""A time stamp above this is in milliseconds: as seconds it would be the year 5138."""


def as_object(value: JsonValue) -> JsonObject:
    """The value when it is a JSON object. Raises AccountError for anything else."""
    if isinstance(value, Mapping):
        return value
    raise garbage(type(value).__name__ if value is not None else "nothing")


def read_assistant(value: JsonValue) -> RemoteAssistant:
    """An assistant object."""
    body = as_object(value)
    resources = _object(body.get("tool_resources"))
    code_interpreter = _object(resources.get("code_interpreter"))
    file_search = _object(resources.get("file_search"))
    spec = AssistantSpec(
        model=_text(body.get("model")) or "",
        name=_text(body.get("name")),
        description=_text(body.get("description")),
        instructions=_text(body.get("instructions")),
        tools=tuple(tool for item in _list(body.get("tools")) for tool in _read_tool(item)),
        code_files=tuple(map(str, _list(code_interpreter.get("file_ids")))),
        vector_store=next(map(str, _list(file_search.get("vector_store_ids"))), None),
        temperature=_number(body.get("temperature")),
        top_p=_number(body.get("top_p")),
        response_format=body.get("response_format"),
        reasoning_effort=_text(body.get("reasoning_effort")),
        metadata=read_metadata(body.get("metadata")),
    )
    return RemoteAssistant(id=_id(body), spec=spec, created_at=_time(body))


def read_store(value: JsonValue) -> RemoteStore:
    """A vector store object."""
    body = as_object(value)
    expires = _object(body.get("expires_after"))
    days = _number(expires.get("days"))
    counts = _object(body.get("file_counts"))
    spec = VectorStoreSpec(
        name=_text(body.get("name")),
        expires_after_days=int(days) if days else None,
        metadata=read_metadata(body.get("metadata")),
    )
    return RemoteStore(
        id=_id(body),
        spec=spec,
        counts=FileCounts(**{name: _count(counts.get(name)) for name in _COUNTS}),
        expired=body.get("status") == "expired",
        created_at=_time(body),
    )


def read_store_file(value: JsonValue) -> RemoteFile:
    """A file inside a vector store. Servers that report no status have indexed it."""
    body = as_object(value)
    status = _text(body.get("status")) or IndexStatus.COMPLETED
    error = _object(body.get("last_error"))
    reason = ": ".join(filter(None, (_text(error.get("code")), _text(error.get("message")))))
    return RemoteFile(
        id=_id(body),
        status=IndexStatus(status) if status in _STATUSES else IndexStatus.IN_PROGRESS,
        attributes={
            name: item
            for name, item in _object(body.get("attributes")).items()
            if isinstance(item, str | float | bool | int)
        },
        chunking=_read_chunking(body.get("chunking_strategy")),
        error=reason or None,
        created_at=_time(body),
    )


def read_upload(value: JsonValue) -> Upload:
    """A file object."""
    body = as_object(value)
    return Upload(
        id=_id(body),
        filename=_text(body.get("filename")) or "",
        bytes=_count(body.get("bytes")),
        purpose=_text(body.get("purpose")) or "",
        created_at=_time(body),
    )


def read_metadata(value: JsonValue) -> dict[str, str]:
    """Metadata pairs; null is none, and what is not a string is read as its text."""
    return {name: str(item) for name, item in _object(value).items() if item is not None}


def _read_tool(value: JsonValue) -> tuple[Tool, ...]:
    """One tool; none for a kind that asstctl does not know, such as a server's own."""
    body = _object(value)
    match body.get("type"):
        case "code_interpreter":
            return (CodeInterpreter(),)
        case "file_search" | "retrieval":
            options = _object(body.get("file_search"))
            ranking = _object(options.get("ranking_options"))
            results = _number(options.get("max_num_results"))
            return (
                FileSearch(
                    max_num_results=int(results) if results else None,
                    ranker=_text(ranking.get("ranker")),
                    score_threshold=_number(ranking.get("score_threshold")),
                ),
            )
        case "function":
            function = _object(body.get("function"))
            strict = function.get("strict")
            return (
                Function(
                    name=_text(function.get("name")) or "",
                    description=_text(function.get("description")),
                    parameters=_object(function.get("parameters")) or None,
                    strict=strict if isinstance(strict, bool) else None,
                ),
            )
        case _:
            return ()


def _read_chunking(value: JsonValue) -> Chunking:
    body = _object(value)
    static = _object(body.get("static"))
    size, overlap = (
        _number(static.get(name)) for name in ("max_chunk_size_tokens", "chunk_overlap_tokens")
    )
    if body.get("type") != "static" or size is None or overlap is None:
        return AUTO_CHUNKING
    return Chunking(int(size), int(overlap))


def _id(body: JsonObject) -> str:
    identifier = body.get("id")
    if isinstance(identifier, str) and identifier:
        return identifier
    raise garbage("an object without an id")


def _time(body: JsonObject) -> float:
    created = _number(body.get("created_at")) or 0.0
    return created / 1000 if created > _MILLISECONDS else created


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list) else []


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: JsonValue) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(value: JsonValue) -> int:
    return int(_number(value) or 0)


_COUNTS: Final = ("total", "completed", "in_progress", "failed", "cancelled")
_STATUSES: Final = frozenset(IndexStatus)
