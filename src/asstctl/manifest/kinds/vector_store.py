"""A vector store's manifest, checked by its schema already, turned into what should exist."""

from pathlib import PurePosixPath

from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.kinds.common import join, lifecycle_of
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.canonical import STORE_FIELDS
from asstctl.model.desired import DesiredFile, DesiredStore
from asstctl.model.file import LocalFile
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking, VectorStoreSpec

SEARCHABLE = frozenset(
    {"c", "cpp", "cs", "css", "doc", "docx", "go", "html", "java", "js", "json", "md", "pdf"}
    | {"php", "pptx", "py", "rb", "sh", "tex", "ts", "txt"}
)
"""The endings of files that file_search reads."""


def store_of(
    finder: FileFinder, value: types.VectorStore, document: Document, key: str
) -> DesiredStore:
    """The store that a document describes; ``value`` is what it is for a target."""
    expires = value.get("expires_after")
    return DesiredStore(
        key=key,
        spec=VectorStoreSpec(
            name=value.get("name"),
            expires_after_days=int(expires["days"]) if expires else None,
            metadata=value.get("metadata") or {},
        ),
        store_files=store_files(finder, value, ()),
        lifecycle=lifecycle_of(finder.reporter, value.get("lifecycle"), STORE_FIELDS),
        previously=tuple(value.get("previously") or ()),
        location=document.location,
    )


def store_files(
    finder: FileFinder, holder: types.VectorStore | types.FileSearch, path: Path
) -> tuple[DesiredFile, ...]:
    """The ``files`` of a store, by path, each with the ``chunking_strategy`` that holds for it.

    When two entries name one file, one with a strategy of its own decides over one without, and
    a later one over an earlier one.
    """
    reporter = finder.reporter
    general = chunking_of(
        reporter, holder.get("chunking_strategy"), join(path, "chunking_strategy")
    )
    files: dict[str, LocalFile] = {}
    own: dict[str, Chunking] = {}
    for i, entry in indexed(holder.get("files") or []):
        where = join(path, "files", i)
        chunking = None
        if isinstance(entry, str):
            pattern = entry
        else:
            strategy = entry.get("chunking_strategy")
            if strategy is not None:
                chunking = chunking_of(reporter, strategy, join(where, "chunking_strategy"))
            pattern, where = entry["path"], join(where, "path")
        for file in finder.uploads(pattern, where):
            if _is_searchable(reporter, file, where, pattern):
                files[file.path] = file
                if chunking is not None:
                    own[file.path] = chunking
    return tuple(DesiredFile(files[name], own.get(name, general)) for name in sorted(files))


def chunking_of(reporter: Reporter, value: types.ChunkingStrategy, path: Path) -> Chunking:
    """How to cut files, from a ``chunking_strategy``; auto when there is none."""
    if not isinstance(value, dict) or value["type"] == "auto":
        return AUTO_CHUNKING
    sizes = value["static"]
    size, overlap = int(sizes["max_chunk_size_tokens"]), int(sizes["chunk_overlap_tokens"])
    if overlap * 2 > size:
        detail = f"It is {overlap}; at most half of max_chunk_size_tokens is allowed: {size // 2}."
        where = join(path, "static", "chunk_overlap_tokens")
        reporter.report(codes.OUT_OF_RANGE, where, "chunk_overlap_tokens", detail=detail)
    return Chunking(size, overlap)


def check_searchable(reporter: Reporter, file: LocalFile, path: Path) -> None:
    """Report a file that file_search cannot read."""
    _is_searchable(reporter, file, path, file.path)


def _is_searchable(reporter: Reporter, file: LocalFile, path: Path, entry: str) -> bool:
    ending = PurePosixPath(file.path).suffix.lower().lstrip(".")
    if ending not in SEARCHABLE:
        what = f"Files that end in .{ending}" if ending else "Files without an ending"
        detail = f"{what} are not read; {', '.join(sorted(SEARCHABLE))} are."
        fix = ""
        if entry != file.path:
            fix = f"Narrow the glob, as in {entry.rpartition('/')[0] or '.'}/*.md."
        reporter.report(codes.UNSUPPORTED_FILE_TYPE, path, file.path, detail=detail, fix=fix)
        return False
    return True
