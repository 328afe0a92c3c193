"""The work on runs: one task for each, from ``queued`` to an end or to ``requires_action``.

The tasks belong to the account's context. All that a run has done is in the database, so a run
that waited for tool outputs goes on from there, in whatever process the outputs arrive.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from asstctl.emulator.models.base import (
    Call,
    Calls,
    CutOff,
    FileSearchCall,
    FunctionCall,
    Model,
    ModelError,
    Prompt,
    TextDelta,
    Usage,
)
from asstctl.emulator.runs import calls as tool_calls
from asstctl.emulator.runs import hosted, state
from asstctl.emulator.runs import prompt as prompts
from asstctl.emulator.runs.events import Bus
from asstctl.emulator.runs.recorder import MovedError, Recorder
from asstctl.emulator.storage import Storage
from asstctl.emulator.store import owner as owners
from asstctl.emulator.store.collections import RUNS, Body
from asstctl.emulator.text.tokens import count_tokens

_log = logging.getLogger(__name__)

_MAX_ROUNDS = 24
_DIED = "The process that worked on this run ended before the run did."
_CLOSED = "The local account was closed while this run was in progress."


@dataclass(slots=True)
class _Heard:
    """What a model gave in one turn, beside its text."""

    calls: tuple[Call, ...] = ()
    usage: Usage | None = None
    cut: bool = False


class Engine:
    """Starts, follows, cancels and expires runs: one task for each run that is in progress here."""

    def __init__(self, storage: Storage, model: Model) -> None:
        self._storage = storage
        self._model = model
        self.owner = model.owner
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._finishing: set[asyncio.Task[None]] = set()
        self.bus = Bus()

    # --- what routes ask for ---

    def start(self, run_id: str) -> None:
        """Begin to work on a queued run, in a task of its own."""
        task = asyncio.create_task(self._work(run_id), name=run_id)
        self._tasks[run_id] = task
        task.add_done_callback(lambda done: self._forget(run_id, done))

    def expire_due(self) -> None:
        """Expire the runs that are past their ``expires_at``, ten minutes after their creation."""
        marks = ", ".join("?" for _ in state.ACTIVE)
        due = self._storage.database.rows(
            f"SELECT id FROM runs WHERE status IN ({marks}) AND expires_at <= ?",  # noqa: S608 - only marks
            (*state.ACTIVE, self._storage.clock()),
        )
        for row in due:
            run_id = row["id"]
            self._end(run_id, ("queued", "in_progress", "requires_action"), "expired")
            self._end(run_id, ("cancelling",), "cancelled")
            self.abandon(run_id)

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
        self.bus.publish(run_id, ("thread.run.cancelling", run))
        # A run that another process works on is ended by that process: its next write finds the run
        # ``cancelling``. If it is dead, its next write never comes, so the run is ended here.
        elsewhere = row["status"] == "in_progress" and run_id not in self._tasks
        if not (elsewhere and owners.is_alive(row["owner"])):
            task = asyncio.create_task(self._finish_cancel(run_id))
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
        return run

    def adopt(self) -> None:
        """Resume the queued runs of dead processes, and fail what they had in progress."""
        rows = self._storage.database.rows(
            "SELECT id, status, owner FROM runs "
            "WHERE status IN ('queued', 'in_progress', 'cancelling')"
        )
        for row in rows:
            if owners.is_alive(row["owner"]):
                continue
            match row["status"]:
                case "queued":
                    self.start(row["id"])
                case "in_progress":
                    self._fail(row["id"], _DIED)
                case _:
                    self._end(row["id"], ("cancelling",), "cancelled")

    async def close(self) -> None:
        """Stop all work: runs in progress fail, queued ones are resumed at the next start."""
        tasks = dict(self._tasks)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), *self._finishing, return_exceptions=True)
        for run_id in tasks:
            self._fail(run_id, _CLOSED)
            self._end(run_id, ("cancelling",), "cancelled")
            self.bus.end(run_id)
        await self._model.close()

    # --- one run ---

    def _forget(self, run_id: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(run_id) is done:
            del self._tasks[run_id]

    def abandon(self, run_id: str) -> None:
        """Stop working on a run that has ended, or is about to be deleted, and end its streams."""
        task = self._tasks.get(run_id)
        if task is not None:
            task.cancel()
        self.bus.end(run_id)

    async def _finish_cancel(self, run_id: str) -> None:
        task = self._tasks.get(run_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._end(run_id, ("cancelling",), "cancelled")
        self.bus.end(run_id)

    async def _work(self, run_id: str) -> None:
        with self._storage.write() as writer:
            run = state.move(writer, run_id, ("queued",), "in_progress")
        if run is None:
            return
        self.bus.publish(run_id, ("thread.run.in_progress", run))
        try:
            async with asyncio.timeout(max(0.0, run["expires_at"] - self._storage.clock())):
                await self._turns(run)
        except TimeoutError:
            self._end(run_id, ("in_progress",), "expired")
        except MovedError:
            # Cancelled meanwhile, by a request here or in another process: this task ends it.
            self._end(run_id, ("cancelling",), "cancelled")
        except prompts.OverBudgetError as limit:
            details = {"reason": limit.reason}
            self._end(run_id, ("in_progress",), "incomplete", incomplete_details=details)
        except ModelError as error:
            self._fail(run_id, str(error), error.code)
        except Exception as error:
            _log.exception("run %s failed", run_id)
            self._fail(run_id, f"{type(error).__name__}: {error}")
        self.bus.end(run_id)

    async def _turns(self, run: Body) -> None:
        for _ in range(_MAX_ROUNDS):
            if not await self._turn(run):
                return
        raise ModelError(f"The model called tools {_MAX_ROUNDS} times without giving an answer.")

    async def _turn(self, run: Body) -> bool:
        """Ask the model once; true when it must be asked again."""
        database, run_id = self._storage.database, run["id"]
        prompt = prompts.build(database, run, state.inner_of(database, run_id))
        recorder = Recorder(run, self._storage.write, self.bus, _sources(prompt))
        heard = await self._listen(prompt, recorder)
        usage = heard.usage or _estimate(prompt, recorder, heard.calls)
        with self._storage.write() as writer:
            state.count_usage(writer, run_id, usage.prompt_tokens, usage.completion_tokens)
        limit = prompt.max_completion_tokens
        cut = heard.cut or (limit is not None and usage.completion_tokens > limit)
        recorder.finish_message(None if heard.calls else usage, cut=cut)
        if cut:
            raise prompts.OverBudgetError("max_completion_tokens")
        if not heard.calls:
            self._end(run_id, ("in_progress",), "completed")
            return False
        return await self._call_tools(run, prompt, recorder, heard.calls, usage)

    async def _listen(self, prompt: Prompt, recorder: Recorder) -> _Heard:
        """Take in one turn of the model, passing its text on."""
        heard = _Heard()
        try:
            async for piece in self._model.generate(prompt):
                match piece:
                    case TextDelta():
                        recorder.text(piece.text)
                    case Calls():
                        heard.calls = _allowed(piece.calls, parallel=prompt.parallel_tool_calls)
                    case Usage():
                        heard.usage = piece
                    case CutOff():
                        heard.cut = True
        except BaseException:  # cancelled, expired or failed: what was streamed stays readable
            recorder.keep_partial()
            raise
        return heard

    async def _call_tools(
        self,
        run: Body,
        prompt: Prompt,
        recorder: Recorder,
        calls: tuple[Call, ...],
        usage: Usage,
    ) -> bool:
        """Carry calls out; false when the client must do its part first."""
        step = recorder.begin_calls(calls)
        calls = await hosted.carry_out(self._storage, run, prompt, calls)
        recorder.keep_calls(step, calls, hosted.ranking(run), usage)
        waiting = tool_calls.unanswered(calls)
        if not waiting:
            return True
        action = tool_calls.required_action(waiting)
        with self._storage.write() as writer:
            allowed = ("in_progress",)
            moved = state.move(
                writer, run["id"], allowed, "requires_action", required_action=action
            )
        if moved is None:
            raise MovedError(run["id"])
        self.bus.publish(run["id"], ("thread.run.requires_action", moved))
        return False

    # --- ends ---

    def _fail(self, run_id: str, message: str, code: str = "server_error") -> None:
        last_error = {"code": code, "message": message}
        self._end(run_id, ("in_progress",), "failed", last_error=last_error)

    def _end(self, run_id: str, allowed: tuple[str, ...], status: str, **fields: Any) -> None:
        with self._storage.write() as writer:
            events = state.end(writer, run_id, allowed, status, **fields)
        self.bus.publish(run_id, *events)


def _sources(prompt: Prompt) -> dict[str, str]:
    """Map the markers that an answer may use to their files."""
    return {
        found.marker: found.file_id
        for turn in prompt.rounds
        for call in turn.calls
        if isinstance(call, FileSearchCall)
        for found in call.results
    }


def _estimate(prompt: Prompt, recorder: Recorder, calls: tuple[Call, ...]) -> Usage:
    written = sum(
        count_tokens(call.name + call.arguments) if isinstance(call, FunctionCall) else 8
        for call in calls
    )
    return Usage(prompts.prompt_tokens(prompt), recorder.completion_tokens + written)


def _allowed(calls: tuple[Call, ...], *, parallel: bool) -> tuple[Call, ...]:
    """Keep one function call where the run allows no parallel ones."""
    functions = [call for call in calls if isinstance(call, FunctionCall)]
    return calls if parallel else tuple(call for call in calls if call not in functions[1:])
