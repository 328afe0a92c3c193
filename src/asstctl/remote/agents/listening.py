"""Live events of a session, heard in a task of their own, so that silence can be noticed.

They are told once, to whoever listens at that moment, and sometimes twice; a stream never ends by
itself. So nothing here is the truth: it shows text early, and says when to look.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.json import JsonObject
from asstctl.remote.agents.decode_sessions import is_root
from asstctl.remote.storage import values
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.sdk import sdk_stream
from asstctl.remote.wire.wire import Wire

_OPENING: Final = 3.0
"""Seconds that a stream gets to begin. Some servers do not answer before there is an event."""
_DELTA: Final = "agent.session.turn.output_text.delta"
_TELLING: Final = frozenset(
    {
        "error",
        "agent.session.idle",
        "agent.session.failed",
        "agent.session.requires_action",
        "agent.session.turn.completed",
        "agent.session.turn.failed",
        "agent.session.turn.cancelled",
    }
)
"""Events after which a look at what is saved is worth while."""


class Listener:
    """The events of one stream, each once, as they come."""

    def __init__(self, wire: Wire, path: str, body: JsonObject | None) -> None:
        self._wire, self._path, self._body = wire, path, body
        self._opened = asyncio.Event()
        self._heard: asyncio.Queue[JsonObject | None] = asyncio.Queue()
        self._seen: set[str] = set()
        self._task = asyncio.ensure_future(self._listen())
        self.is_over = False

    async def next(self, seconds: float) -> JsonObject | None:
        """The next event; None when there is none in time, and when there will be no more."""
        if self.is_over:
            return None
        try:
            event = await asyncio.wait_for(self._heard.get(), seconds)
        except TimeoutError:
            return None
        self.is_over = event is None
        return event

    async def first_session(self) -> JsonObject:
        """The session that the first event shows. Raises AccountError when there is none."""
        event = await self._heard.get()
        if event is None:
            self.is_over = True
            await self._task
            raise garbage("a stream without a word about the session")
        return values.mapping(event.get("session"))

    async def until_open(self) -> None:
        """Wait until the server listens too, as far as it tells."""
        opening = asyncio.ensure_future(self._opened.wait())
        try:
            await asyncio.wait(
                (opening, self._task), timeout=_OPENING, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            opening.cancel()

    async def close(self) -> None:
        """Stop listening."""
        self._task.cancel()
        await asyncio.wait((self._task,))
        if not self._task.cancelled():
            self._task.exception()  # a stream that breaks off is made good by what is saved

    async def _listen(self) -> None:
        try:
            async with sdk_stream(self._wire, self._path, self._body) as events:
                self._opened.set()
                async for event in events:
                    if isinstance(event, Mapping) and self._is_new(event):
                        self._heard.put_nowait(event)
        finally:
            self._heard.put_nowait(None)

    def _is_new(self, event: JsonObject) -> bool:
        event_id = values.text(event.get("event_id"))
        if event_id is None:
            return True
        is_new = event_id not in self._seen
        self._seen.add(event_id)
        return is_new


@asynccontextmanager
async def listening(
    wire: Wire, path: str, body: JsonObject | None = None
) -> AsyncIterator[Listener]:
    """Hear what happens in a session, or in the one that posting ``body`` makes."""
    listener = Listener(wire, path, body)
    try:
        yield listener
    finally:
        await listener.close()


@dataclass(slots=True)
class Ear:
    """Understands events, as far as it matters here."""

    _commentary: set[str] = field(default_factory=set)

    def token(self, event: JsonObject, turn: JsonObject | None) -> str:
        """The piece of a turn's reply that an event brings; empty when it brings none."""
        item = values.mapping(event.get("item"))
        if item.get("phase") == "commentary":
            self._commentary.add(values.text(item.get("id")) or "")
        is_mine = turn is not None and event.get("turn_id") == turn.get("id")
        if event.get("type") != _DELTA or not is_mine or event.get("item_id") in self._commentary:
            return ""
        return values.text(event.get("delta")) or ""

    def calls_for_a_look(self, event: JsonObject) -> bool:
        """Whether the turn may have ended, or the session may wait for something."""
        return event.get("type") in _TELLING

    def begun_turn(self, event: JsonObject) -> JsonObject | None:
        """The turn that an event shows as new; None for those of subagents."""
        turn = values.mapping(event.get("turn"))
        return turn if turn.get("id") and is_root(turn) else None
