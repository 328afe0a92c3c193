"""Live events of sessions. Whoever listens too late missed them: what is kept is the truth."""

from asstctl.emulator.agents import items, sessions
from asstctl.emulator.ids import new_id
from asstctl.emulator.store.collections import SESSIONS, Body
from asstctl.emulator.store.database import Database
from asstctl.emulator.work.bus import Bus, Event


def event(kind: str, **fields: object) -> Event:
    """Make an event."""
    return kind, {"type": kind, "event_id": new_id("event_"), **fields}


class Publisher:
    """Tells those who stream a session what happens in it."""

    def __init__(self, database: Database, bus: Bus, session_id: str) -> None:
        self._database = database
        self._bus = bus
        self._session_id = session_id

    def session(self) -> None:
        """Tell in what state the session is now."""
        session = SESSIONS.find(self._database, self._session_id)
        if session is not None:
            shown = sessions.show(self._database, session)
            self._publish(event(f"agent.session.{shown['status']}", session=shown))

    def turn(self, turn: Body, what: str) -> None:
        """Tell of a turn: ``what`` is ``created``, or its state."""
        ended = {"usage": turn["usage"]} if turn["completed_at"] is not None else {}
        self._about(f"turn.{what}", turn["id"], turn=turn, **ended)

    def environment(self, state: Body) -> None:
        """Tell in what state the environment is."""
        self._about(f"environment.{state['status']}", None, environment=state)

    def added(self, item: Body) -> None:
        """Tell of a new item."""
        index = items.output_index(self._database, item)
        self._about("turn.item.added", item["turn_id"], item=item, output_index=index)

    def done(self, item: Body) -> None:
        """Tell that an item of the agent is complete."""
        index = items.output_index(self._database, item)
        self._about("turn.item.done", item["turn_id"], item=item, output_index=index)

    def text(self, item: Body, what: str, index: int, **fields: object) -> None:
        """Tell of the text of a message: ``what`` is the last part of the event's name."""
        self._about(
            f"turn.{what}",
            item["turn_id"],
            item_id=item["id"],
            output_index=index,
            content_index=0,
            **fields,
        )

    def error(self, error: Body) -> None:
        """Tell that something failed."""
        told = {"type": "server_error", "param": None} | error
        self._publish(event("error", session_id=self._session_id, error=told))

    def _about(self, kind: str, turn_id: str | None, **fields: object) -> None:
        about = {"session_id": self._session_id, "turn_id": turn_id}
        self._publish(event(f"agent.session.{kind}", **about, **fields))

    def _publish(self, *events: Event) -> None:
        self._bus.publish(self._session_id, *events)
