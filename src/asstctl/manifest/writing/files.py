"""Files of an account in a manifest: which it can name, how, and a word on the others."""

from pathlib import PurePosixPath

from asstctl.manifest.files.project_files import MAX_UPLOAD_BYTES
from asstctl.manifest.kinds.vector_store import SEARCHABLE
from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.writing.draft import Draft
from asstctl.model.pulled import PulledFile
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking


def unusable(file: PulledFile, most: int = MAX_UPLOAD_BYTES) -> str:
    """Why a manifest cannot name a file, of ``most`` bytes; nothing when it can."""
    if file.path is None:
        return file.problem or "not downloaded"
    if not file.bytes:
        return "there is nothing in it"
    if file.bytes > most:
        return f"larger than {most // 2**20} MB"
    return ""


def unsearchable(file: PulledFile) -> str:
    """Why the files of a store cannot name a file; nothing when they can."""
    if problem := unusable(file):
        return problem
    ending = PurePosixPath(file.path or "").suffix.lower().lstrip(".")
    return "" if ending in SEARCHABLE else "file_search does not read such files"


def comment(draft: Draft, about: str, missing: list[tuple[PulledFile, str]]) -> None:
    """Name above a field what it cannot name, and why."""
    if missing:
        lines = [f"  {described(file, problem)}" for file, problem in missing]
        draft.comments[about] = ["Not here:", *lines]


def described(file: PulledFile, problem: str) -> str:
    """A file that a manifest cannot name, for a comment."""
    where = "" if file.path is None else f", kept as {file.path}"
    return f"{file.name or 'a file without a name'} ({file.bytes:,} bytes{where}): {problem}"


def entry(file: PulledFile, chunking: Chunking, usual: Chunking) -> Plain:
    """A file of a store, with the way that it is cut unless that is the usual one."""
    if chunking == usual:
        return file.path
    return {"path": file.path, "chunking_strategy": strategy(chunking)}


def strategy(chunking: Chunking) -> Plain:
    """A ``chunking_strategy``."""
    if chunking.is_default:
        return "auto"
    sizes: Fields = {
        "max_chunk_size_tokens": chunking.max_chunk_size_tokens,
        "chunk_overlap_tokens": chunking.chunk_overlap_tokens,
    }
    return {"type": "static", "static": sizes}


def valid(draft: Draft, chunking: Chunking) -> Chunking:
    """How files are cut, as far as a manifest may say it."""
    size, overlap = chunking.max_chunk_size_tokens, chunking.chunk_overlap_tokens
    if 100 <= size <= 4096 and 0 <= overlap * 2 <= size:
        return chunking
    remark = f"chunking_strategy: {size}/{overlap} tokens are out of range."
    if remark not in draft.remarks:
        draft.remarks.append(remark)
    return AUTO_CHUNKING
