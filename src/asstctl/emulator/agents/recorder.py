"""Writing down what the model does in a turn, as items, and telling those who stream it."""

from collections.abc import Iterator
from contextlib import contextmanager

from asstctl.emulator.agents import items, turns
from asstctl.emulator.agents.events import Publisher
from asstctl.emulator.models.base import ArgumentsDelta, Call, CodeCall, FileSearchCall, Usage
from asstctl.emulator.resources import Writer
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import SESSION_ITEMS, TURNS, Body
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work.work import MovedError

# How many pieces of text may pass before a turn notices that another process cancelled it.
_CHECK_EVERY = 64


class TurnRecorder:
    """Records one answer of the model in a turn (`asstctl.emulator.work.work.Recorder`).

    Each method is one committed transaction and its events.
    """

    def __init__(
        self, storage: Storage, publisher: Publisher, session_id: str, turn_id: str
    ) -> None:
        self._storage = storage
        self._tell = publisher
        self._session_id = session_id
        self._turn_id = turn_id
        self._item: Body | None = None
        self._index = 0
        self._text = ""
        self._pieces = 0

    @property
    def completion_tokens(self) -> int:
        """Count the tokens of the text so far."""
        return count_tokens(self._text)

    def text(self, piece: str) -> None:
        """Add text to the answer and publish it."""
        item = self._item or self._begin_message()
        self._text += piece
        self._pieces += 1
        if self._pieces % _CHECK_EVERY == 0:
            with self._writing():
                pass
        self._tell.text(item, "output_text.delta", self._index, delta=piece)

    def keep_partial(self) -> None:
        """Keep the text so far of an answer that is broken off, whatever state the turn is in."""
        if self._item is None:
            return
        item = items.with_text(self._item, self._text, None, "incomplete")
        with self._storage.write() as writer:
            SESSION_ITEMS.save(writer.connection, item)

    def finish_message(self, usage: Usage | None, *, cut: bool) -> None:
        """End the answer. What comes before calls, which have the usage, is commentary."""
        if self._item is None:
            return
        phase = "commentary" if usage is None else "final_answer"
        status = "incomplete" if cut else "completed"
        item = items.with_text(self._item, self._text, phase, status)
        with self._writing() as writer:
            SESSION_ITEMS.save(writer.connection, item)
        self._tell.text(item, "output_text.done", self._index, text=self._text)
        self._tell.text(item, "content_part.done", self._index, part=item["content"][0])
        self._tell.done(item)
        self._item = None

    def arguments(self, piece: ArgumentsDelta) -> None:
        """Do nothing: functions are told of when they are handed over."""

    def begin_calls(self, calls: tuple[Call, ...]) -> None:
        """Do nothing: what the account does itself takes no time worth telling."""

    def log(self, place: int, text: str) -> None:
        """Do nothing: no code runs in a session."""

    def keep_calls(self, calls: tuple[Call, ...], usage: Usage) -> None:
        """Keep calls with their results. Functions are told of when they are handed over."""
        done = [item for call in calls if (item := self._record(call)) is not None]
        with self._writing() as writer:
            turns.keep_round(writer, self._turn_id, self._text, calls)
            for item in done:
                items.insert(writer.connection, self._session_id, item)
        for item in done:
            self._tell.added(item)
            self._tell.done(item)

    def _record(self, call: Call) -> Body | None:
        match call:
            case FileSearchCall():
                return items.search_report(self._turn_id, call)
            case CodeCall():
                return items.command(self._turn_id, call)
        return None

    def _begin_message(self) -> Body:
        item = self._item = items.message(self._turn_id)
        with self._writing() as writer:
            items.insert(writer.connection, self._session_id, item)
        self._index = items.output_index(self._storage.database, item) or 0
        self._tell.added(item)
        empty = {"type": "output_text", "text": ""}
        self._tell.text(item, "content_part.added", self._index, part=empty)
        return item

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        """Hold a transaction. Raises MovedError when the turn is not in progress any more."""
        with self._storage.write() as writer:
            if TURNS.find_row(writer.database, self._turn_id, status="in_progress") is None:
                raise MovedError(self._turn_id)
            yield writer
