"""A run as the worker sees it."""

from typing import Any

from asstctl.emulator.models.base import FunctionCall, Prompt, Usage, told
from asstctl.emulator.runs import prompt as prompts
from asstctl.emulator.runs import state
from asstctl.emulator.runs.calls import required_action
from asstctl.emulator.runs.recorder import RunRecorder
from asstctl.emulator.search import Searching
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import RUNS, Body
from asstctl.emulator.work.bus import Bus
from asstctl.emulator.work.citations import sources
from asstctl.emulator.work.made import unsaid
from asstctl.emulator.work.work import MovedError

_DEFAULT_RANKING: Body = {"ranker": "default_2024_08_21", "score_threshold": 0.0}


class RunWork:
    """A run of a thread (`asstctl.emulator.work.work.Work`)."""

    def __init__(self, storage: Storage, bus: Bus, run_id: str) -> None:
        self._storage = storage
        self._bus = bus
        self._id = run_id

    @property
    def id(self) -> str:
        """The run's."""
        return self._id

    @property
    def _run(self) -> Body:
        return RUNS.get(self._storage.database, self._id)

    @property
    def _inner(self) -> Body:
        return state.inner_of(self._storage.database, self._id)

    def begin(self) -> bool:
        """Go from ``queued`` to ``in_progress``."""
        return self._move("queued", "in_progress")

    def seconds_left(self) -> float:
        """Give the time until ``expires_at``, ten minutes after the run's creation."""
        expires_at: int = self._run["expires_at"]
        return max(0.0, expires_at - self._storage.clock())

    async def prompt(self) -> Prompt:
        """Put a prompt together; raises `OverBudgetError` when no tokens are left."""
        return prompts.build(self._storage.database, self._run, self._inner)

    def recorder(self, prompt: Prompt) -> RunRecorder:
        """Open the record of a turn."""
        run = self._run
        write = self._storage.write
        made = unsaid(prompt.rounds)
        return RunRecorder(run, write, self._bus, sources(prompt), made, _ranking(run))

    def searching(self) -> Searching:
        """Search the stores of the assistant and the thread, as the run's tool says."""
        run = self._run
        store_ids, _ = prompts.run_resources(self._storage.database, run, self._inner)
        limit = _options(run).get("max_num_results") or _default_results(
            prompts.asked_model(run, self._inner)
        )
        return Searching(tuple(store_ids), limit, _ranking(run)["score_threshold"])

    def count(self, usage: Usage) -> None:
        """Add the tokens of a turn."""
        with self._storage.write() as writer:
            state.count_usage(writer, self._id, usage)

    def hand_over(self, calls: tuple[FunctionCall, ...]) -> None:
        """Wait for the client: ``requires_action``."""
        action = required_action(calls)
        if not self._move("in_progress", "requires_action", required_action=action):
            raise MovedError(self._id)

    def complete(self) -> None:
        """End it as ``completed``."""
        self._end(("in_progress",), "completed")

    def cut(self, reason: str) -> None:
        """End it as ``incomplete``."""
        # A run has no word for a filter; its message has.
        details = {} if reason == "content_filter" else {"reason": reason}
        self._end(("in_progress",), "incomplete", incomplete_details=details)

    def fail(self, message: str, code: str = "server_error") -> bool:
        """End it as ``failed``."""
        return self._end(
            ("in_progress",), "failed", last_error={"code": told(code), "message": message}
        )

    def expire(self) -> None:
        """End it as ``expired``."""
        self._end(("in_progress",), "expired")

    def pass_away(self) -> None:
        """Expire it even if nobody works on it; one that is being cancelled is cancelled."""
        self._end(("queued", "in_progress", "requires_action"), "expired")
        self.settle()

    def settle(self) -> None:
        """End it as ``cancelled`` if it is ``cancelling``."""
        self._end(("cancelling",), "cancelled")

    def _move(self, allowed: str, status: str, **fields: Any) -> bool:
        with self._storage.write() as writer:
            run = state.move(writer, self._id, (allowed,), status, **fields)
        if run is not None:
            self._bus.publish(self._id, (f"thread.run.{status}", run))
        return run is not None

    def _end(self, allowed: tuple[str, ...], status: str, **fields: Any) -> bool:
        with self._storage.write() as writer:
            events = state.end(writer, self._id, allowed, status, **fields)
        self._bus.publish(self._id, *events)
        return bool(events)


def _options(run: Body) -> Body:
    for tool in run["tools"]:
        if tool["type"] == "file_search":
            return dict(tool.get("file_search") or {})
    return {}


def _ranking(run: Body) -> Body:
    return dict(_options(run).get("ranking_options") or _DEFAULT_RANKING)


def _default_results(model: str) -> int:
    """Give how many passages the original put before a model that was not told how many."""
    return 5 if model.startswith("gpt-3.5") else 20
