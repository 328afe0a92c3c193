"""SHA-256 of the project's files, in threads, a block at a time."""

import asyncio
import hashlib
from collections.abc import Iterable

from asstctl.errors import AsstctlError
from asstctl.model.desired import Contents
from asstctl.model.file import Content, LocalFile


async def hash_files(files: Iterable[LocalFile], *, parallelism: int) -> Contents:
    """Every file with its hash, by path. Raises AsstctlError when one cannot be read."""
    slots = asyncio.Semaphore(parallelism)

    async def one(file: LocalFile) -> Content:
        async with slots:
            return await asyncio.to_thread(hash_file, file)

    contents = await asyncio.gather(*map(one, files))
    return {content.path: content for content in contents}


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
