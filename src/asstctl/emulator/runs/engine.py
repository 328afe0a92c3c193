"""What is asked for runs as a whole: start, cancel, expire, take up what dead processes left."""

import asyncio

from asstctl.emulator.runs import state
from asstctl.emulator.runs.work import RunWork
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import RUNS, Body
from asstctl.emulator.store.database import Row, place_marks
from asstctl.emulator.store.owner import Neglected, adopt
from asstctl.emulator.work.worker import Worker

_UNFINISHED = ("queued", "in_progress", "cancelling")


class Engine:
    """The runs of an account; the account's worker does the work on them."""

    def __init__(self, storage: Storage, worker: Worker) -> None:
        self._storage = storage
        self._worker = worker
        self._neglected = Neglected(storage.database, "runs", _UNFINISHED, "id, status")
        self._finishing: set[asyncio.Task[None]] = set()
        self._expired_at = 0

    def start(self, run_id: str) -> None:
        """Begin to work on a queued run."""
        self._worker.start(self._work(run_id))

    def expire_due(self) -> None:
        """Expire the runs that are past their ``expires_at``, ten minutes after their creation.

        Nearly every request asks for it. Within a second nothing more can become due.
        """
        now = self._storage.now
        if now == self._expired_at:
            return
        self._expired_at = now
        marks = place_marks(state.ACTIVE)
        due = self._storage.database.rows(
            f"SELECT id FROM runs WHERE status IN ({marks}) AND expires_at <= ?",  # noqa: S608 - only marks
            (*state.ACTIVE, now),
        )
        for row in due:
            self._work(row["id"]).pass_away()
            self.abandon(row["id"])

    def cancel(self, run_id: str) -> Body | None:
        """Begin to cancel a run and give it as ``cancelling``; None when it is not active.

        A run that another live process works on is left to that process, which notices the state.
        """
        with self._storage.write() as writer:
            row = RUNS.find_row(writer.database, run_id)
            allowed = ("queued", "in_progress", "requires_action")
            run = state.move(writer, run_id, allowed, "cancelling")
        if run is None or row is None:
            return None
        self._worker.bus.publish(run_id, ("thread.run.cancelling", run))
        # A run that another process works on is ended by that process: it is told, or its next
        # write finds the run ``cancelling``. If it is dead, the run is ended here.
        elsewhere = row["status"] == "in_progress" and not self._worker.is_at(run_id)
        if elsewhere and self._storage.database.peers.is_alive(row["owner"]):
            self._worker.elsewhere.stop(run_id)
        else:
            task = asyncio.create_task(self._finish_cancel(run_id))
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
        return run

    def adopt(self) -> None:
        """Resume the queued runs of dead processes, and fail what they had in progress.

        Runs that are worked on here and were cancelled elsewhere are ended, where nobody told us.
        """
        storage = self._storage
        cancelled = storage.database.rows(
            "SELECT id FROM runs WHERE status = 'cancelling' AND owner = ?", (storage.owner,)
        )
        for row in cancelled:
            self._worker.stopped(row["id"])
        for row in adopt(storage.database, "runs", _UNFINISHED, storage.owner):
            self._take_up(row)

    def resume(self) -> None:
        """Take up the runs of this process that nobody is at."""
        for row in self._neglected.look(self._storage.owner, self._is_at):
            self._take_up(row)

    def _is_at(self, row: Row) -> bool:
        return self._worker.is_at(row["id"])

    def _take_up(self, row: Row) -> None:
        match row["status"]:
            case "queued":
                self.start(row["id"])
            case "in_progress":
                self._worker.bury(self._work(row["id"]))
            case _:
                self._worker.soon(self._work(row["id"]).settle)

    def abandon(self, run_id: str) -> None:
        """Stop working on a run that has ended, or is about to be deleted, and end its streams."""
        self._worker.abandon(run_id)

    async def close(self) -> None:
        """Finish the cancellations that have begun."""
        await asyncio.gather(*self._finishing, return_exceptions=True)

    def _work(self, run_id: str) -> RunWork:
        return RunWork(self._storage, self._worker.bus, run_id)

    async def _finish_cancel(self, run_id: str) -> None:
        await self._worker.stop(run_id)
        await self._worker.written(self._work(run_id).settle)
        self._worker.bus.end(run_id)
