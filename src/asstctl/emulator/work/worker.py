"""The one worker: a task for each run, response or turn that is in progress here.

The tasks belong to the account's context. What a piece of work has done is kept by its recorder, so
that a run which waited for tool outputs goes on from there, in whatever process they arrive.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from asstctl.emulator.models.base import (
    ArgumentsDelta,
    Call,
    Calls,
    CutOff,
    FunctionCall,
    Model,
    ModelError,
    Prompt,
    TextDelta,
    Usage,
)
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.database import UnavailableError
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work import code, hosted
from asstctl.emulator.work.budget import fit, prompt_tokens, shorter
from asstctl.emulator.work.bus import Bus
from asstctl.emulator.work.calls import unanswered
from asstctl.emulator.work.elsewhere import Elsewhere
from asstctl.emulator.work.images import with_contents
from asstctl.emulator.work.interpreter import Interpreter
from asstctl.emulator.work.work import MovedError, OverBudgetError, Recorder, Work

_log = logging.getLogger(__name__)

T = TypeVar("T")

_MAX_ROUNDS = 24
_AGAIN_SECONDS = 2
_DIED = (
    "This was interrupted: the process that worked on it ended, or lost the account, before it was "
    "done. Start it again."
)
_CLOSED = (
    "This was interrupted: the local account was closed while it was in progress. Start it again."
)


@dataclass(slots=True)
class _Heard:
    """What a model gave in one turn, beside its text."""

    calls: tuple[Call, ...] = ()
    usage: Usage | None = None
    cut: str | None = None


class Worker:
    """Works with ``model`` on what it is given; ``bus`` has the events of those who stream it.

    ``elsewhere`` are the workers of other processes that share the account.
    """

    def __init__(self, storage: Storage, model: Model, interpreter: Interpreter | None) -> None:
        self._storage = storage
        self._interpreter = interpreter
        self.model = model
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._works: dict[str, Work] = {}
        self._closed = False
        self._ending: set[asyncio.Task[object]] = set()
        self.elsewhere = Elsewhere(storage.database.peers, storage.owner, self)
        self.bus = Bus(self.elsewhere)

    @property
    def is_closed(self) -> bool:
        """Whether no more work is taken up."""
        return self._closed

    @property
    def busy(self) -> int:
        """How much is being worked on."""
        return len(self._tasks)

    def start(self, work: Work) -> None:
        """Begin to work on something that is queued, in a task of its own; not while closing."""
        if self._closed:
            return
        task = asyncio.create_task(self._work(work), name=work.id)
        self._tasks[work.id], self._works[work.id] = task, work
        task.add_done_callback(lambda done: self._forget(work.id, done))

    def is_at(self, work_id: str) -> bool:
        """Tell whether a task of this worker works on it."""
        task = self._tasks.get(work_id)
        return task is not None and not task.done()

    async def finished(self, work_id: str) -> None:
        """Wait until the task that works on it, if there is one, has ended."""
        task = self._tasks.get(work_id)
        if task is not None:
            await asyncio.wait([task])

    async def stop(self, work_id: str) -> None:
        """Stop working on it, and wait until nothing more is written."""
        task = self._tasks.get(work_id)
        if task is None:
            self.elsewhere.stop(work_id)
        else:
            task.cancel()
            await asyncio.wait([task])

    def abandon(self, work_id: str) -> None:
        """Stop working on what has ended, or is about to be deleted, and end its streams."""
        task = self._tasks.get(work_id)
        if task is None:
            self.elsewhere.stop(work_id)
        else:
            task.cancel()
        self.bus.end(work_id)

    def delivered(self, work_id: str, event: bytes) -> None:
        """Hand on an event that another process sends."""
        self.bus.deliver(work_id, event)

    def ended(self, work_id: str) -> None:
        """End the streams of what another process has ended."""
        self.bus.ended(work_id)

    def stopped(self, work_id: str) -> None:
        """Stop working on what another process has ended, and tell those who stream it here."""
        if self.is_at(work_id):
            self._see_to(self._settle(self._works[work_id]))

    async def _settle(self, work: Work) -> None:
        await self.stop(work.id)
        await self.written(work.settle)
        self.bus.end(work.id)

    def bury(self, work: Work) -> None:
        """Fail what is in progress, but nobody is at."""
        self.soon(partial(self._bury, work))

    async def written(self, write: Callable[[], T]) -> T:
        """Write down where some work is: while the account cannot be used, as soon as it can be.

        Raises UnavailableError when this worker is closed meanwhile.
        """
        while True:
            try:
                return write()
            except UnavailableError:
                if self._closed:
                    raise
                await asyncio.sleep(_AGAIN_SECONDS)

    def soon(self, write: Callable[[], object]) -> None:
        """Write something down at once if that can be, else as `written` does."""
        try:
            write()
        except UnavailableError:
            self._see_to(self.written(write))

    async def halt(self) -> None:
        """Stop all work: what is in progress fails, what is queued is resumed at the next start.

        Streams end, with the events that say so.
        """
        self._closed = True
        tasks, works = dict(self._tasks), dict(self._works)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), *self._ending, return_exceptions=True)
        for work in works.values():
            with suppress(UnavailableError):  # then the next start finds it
                self._fail(work, _CLOSED)
                work.settle()
        self.bus.close()

    async def close(self) -> None:
        """Stop all work, and let the model go."""
        await self.halt()
        await self.model.close()

    def _see_to(self, ending: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(ending)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    # --- one piece of work ---

    def _bury(self, work: Work) -> None:
        self._fail(work, _DIED)
        self.bus.end(work.id)

    def _fail(self, work: Work, message: str, code: str = "server_error") -> None:
        if work.fail(message, code):
            self._storage.operation.failed(work.id, message, code)

    def _ended(self, work: Work, outcome: str) -> None:
        self._storage.operation.ended(work.id, outcome)

    def _forget(self, work_id: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(work_id) is done:
            del self._tasks[work_id], self._works[work_id]

    async def _work(self, work: Work) -> None:
        if not await self.written(work.begin):
            return
        fail = partial(self._fail, work)
        try:
            async with asyncio.timeout(work.seconds_left()):
                await self._turns(work)
        except TimeoutError:
            await self.written(work.expire)
            self._ended(work, "expired")
        except MovedError:
            # Cancelled meanwhile, by a request here or in another process: this task ends it.
            await self.written(work.settle)
            self._ended(work, "cancelled")
        except OverBudgetError as limit:
            await self.written(partial(work.cut, limit.reason))
            self._ended(work, "incomplete")
        except ModelError as error:
            await self.written(partial(fail, str(error), error.code))
        except UnavailableError as error:
            await self.written(partial(fail, error.told))
        except Exception as error:
            _log.exception("%s failed", work.id)
            await self.written(partial(fail, f"{type(error).__name__}: {error}"))
        self.bus.end(work.id)

    async def _turns(self, work: Work) -> None:
        for _ in range(_MAX_ROUNDS):
            if not await self._turn(work):
                return
        raise ModelError(f"The model called tools {_MAX_ROUNDS} times without giving an answer.")

    async def _turn(self, work: Work) -> bool:
        """Ask the model once; true when it must be asked again."""
        prompt = await self._prompt(work)
        recorder = work.recorder(prompt)
        heard = await self._answer(prompt, recorder)
        usage = heard.usage or _estimate(prompt, recorder, heard.calls)
        work.count(usage)
        limit = prompt.max_completion_tokens
        cut = heard.cut
        if cut is None and limit is not None and usage.completion_tokens > limit:
            cut = "max_completion_tokens"
        recorder.finish_message(None if heard.calls else usage, cut=cut is not None)
        if cut is not None:
            raise OverBudgetError(cut)
        if not heard.calls:
            work.complete()
            self._ended(work, "completed")
            return False
        return await self._call_tools(work, prompt, recorder, heard.calls, usage)

    async def _prompt(self, work: Work) -> Prompt:
        """Put together what the model is told, cut to what it can read."""
        runs_code = self._interpreter is not None
        context = self.model.context
        # A byte per token of the context: at most a quarter of it.
        told = await code.tell_files(
            self._storage, await work.prompt(), runs=runs_code, room=context
        )
        fitted = fit(told, context)
        if not self.model.sees:
            return fitted
        return await asyncio.to_thread(with_contents, self._storage, fitted)

    async def _answer(self, prompt: Prompt, recorder: Recorder) -> _Heard:
        """Ask the model, with ever less of the history while that is too long for it."""
        while True:
            try:
                return await self._listen(prompt, recorder)
            except ModelError as error:
                less = shorter(prompt) if error.code == "context_length_exceeded" else None
                if less is None:
                    raise
                prompt = less

    async def _listen(self, prompt: Prompt, recorder: Recorder) -> _Heard:
        """Take in one turn of the model, passing its text on."""
        heard = _Heard()
        try:
            async for piece in self.model.generate(prompt):
                match piece:
                    case TextDelta():
                        recorder.text(piece.text)
                    case ArgumentsDelta():
                        if prompt.parallel_tool_calls or piece.place == 0:
                            recorder.arguments(piece)
                    case Calls():
                        heard.calls = _allowed(piece.calls, parallel=prompt.parallel_tool_calls)
                    case Usage():
                        heard.usage = piece
                    case CutOff():
                        heard.cut = piece.reason
        except BaseException:  # cancelled, expired or failed: what was streamed stays readable
            with suppress(UnavailableError):
                recorder.keep_partial()
            raise
        return heard

    async def _call_tools(
        self, work: Work, prompt: Prompt, recorder: Recorder, calls: tuple[Call, ...], usage: Usage
    ) -> bool:
        """Carry calls out; false when the client must do its part first."""
        recorder.begin_calls(calls)
        calls = await hosted.carry_out(
            self._storage, work.searching(), self._interpreter, prompt, calls, recorder
        )
        recorder.keep_calls(calls, usage)
        waiting = unanswered(calls)
        if waiting:
            work.hand_over(waiting)
        return not waiting


def _estimate(prompt: Prompt, recorder: Recorder, calls: tuple[Call, ...]) -> Usage:
    written = sum(
        count_tokens(call.name + call.arguments) if isinstance(call, FunctionCall) else 8
        for call in calls
    )
    return Usage(prompt_tokens(prompt), recorder.completion_tokens + written)


def _allowed(calls: tuple[Call, ...], *, parallel: bool) -> tuple[Call, ...]:
    """Keep one function call where no parallel ones are allowed."""
    functions = [call for call in calls if isinstance(call, FunctionCall)]
    return calls if parallel else tuple(call for call in calls if call not in functions[1:])
