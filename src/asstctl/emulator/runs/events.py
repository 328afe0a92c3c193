"""Server-sent events of runs: who listens, and how they are written."""

import asyncio
import json
from collections.abc import AsyncIterator

from asstctl.emulator.store.collections import Body

Event = tuple[str, Body]


class Bus:
    """Hands the events of a run to the requests that stream it."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[asyncio.Queue[bytes | None]]] = {}

    def listen(self, run_id: str) -> asyncio.Queue[bytes | None]:
        """Begin to collect the events of a run in a queue; None in it marks the end."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners.setdefault(run_id, []).append(queue)
        return queue

    def publish(self, run_id: str, *events: Event) -> None:
        """Put events into every queue of the run, encoded now: later changes do not show."""
        queues = self._listeners.get(run_id)
        if not queues:
            return
        for name, body in events:
            encoded = encode(name, body)
            for queue in queues:
                queue.put_nowait(encoded)

    def end(self, run_id: str) -> None:
        """End the streams of a run."""
        for queue in self._listeners.pop(run_id, ()):
            queue.put_nowait(None)

    async def follow(
        self, run_id: str, queue: asyncio.Queue[bytes | None], *first: Event
    ) -> AsyncIterator[bytes]:
        """Give a response body: some events, then those of the queue, then ``done``."""
        try:
            for name, body in first:
                yield encode(name, body)
            while (event := await queue.get()) is not None:
                yield event
            yield b"event: done\ndata: [DONE]\n\n"
        finally:
            queues = self._listeners.get(run_id, [])
            if queue in queues:
                queues.remove(queue)


def encode(name: str, body: Body) -> bytes:
    """Write one event."""
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n".encode()
