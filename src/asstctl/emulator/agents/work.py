"""A turn as the worker sees it."""

from collections.abc import Callable

from asstctl.emulator.agents import items, prompt, turns
from asstctl.emulator.agents.events import Publisher
from asstctl.emulator.agents.recorder import TurnRecorder
from asstctl.emulator.models.base import FunctionCall, Prompt, Usage
from asstctl.emulator.search import Searching
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import SESSIONS, TURNS, Body
from asstctl.emulator.work.bus import Bus
from asstctl.emulator.work.work import MovedError, Reading

_MAX_PASSAGES = 20
# The codes of a turn's error, by those of the model's and of the budget.
_CODES = {
    "server_error": "server_error",
    "rate_limit_exceeded": "rate_limit_exceeded",
    "invalid_prompt": "invalid_request",
    "model_not_found": "resource_not_found",
    "max_prompt_tokens": "context_length_exceeded",
    "context_length_exceeded": "context_length_exceeded",
    "max_completion_tokens": "max_output_tokens",
}


class TurnWork:
    """A turn of a session (`asstctl.emulator.work.work.Work`).

    ``ended`` is called with the session once a turn is over: another one may be waiting.
    """

    def __init__(
        self, storage: Storage, bus: Bus, row_id: str, ended: Callable[[str], None]
    ) -> None:
        self._storage = storage
        self._id = row_id
        self._ended = ended
        self._session_id: str = TURNS.get_row(storage.database, row_id)["session_id"]
        self._tell = Publisher(storage.database, bus, self._session_id)

    @property
    def id(self) -> str:
        """The turn's."""
        return self._id

    @property
    def _session(self) -> Body:
        return SESSIONS.get(self._storage.database, self._session_id)

    def begin(self) -> bool:
        """Go on, or begin, when no other turn of the session is under way.

        Where the environment could not be prepared, a turn fails before it begins.
        """
        if (why := self._session["error"]) is not None:
            self._end("failed", {"code": "sandbox_error", "message": why}, ("queued",))
            return False
        with self._storage.write() as writer:
            first = turns.active(writer.database, self._session_id)[:1]
            if not first or first[0]["id"] != self._id:
                return False
            turn = turns.move(writer, self._id, ("queued", "answered"), "in_progress")
        if turn is None:
            return False
        self._tell.session()
        if first[0]["status"] == "queued":
            self._tell.turn(turn, "in_progress")
        return True

    def seconds_left(self) -> None:
        """Give no limit: a turn takes as long as it takes."""

    async def prompt(self) -> Prompt:
        """Put a prompt together."""
        database = self._storage.database
        return prompt.build(database, self._session, TURNS.get_row(database, self._id))

    def recorder(self, prompt: Prompt) -> TurnRecorder:
        """Open the record of one answer."""
        return TurnRecorder(self._storage, self._tell, self._session_id, self._id)

    def searching(self) -> Searching | Reading:
        """Read the files of the environment, if there is one."""
        environment = self._session["environment"]
        if environment["type"] == "none":
            return Searching((), _MAX_PASSAGES)
        return Reading(environment["id"], _MAX_PASSAGES)

    def count(self, usage: Usage) -> None:
        """Add the tokens of one answer."""
        with self._storage.write() as writer:
            turns.add_usage(writer, self._id, usage)

    def hand_over(self, calls: tuple[FunctionCall, ...]) -> None:
        """Wait for the application. It is told of a call only when it may be answered."""
        added = [items.function_call(self._id, call) for call in calls]
        with self._storage.write() as writer:
            if turns.move(writer, self._id, ("in_progress",), "waiting") is None:
                raise MovedError(self._id)
            for item in added:
                items.insert(writer.connection, self._session_id, item)
        for item in added:
            self._tell.added(item)
        self._tell.session()

    def complete(self) -> None:
        """End it as ``completed``."""
        self._end("completed")

    def cut(self, reason: str) -> None:
        """End it as ``failed``: a turn has no other end for what ran out of tokens."""
        told = "The context or the answer is longer than the model takes."
        filtered = "The answer was stopped by a content filter."
        self.fail(filtered if reason == "content_filter" else told, reason)

    def fail(self, message: str, code: str = "server_error") -> bool:
        """End it as ``failed``."""
        return self._end("failed", {"code": _CODES.get(code, "server_error"), "message": message})

    def expire(self) -> None:
        """Do nothing: a turn does not expire."""

    def settle(self) -> None:
        """Do nothing: whoever cancels a turn ends it at once."""

    def cancel(self) -> None:
        """End it as ``cancelled``, whatever it is doing."""
        self._end("cancelled", allowed=turns.ACTIVE)

    def _end(
        self, status: str, error: Body | None = None, allowed: tuple[str, ...] = ("in_progress",)
    ) -> bool:
        with self._storage.write() as writer:
            ended = turns.end(writer, self._id, allowed, status, error)
        if ended is None:
            return False
        turn, left = ended
        for item in left:
            self._tell.done(item)
        if error is not None:
            self._tell.error(error)
        self._tell.turn(turn, status)
        self._ended(self._session_id)
        return True
