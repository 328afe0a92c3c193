"""Sending one file exactly once, with a line in the journal before and after.

An upload carries no stamp, so one whose answer was lost is looked up by its name and size among
the uploads that were not there before.
"""

from collections.abc import Collection

from asstctl.model.actual import Upload
from asstctl.model.file import Content, is_like, is_named
from asstctl.sync.exactly_once import create_once
from asstctl.sync.ports import Account, AccountError, OnBytes
from asstctl.sync.uploads.journal import UploadJournal


async def send_once(
    account: Account,
    content: Content,
    name: str,
    on_bytes: OnBytes,
    *,
    known: Collection[str],
    journal: UploadJournal,
    since: float,
) -> Upload:
    """Send one file exactly once, whatever happens to the answer.

    ``known`` are the ids of uploads that are something else: those that were there before, and
    those that were made meanwhile. It is read when it is needed. ``journal`` is told before and
    after each try. ``since`` is the time (Unix, seconds, of the account's clock) of the newest
    upload that was there before. Raises AccountError.
    """
    entry = ""

    async def send() -> Upload:
        nonlocal entry
        entry = journal.begin(content, name, since=since)
        try:
            return await account.upload(content, name, on_bytes)
        except AccountError as error:
            if not error.outcome_unknown:
                journal.abandon(entry)
            raise

    async def find() -> Upload | None:
        candidates = (
            item
            for item in await account.list_uploads() or ()
            if item.id not in known and item.bytes == content.bytes and is_like(item.filename, name)
        )

        def fitness(item: Upload) -> tuple[bool, float]:
            return is_named(item.filename, name), item.created_at

        return max(candidates, key=fitness, default=None)

    upload = await create_once(send, find)
    journal.made(entry, upload)
    return upload
