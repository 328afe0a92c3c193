"""SHA-256 of the project's files, in threads, a block at a time."""

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Final

from asstctl.errors import AsstctlError
from asstctl.model.desired import Contents
from asstctl.model.file import Content, LocalFile

_BLOCK: Final = 256 * 1024
_LARGE: Final = 4 * _BLOCK


async def hash_files(files: Iterable[LocalFile], *, parallelism: int) -> Contents:
    """Every file with its hash, by path; ``parallelism`` is the number of threads.

    Hashing a large block releases the interpreter's lock, so large files share the cores. Threads
    that hash small files would only wait for that lock: one of them takes them all. Raises
    AsstctlError when a file cannot be read.
    """
    small: list[LocalFile] = []
    batches = [small]
    for file in files:
        if file.bytes < _LARGE:
            small.append(file)
        else:
            batches.append([file])
    slots = asyncio.Semaphore(parallelism)

    async def some(batch: list[LocalFile]) -> list[Content]:
        async with slots:
            return await asyncio.to_thread(lambda: [hash_file(file) for file in batch])

    hashed = await asyncio.gather(*map(some, batches))
    return {content.path: content for batch in hashed for content in batch}


def hash_file(file: LocalFile) -> Content:
    """One file with its hash. Its size is read anew: it may have changed since it was found.

    Raises AsstctlError when it cannot be read.
    """
    sha256, size = hashlib.sha256(), 0
    try:
        with file.source.open("rb", buffering=0) as handle:
            while block := handle.read(_BLOCK):
                sha256.update(block)
                size += len(block)
    except OSError as error:
        raise AsstctlError(
            f"{file.path}: the file cannot be read",
            why=error.strerror or str(error),
            fix="Make the file readable, or take it out of the manifest.",
        ) from error
    return Content(LocalFile(file.path, file.source, size), sha256.hexdigest())
