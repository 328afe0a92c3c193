"""A conversation over a session, as it is known here."""

import asyncio
from dataclasses import dataclass, field

from asstctl.model.json import JsonObject
from asstctl.remote.agents.decode_sessions import (
    asking_turns,
    is_root,
    read_session,
    sandbox_of,
)
from asstctl.remote.storage.smoke import stamp


@dataclass(slots=True, kw_only=True)
class Held:
    """One conversation. ``session`` is None until the first run, whose input makes it.

    ``pending`` and ``files`` (the paths in the sandbox by the upload's id) were not sent yet.
    ``turn`` is the present run as last read; None until it shows. ``past`` are the turns of earlier
    runs. ``asking`` has the turn that each call waits in; ``answered`` are those that wait no more,
    as turn and call. ``items`` are what was said and done in the present run, once it was read.
    """

    project: str
    case: str
    mark: str
    pending: list[JsonObject] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    session: JsonObject | None = None
    turn: JsonObject | None = None
    past: set[str] = field(default_factory=set)
    asking: dict[str, str] = field(default_factory=dict)
    answered: set[tuple[str, str]] = field(default_factory=set)
    items: "asyncio.Task[list[JsonObject]] | None" = None

    @property
    def metadata(self) -> JsonObject:
        """What the session says about itself."""
        return stamp(self.project, self.case, self.mark)

    @property
    def session_id(self) -> str | None:
        """The id of the session, once there is one."""
        return None if self.session is None else str(self.session["id"])

    @property
    def sandbox_id(self) -> str | None:
        """The id of the sandbox, if there is one."""
        return None if self.session is None else sandbox_of(self.session)

    def opened(self, session: JsonObject) -> None:
        """The session exists."""
        self.session = read_session(session)

    def begin(self) -> None:
        """A new run begins: what was its turn is one of the past."""
        if self.turn is not None:
            self.past.add(str(self.turn["id"]))
        self.turn = self.items = None
        self.asking.clear()

    def is_stale(self, action: JsonObject) -> bool:
        """Whether the session still asks for what it was given, or for an earlier turn."""
        asking = str(action.get("turn_id")), str(action.get("call_id"))
        return asking in self.answered or asking[0] in self.past

    def note(self, session: JsonObject) -> None:
        """The session as it is now."""
        self.opened(session)
        self.asking |= asking_turns(session)

    def heard_of(self, turn: JsonObject | None) -> None:
        """A turn has begun: it is the present run's where that did not show yet."""
        if self.turn is None and turn is not None and self.is_of_this_run(turn):
            self.turn = turn

    def is_of_this_run(self, turn: JsonObject) -> bool:
        """Whether a turn is that of the present run."""
        return is_root(turn) and turn.get("id") not in self.past
