"""SHA-256 of the project's files, in threads, a block at a time."""

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Final

from asstctl.errors import AsstctlError
from asstctl.model.desired import Contents
from asstctl.model.file import Content, LocalFile

_BATCH: Final = 64


async def hash_files(files: Iterable[LocalFile], *, parallelism: int) -> Contents:
    """Every file with its hash, by path. Raises AsstctlError when one cannot be read."""
    files = list(files)
    slots = asyncio.Semaphore(parallelism)

    async def some(batch: list[LocalFile]) -> list[Content]:
        async with slots:
            return await asyncio.to_thread(lambda: [hash_file(file) for file in batch])

    # Handing a small file to a thread costs more than hashing it: they go in batches.
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    hashed = await asyncio.gather(*map(some, batches))
    return {content.path: content for batch in hashed for content in batch}


def hash_file(file: LocalFile) -> Content:
    """One file with its hash. Its size is read anew: it may have changed since it was found."""
    try:
        with file.source.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            size = handle.tell()
    except OSError as error:
        raise AsstctlError(
            f"{file.path}: the file cannot be read",
            why=error.strerror or str(error),
            fix="Make the file readable, or take it out of the manifest.",
        ) from error
    return Content(LocalFile(file.path, file.source, size), sha256)
