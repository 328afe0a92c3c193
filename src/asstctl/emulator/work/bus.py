"""Server-sent events of work in progress: who listens, and how they are written."""

import asyncio
import json
from collections.abc import AsyncIterator

from asstctl.emulator.store.collections import Body
from asstctl.emulator.work.elsewhere import Elsewhere

Event = tuple[str, Body]
Queue = asyncio.Queue[bytes | None]


class Bus:
    """Hands the events of a piece of work to the requests that stream it, here or elsewhere."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self._listeners: dict[str, list[Queue]] = {}
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many streams somebody reads."""
        return sum(map(len, self._listeners.values()))

    def listen(self, work_id: str) -> Queue:
        """Begin to collect the events of some work in a queue; None in it marks the end."""
        queue: Queue = asyncio.Queue()
        if self._closed:
            queue.put_nowait(None)
            return queue
        if work_id not in self._listeners:
            self._elsewhere.want(work_id)
        self._listeners.setdefault(work_id, []).append(queue)
        return queue

    def publish(self, work_id: str, *events: Event) -> None:
        """Put events into every queue of the work, encoded now: later changes do not show."""
        wanted = self._elsewhere.wanted(work_id)
        if not wanted and work_id not in self._listeners:
            return
        for name, body in events:
            encoded = encode(name, body)
            self.deliver(work_id, encoded)
            if wanted:
                self._elsewhere.send(work_id, encoded)

    def deliver(self, work_id: str, event: bytes) -> None:
        """Put an event into every queue of the work that is read here."""
        for queue in self._listeners.get(work_id, ()):
            queue.put_nowait(event)

    def end(self, work_id: str) -> None:
        """End the streams of some work, here and elsewhere."""
        self._elsewhere.end(work_id)
        self.ended(work_id)

    def ended(self, work_id: str) -> None:
        """End the streams of some work that are read here."""
        queues = self._listeners.pop(work_id, [])
        for queue in queues:
            queue.put_nowait(None)
        if queues:
            self._elsewhere.leave(work_id)

    def close(self) -> None:
        """End all streams; those that are begun later end at once."""
        self._closed = True
        for work_id in tuple(self._listeners):
            self.ended(work_id)

    def forget(self, work_id: str, queue: Queue) -> None:
        """Stop collecting events in a queue."""
        queues = self._listeners.get(work_id, [])
        if queue in queues:
            queues.remove(queue)
            if not queues:
                del self._listeners[work_id]
                self._elsewhere.leave(work_id)

    async def follow(self, work_id: str, queue: Queue, *first: Event) -> AsyncIterator[bytes]:
        """Give some events, then those of the queue until its end."""
        try:
            for name, body in first:
                yield encode(name, body)
            while (event := await queue.get()) is not None:
                yield event
                # A listener who left is noticed only when the loop gets to it.
                await asyncio.sleep(0)
        finally:
            self.forget(work_id, queue)


def encode(name: str, body: Body) -> bytes:
    """Write one event."""
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n".encode()
