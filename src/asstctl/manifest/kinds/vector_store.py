"""A vector store's manifest, checked by its schema already, turned into what should exist."""

from pathlib import PurePosixPath
from typing import Any

from asstctl.manifest import codes
from asstctl.manifest.document import Context, Document
from asstctl.manifest.kinds.common import join, lifecycle_of, previously_of
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path, Plain
from asstctl.model.canonical import STORE_FIELDS
from asstctl.model.desired import DesiredFile, DesiredStore
from asstctl.model.file import LocalFile
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec

SEARCHABLE = frozenset(
    {"c", "cpp", "cs", "css", "doc", "docx", "go", "html", "java", "js", "json", "md", "pdf"}
    | {"php", "pptx", "py", "rb", "sh", "tex", "ts", "txt"}
)
"""The endings of files that file_search reads."""


def store_of(ctx: Context, document: Document, key: str) -> DesiredStore:
    """The store that a document describes."""
    value = ctx.value
    expires = value.get("expires_after") or {}
    days = expires.get("days")
    return DesiredStore(
        key=key,
        spec=VectorStoreSpec(
            name=value.get("name"),
            expires_after_days=None if days is None else int(days),
            metadata=value.get("metadata") or {},
        ),
        store_files=store_files(ctx, value, ()),
        lifecycle=lifecycle_of(ctx, STORE_FIELDS),
        previously=previously_of(ctx),
        location=document.location,
    )


def store_files(ctx: Context, holder: dict[str, Any], path: Path) -> tuple[DesiredFile, ...]:
    """The ``files`` of a store, by path, each with the ``chunking_strategy`` that holds for it.

    When two entries name one file, one with a strategy of its own decides over one without, and
    a later one over an earlier one.
    """
    general = chunking_of(ctx, holder.get("chunking_strategy"), join(path, "chunking_strategy"))
    files: dict[str, LocalFile] = {}
    own: dict[str, Chunking] = {}
    for i, entry in indexed(holder.get("files") or []):
        where = join(path, "files", i)
        chunking = None
        if isinstance(entry, dict):
            strategy = entry.get("chunking_strategy")
            if strategy is not None:
                chunking = chunking_of(ctx, strategy, join(where, "chunking_strategy"))
            entry, where = entry["path"], join(where, "path")
        for file in ctx.uploads(entry, where):
            if _is_searchable(ctx, file, where, entry):
                files[file.path] = file
                if chunking is not None:
                    own[file.path] = chunking
    return tuple(DesiredFile(files[name], own.get(name, general)) for name in sorted(files))


def chunking_of(ctx: Context, value: Plain, path: Path) -> Chunking:
    """How to cut files, from a ``chunking_strategy``; auto when there is none."""
    if not isinstance(value, dict) or value["type"] == "auto":
        return AUTO_CHUNKING
    sizes = value["static"]
    size, overlap = int(sizes["max_chunk_size_tokens"]), int(sizes["chunk_overlap_tokens"])
    if overlap * 2 > size:
        detail = f"It is {overlap}; at most half of max_chunk_size_tokens is allowed: {size // 2}."
        where = join(path, "static", "chunk_overlap_tokens")
        ctx.report(codes.OUT_OF_RANGE, where, "chunk_overlap_tokens", detail=detail)
    return Chunking(size, overlap)


def check_searchable(ctx: Context, file: LocalFile, path: Path) -> None:
    """Report a file that file_search cannot read."""
    _is_searchable(ctx, file, path, file.path)


def _is_searchable(ctx: Context, file: LocalFile, path: Path, entry: str) -> bool:
    ending = PurePosixPath(file.path).suffix.lower().lstrip(".")
    if ending not in SEARCHABLE:
        what = f"Files that end in .{ending}" if ending else "Files without an ending"
        detail = f"{what} are not read; {', '.join(sorted(SEARCHABLE))} are."
        fix = ""
        if entry != file.path:
            fix = f"Narrow the glob, as in {entry.rpartition('/')[0] or '.'}/*.md."
        ctx.report(codes.UNSUPPORTED_FILE_TYPE, path, file.path, detail=detail, fix=fix)
        return False
    return True
