"""The numbered events of a response."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from asstctl.emulator.responses import state
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import RESPONSES
from asstctl.emulator.work.bus import Bus, Event, encode

_FOREIGN_POLL_SECONDS = 0.05


class EventLog:
    """Publishes the events of a response; a ``kept`` log can be read again from any of them."""

    def __init__(self, storage: Storage, bus: Bus, response_id: str, *, kept: bool) -> None:
        self._storage = storage
        self._bus = bus
        self._id = response_id
        self._kept = kept
        self._next = _last(storage, response_id) + 1 if kept else 0

    def publish(self, kind: str, **fields: Any) -> None:
        """Number an event and hand it out."""
        self.tell(self.keep(kind, **fields))

    def keep(self, kind: str, **fields: Any) -> Event:
        """Number an event and keep it, in the transaction that is held if there is one."""
        body = {"type": kind, "sequence_number": self._next} | fields
        if self._kept:
            with self._storage.write() as writer:
                writer.connection.execute(
                    "INSERT INTO response_events (response_id, number, event) "
                    "SELECT id, ?, ? FROM responses WHERE id = ?",
                    (self._next, encode(kind, body), self._id),
                )
        return kind, body

    def tell(self, event: Event) -> None:
        """Hand out an event that is kept."""
        self._next += 1
        self._bus.publish(self._id, event)


def _last(storage: Storage, response_id: str) -> int:
    row = storage.database.row(
        "SELECT max(number) AS last FROM response_events WHERE response_id = ?", (response_id,)
    )
    return -1 if row is None or row["last"] is None else int(row["last"])


async def replay(storage: Storage, bus: Bus, response_id: str, after: int) -> AsyncIterator[bytes]:
    """Give the kept events that follow number ``after``, then those to come, until the last.

    The file is read again and again, because another process may be the one that works.
    """
    queue = bus.listen(response_id)
    try:
        while True:
            found = RESPONSES.find(storage.database, response_id)
            rows = storage.database.rows(
                "SELECT number, event FROM response_events WHERE response_id = ? AND number > ? "
                "ORDER BY number",
                (response_id, after),
            )
            for row in rows:
                after = row["number"]
                yield bytes(row["event"])
            if found is None or found["status"] not in state.ACTIVE:
                return
            await _something(queue)
    finally:
        bus.forget(response_id, queue)


async def _something(queue: "asyncio.Queue[bytes | None]") -> None:
    """Wait until something was published here, or for a moment."""
    try:
        await asyncio.wait_for(queue.get(), _FOREIGN_POLL_SECONDS)
    except TimeoutError:
        return
