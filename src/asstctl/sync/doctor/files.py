"""Whether files can be sent, listed, and put into vector stores, tried with a probe of each."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from asstctl.model.file import Content, LocalFile
from asstctl.model.stamp import PROBE
from asstctl.sync.doctor.check import Check, Needs, Verdict, skipped
from asstctl.sync.ports import Account, AccountError, Failure, FileToAttach, NotKeptError
from asstctl.sync.probe import PROBE_FILE, Cleanup, store_probe, upload_probe
from asstctl.text import words

_TEXT: Final = b"A probe of asstctl. It is safe to delete.\n"


async def check_uploads(account: Account, needs: Needs) -> Check:
    """Whether the account tells what was sent to it."""
    if not needs.uploads:
        return skipped("uploads", "no manifest has files")
    try:
        uploads = await account.list_uploads()
    except AccountError as error:
        return Check("uploads", Verdict.FAILED, f"not usable: {error.one_line}", error.fix)
    if uploads is None:
        return Check(
            "uploads",
            Verdict.WARNING,
            "not listed, or not all of them",
            "`gc` finds nothing here, and an upload that somebody deletes is not noticed.",
        )
    return Check("uploads", Verdict.OK, f"listed, {words.count(len(uploads), 'upload')}")


async def check_store_files(account: Account, needs: Needs, cleanup: Cleanup) -> Check:
    """Whether a vector store can be made, given a file, looked into, and relieved of it."""
    if not needs.stores:
        return skipped("store files", "no manifest needs vector stores")
    try:
        async with store_probe(account, {PROBE: needs.project}, cleanup) as store:
            await account.list_store_files(store.id)
            if needs.store_files:
                await _put_in_and_out(account, store.id, cleanup)
    except AccountError as error:
        return Check(
            "store files",
            Verdict.FAILED,
            error.one_line,
            error.fix
            or "Use a server with vector stores that hold files, or take file_search out "
            "for this target with `overrides`.",
        )
    done = "attached, listed and detached" if needs.store_files else "listed"
    return Check("store files", Verdict.OK, done)


async def _put_in_and_out(account: Account, store_id: str, cleanup: Cleanup) -> None:
    async with _content() as content, upload_probe(account, content, cleanup) as upload:
        await account.attach(store_id, [FileToAttach(file_id=upload.id)])
        shown = {file.id for file in await account.list_store_files(store_id)}
        if upload.id not in shown:
            raise NotKeptError(
                "a file that was attached to a vector store is not in its list",
                failure=Failure.UNSUPPORTED,
                why="Without that nobody can tell what a vector store holds.",
            )
        await account.detach(store_id, upload.id)


@asynccontextmanager
async def _content() -> AsyncIterator[Content]:
    with tempfile.TemporaryDirectory(prefix="asstctl-") as folder:
        source = Path(folder) / PROBE_FILE
        source.write_bytes(_TEXT)
        file = LocalFile(PROBE_FILE, source, len(_TEXT))
        yield Content(file, hashlib.sha256(_TEXT).hexdigest())
