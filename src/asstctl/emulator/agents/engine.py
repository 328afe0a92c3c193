"""What is asked for sessions as a whole: input, answers, cancel, what dead processes left."""

from collections.abc import Iterable
from functools import partial

from asstctl.emulator.agents import items, turns
from asstctl.emulator.agents.events import Publisher
from asstctl.emulator.agents.work import TurnWork
from asstctl.emulator.resources import Writer
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import SESSION_ITEMS, Body
from asstctl.emulator.store.database import Row
from asstctl.emulator.store.owner import Neglected, adopt
from asstctl.emulator.work.worker import Worker

_UNFINISHED = ("queued", "in_progress", "answered")
_READY = frozenset({"queued", "answered"})


class Sessions:
    """The sessions of an account; the account's worker does the work on their turns."""

    def __init__(self, storage: Storage, worker: Worker) -> None:
        self._storage = storage
        self._worker = worker
        self.bus = worker.bus
        columns = "id, status, session_id"
        self._neglected = Neglected(storage.database, "turns", _UNFINISHED, columns)

    def tell(self, session_id: str) -> Publisher:
        """Give what tells those who stream a session."""
        return Publisher(self._storage.database, self.bus, session_id)

    def announce(self, turn: Body) -> None:
        """Tell of a turn that was just added, and of what the user said in it."""
        tell = self.tell(turn["session_id"])
        tell.turn(turn, "created")
        for item in SESSION_ITEMS.all(self._storage.database, turn_id=turn["id"]):
            tell.added(item)

    def go_on(self, session_id: str) -> None:
        """Work on the session's first turn that is not over, else tell that it is idle."""
        going = turns.active(self._storage.database, session_id)
        if not going:
            self.tell(session_id).session()
        elif going[0]["status"] in _READY and not self._worker.is_at(going[0]["id"]):
            self._worker.start(self._work(going[0]["id"]))

    async def cancel(self, session_id: str) -> None:
        """End all turns that are not over, and wait until nothing more is written."""
        going = turns.active(self._storage.database, session_id)
        # The last first: the end of one would otherwise begin the next.
        for row in reversed(going):
            await self._worker.stop(row["id"])
            self._work(row["id"]).cancel()

    def answer(self, writer: Writer, row: Row, call_id: str, item: Body, output: str) -> list[Body]:
        """Keep the answer to a call of a waiting turn; gives the items that it changes.

        The turn may go on when it was the last answer that was missing.
        """
        call = next(
            other
            for other in SESSION_ITEMS.all(writer.database, turn_id=row["id"])
            if other["type"] == "function_call" and other["call_id"] == call_id
        )
        call |= {"status": item["status"]}
        SESSION_ITEMS.save(writer.connection, call)
        items.insert(writer.connection, row["session_id"], item)
        if turns.answer(writer, row, call_id, output):
            turns.move(writer, row["id"], ("waiting",), "answered")
        return [call, item]

    def adopt(self) -> None:
        """Go on with the turns of dead processes, and fail what they had in progress."""
        storage = self._storage
        self._take_up(adopt(storage.database, "turns", _UNFINISHED, storage.owner))

    def resume(self) -> None:
        """Take up the turns of this process that nobody is at, but for those that have to wait."""
        self._take_up(self._neglected.look(self._storage.owner, self._is_at))

    def _is_at(self, row: Row) -> bool:
        return self._worker.is_at(row["id"])

    def _take_up(self, rows: Iterable[Row]) -> None:
        left = list(rows)
        for row in left:
            if row["status"] == "in_progress":
                self._worker.bury(self._work(row["id"]))
        for session_id in dict.fromkeys(row["session_id"] for row in left):
            self._worker.soon(partial(self.go_on, session_id))

    def _work(self, turn_id: str) -> TurnWork:
        return TurnWork(self._storage, self.bus, turn_id, self.go_on)
