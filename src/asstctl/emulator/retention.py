"""Deleting threads that nobody used for long, and giving their room back to the disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import THREADS

_DAY = 86400
_EVERY_SECONDS = 3600
_AT_ONCE = 50


async def expire_threads(storage: Storage, days: int) -> int:
    """Delete the threads whose last message and run are older than ``days``; gives how many.

    No run is active that long: it expires ten minutes after its creation.
    """
    deleted = 0
    while found := _due(storage, days):
        with storage.write() as writer:
            for thread_id in found:
                THREADS.delete(writer.connection, thread_id)
        deleted += len(found)
        await asyncio.sleep(0)  # others come between two portions
    return deleted


def _due(storage: Storage, days: int) -> list[str]:
    made = storage.database.number("created_at")
    unused = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} WHERE thread_id = t.id AND {made} >= ?)"  # noqa: S608
        for table in ("messages", "runs")
    )
    before = storage.now - days * _DAY
    rows = storage.database.rows(
        f"SELECT id FROM threads t WHERE {made} < ? AND {unused} LIMIT {_AT_ONCE}",  # noqa: S608
        (before, before, before),
    )
    return [row["id"] for row in rows]


@asynccontextmanager
async def retention(storage: Storage, days: int | None) -> AsyncIterator[None]:
    """Expire threads at once and every hour, while this is open; None keeps them for ever.

    The room is given back at the beginning only: nobody can write meanwhile.
    """
    if days is None:
        yield
        return
    await expire_threads(storage, days)
    storage.database.compact()
    task = asyncio.create_task(_again(storage, days))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _again(storage: Storage, days: int) -> None:
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        await expire_threads(storage, days)
