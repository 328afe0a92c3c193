"""What the tools of an assistant, a thread or a run work on: files and vector stores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from asstctl.emulator.errors import bad_request
from asstctl.emulator.indexer import chunking
from asstctl.emulator.requests.common import (
    CreateFileSearchResources,
    CreateToolResources,
    InlineStore,
    ToolResources,
)
from asstctl.emulator.store import files, vectors
from asstctl.emulator.store.collections import VECTOR_STORES, Body
from asstctl.emulator.store.database import Connection, Database
from asstctl.emulator.text.extract import SUPPORTED, extension


@dataclass(slots=True)
class Writer:
    """One write transaction: what it needs to know, and the files to index once it is committed."""

    connection: Connection
    database: Database
    owner: str
    now: int
    to_index: list[tuple[str, str]] = field(default_factory=list)

    def attach(
        self, store_id: str, entries: Iterable[vectors.Entry], batch_id: str | None = None
    ) -> None:
        """Put files into a store, and note which of them are to be indexed after the commit."""
        self.to_index += vectors.attach(
            self.connection,
            self.database,
            store_id,
            entries,
            now=self.now,
            owner=self.owner,
            batch_id=batch_id,
        )


def check_files(database: Database, file_ids: Sequence[str], param: str) -> dict[str, str]:
    """Give the names of files by id. Raises ApiError (400, at ``param``) when one is missing."""
    names = files.filenames(database, file_ids)
    missing = [file_id for file_id in file_ids if file_id not in names]
    if missing:
        listed = ", ".join(f"'{file_id}'" for file_id in missing[:5])
        raise bad_request(f"No file found with id {listed}.", param, "invalid_value")
    return names


def check_searchable(database: Database, file_ids: Sequence[str], param: str) -> None:
    """Raise ApiError (400, at ``param``) for files that a vector store cannot take.

    That is decided by their extensions.
    """
    names = check_files(database, file_ids, param)
    wrong = sorted({extension(name) for name in names.values()} - SUPPORTED)
    if wrong:
        listed = ", ".join(f".{suffix}" if suffix else "none" for suffix in wrong)
        raise bad_request(
            f"Files with extensions [{listed}] are not supported for retrieval. Supported are: "
            f"{', '.join(sorted(SUPPORTED))}.",
            param,
            "unsupported_file",
        )


def entries(
    file_ids: Iterable[str], strategy: Body | None = None, attributes: Body | None = None
) -> list[vectors.Entry]:
    """Describe files that are attached with the same chunking and attributes."""
    return [
        vectors.Entry(file_id, chunking(strategy), attributes)
        for file_id in dict.fromkeys(file_ids)
    ]


def apply(
    writer: Writer,
    params: CreateToolResources | ToolResources | None,
    *,
    kept: Body | None = None,
    store_policy: Body | None = None,
) -> Body:
    """Give tool resources as they are stored; inline vector stores are created on the way.

    A tool that ``params`` does not name keeps what it has in ``kept``: an update with only
    ``file_search`` leaves the code interpreter's files alone. Raises ApiError (400) for files and
    stores that do not exist. ``store_policy`` is the ``expires_after`` of the created stores.
    """
    resources: Body = dict(kept or {})
    if params is None:
        return resources
    if params.code_interpreter is not None:
        file_ids = params.code_interpreter.file_ids
        check_files(writer.database, file_ids, "tool_resources.code_interpreter.file_ids")
        resources["code_interpreter"] = {"file_ids": list(dict.fromkeys(file_ids))}
    if params.file_search is not None:
        store_ids = list(params.file_search.vector_store_ids)
        for store_id in store_ids:
            if VECTOR_STORES.find(writer.database, store_id) is None:
                raise bad_request(
                    f"No vector store found with id '{store_id}'.",
                    "tool_resources.file_search.vector_store_ids",
                    "invalid_value",
                )
        if isinstance(params.file_search, CreateFileSearchResources):
            store_ids += [
                _create(writer, inline, store_policy) for inline in params.file_search.vector_stores
            ]
        resources["file_search"] = {"vector_store_ids": store_ids}
    return resources


def _create(writer: Writer, inline: InlineStore, policy: Body | None) -> str:
    check_searchable(
        writer.database, inline.file_ids, "tool_resources.file_search.vector_stores[0].file_ids"
    )
    given: dict[str, Any] = inline.given()
    store = vectors.create(
        writer.connection, writer.now, metadata=inline.metadata, expires_after=policy
    )
    writer.attach(store["id"], entries(inline.file_ids, given.get("chunking_strategy")))
    return str(store["id"])


def store_ids(resources: Body) -> list[str]:
    """Give the vector stores that tool resources name."""
    return list((resources.get("file_search") or {}).get("vector_store_ids") or [])


def code_file_ids(resources: Body) -> list[str]:
    """Give the code interpreter's files that tool resources name."""
    return list((resources.get("code_interpreter") or {}).get("file_ids") or [])
