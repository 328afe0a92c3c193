"""What the processes that share an account tell each other about their work.

Who streams a piece of work tells all others that it wants its events; whoever then works on it
sends them along. Who ends a piece of work tells the process that is at it to stop.
"""

import asyncio
import json
from typing import Any, Protocol

from asstctl.emulator.store.database import Peers

_PIECE = 1_800
"""Characters of an event in one message. As JSON they are less than what a message may hold."""


class Hearer(Protocol):
    """What happens elsewhere and matters here."""

    def delivered(self, work_id: str, event: bytes) -> None:
        """Hand on an event of work that is streamed here."""

    def ended(self, work_id: str) -> None:
        """End the streams of some work."""

    def stopped(self, work_id: str) -> None:
        """Stop working on what another process has ended."""

    def is_at(self, work_id: str) -> bool:
        """Tell whether it is done here."""


class Elsewhere:
    """The other processes, as this one's worker and bus see them. Silent until `begin`."""

    def __init__(self, peers: Peers, owner: str, hearer: Hearer) -> None:
        self._peers = peers
        self._owner = owner
        self._hearer = hearer
        self._wanted: dict[str, set[str]] = {}
        self._wants: set[str] = set()
        self._parts: dict[tuple[str, str], str] = {}

    def begin(self) -> None:
        """Hear the others from now on, in the event loop that runs."""
        loop = asyncio.get_running_loop()
        self._peers.hear(lambda message: loop.call_soon_threadsafe(self._heard, message))
        self._tell("hello")

    def want(self, work_id: str) -> None:
        """Ask for the events of some work, wherever it is done."""
        self._wants.add(work_id)
        self._tell("want", work_id)

    def leave(self, work_id: str) -> None:
        """Ask for them no more."""
        self._wants.discard(work_id)
        self._tell("leave", work_id)

    def wanted(self, work_id: str) -> bool:
        """Tell whether another process asks for the events of some work."""
        return work_id in self._wanted

    def send(self, work_id: str, event: bytes) -> None:
        """Give an event to the others, in as many messages as it takes."""
        text = event.decode()
        pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
        for number, piece in enumerate(pieces, start=1):
            self._tell("event", work_id, text=piece, more=number < len(pieces))

    def end(self, work_id: str) -> None:
        """Tell that no more events of some work come."""
        if self._wanted.pop(work_id, None):
            self._tell("end", work_id)

    def stop(self, work_id: str) -> None:
        """Have whoever works on it stop: it has ended."""
        self._tell("stop", work_id)

    def forget_dead(self) -> None:
        """Send no more events to processes that are gone."""
        owners = set().union(*self._wanted.values())
        for owner in owners:
            if not self._peers.is_alive(owner):
                for work_id in tuple(self._wanted):
                    self._unwant(work_id, owner)

    def _tell(self, what: str, work_id: str = "", **fields: Any) -> None:
        message = {"what": what, "from": self._owner, "id": work_id} | fields
        self._peers.tell(json.dumps(message, separators=(",", ":"), ensure_ascii=False))

    def _heard(self, message: str | None) -> None:
        if message is None:  # whatever was told meanwhile is lost
            self._introduce()
            return
        told = json.loads(message)
        if told["from"] == self._owner:
            return
        self._take(told, told["id"], told["from"])

    def _take(self, told: dict[str, Any], work_id: str, owner: str) -> None:
        match told["what"]:
            case "hello":
                for wanted in self._wants:
                    self._tell("want", wanted)
            case "want":
                self._wanted.setdefault(work_id, set()).add(owner)
            case "leave":
                self._unwant(work_id, owner)
            case "event":
                self._piece(work_id, owner, told["text"], more=told["more"])
            case "end":
                self._hearer.ended(work_id)
            case "stop":
                self._hearer.stopped(work_id)

    def _introduce(self) -> None:
        """Have the others ask again, and ask again ourselves.

        Streams of what is done elsewhere end: something is missing in them, perhaps their end.
        """
        self._tell("hello")
        for work_id in tuple(self._wants):
            if self._hearer.is_at(work_id):
                self._tell("want", work_id)
            else:
                self._hearer.ended(work_id)

    def _unwant(self, work_id: str, owner: str) -> None:
        owners = self._wanted.get(work_id, set())
        owners.discard(owner)
        if not owners:
            self._wanted.pop(work_id, None)

    def _piece(self, work_id: str, owner: str, text: str, *, more: bool) -> None:
        whole = self._parts.pop((work_id, owner), "") + text
        if more:
            self._parts[work_id, owner] = whole
        else:
            self._hearer.delivered(work_id, whole.encode())
