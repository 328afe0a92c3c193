"""The bytes of an upload: hashed, or saved to disk, a piece at a time, with up to three tries."""

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from asstctl.sync.ports import Account, AccountError

_TRIES: Final = 3


async def hash_upload(account: Account, upload_id: str) -> str | None:
    """SHA-256 of an upload's bytes; None when the account does not give them out.

    Raises AccountError.
    """
    return await _read(account, upload_id, None)


async def save_upload(account: Account, upload_id: str, path: Path) -> str | None:
    """Write an upload's bytes to ``path``; their SHA-256, or None when they are not given out.

    Raises AccountError, and OSError when the file cannot be written.
    """
    return await _read(account, upload_id, path)


async def _read(account: Account, upload_id: str, path: Path | None) -> str | None:
    for attempt in range(1, _TRIES + 1):
        try:
            return await _read_once(account, upload_id, path)
        except AccountError as error:
            if not error.transient or attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


async def _read_once(account: Account, upload_id: str, path: Path | None) -> str | None:
    sha256 = hashlib.sha256()
    async with account.download(upload_id) as pieces:
        if pieces is None:
            return None
        if path is None:
            async for piece in pieces:
                sha256.update(piece)
            return sha256.hexdigest()
        with path.open("wb") as file:
            async for piece in pieces:
                sha256.update(piece)
                await asyncio.to_thread(file.write, piece)
    return sha256.hexdigest()
