"""The port between the worker and what it works on: a run of a thread, a response, a turn.

The worker knows the model and the hosted tools. It does not know how the work, its messages and its
calls are kept and shown: that is behind `Work` and its `Recorder`.
"""

from dataclasses import dataclass
from typing import Protocol

from asstctl.emulator.models.base import ArgumentsDelta, Call, FunctionCall, Prompt, Usage
from asstctl.emulator.search import Searching


class MovedError(Exception):
    """The work is no longer in progress: another request or process cancelled or expired it."""


class OverBudgetError(Exception):
    """The work used up its tokens; ``reason`` is what ``incomplete_details`` says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reading:
    """What file search is for work in an environment: ``limit`` passages of its files at most."""

    environment_id: str
    limit: int


class Recorder(Protocol):
    """Writes down one turn of the model as it happens, and tells those who stream it.

    Every method but ``keep_partial`` raises MovedError once the work has been cancelled or expired.
    """

    @property
    def completion_tokens(self) -> int:
        """Count the tokens of the text so far."""
        ...

    def text(self, piece: str) -> None:
        """Add text to the answer."""
        ...

    def keep_partial(self) -> None:
        """Keep the text so far of an answer that is broken off, whatever state the work is in."""
        ...

    def finish_message(self, usage: Usage | None, *, cut: bool) -> None:
        """End the answer of this turn, if there is one; ``cut`` by the limit of tokens."""
        ...

    def arguments(self, piece: ArgumentsDelta) -> None:
        """Tell of what a function is going to be called with; it ends the answer before it."""
        ...

    def begin_calls(self, calls: tuple[Call, ...]) -> None:
        """Announce calls before they are carried out."""
        ...

    def log(self, place: int, text: str) -> None:
        """Tell what the code of a call, counted from 0, prints while it runs."""
        ...

    def keep_calls(self, calls: tuple[Call, ...], usage: Usage) -> None:
        """Keep calls with their results; functions have none, the client answers them."""
        ...


class Work(Protocol):
    """One piece of work, from ``queued`` to its end or to what the client must do first.

    Everything that ends it does nothing when another request or process has ended it already.
    """

    @property
    def id(self) -> str:
        """The run's, the response's or the turn's."""
        ...

    def begin(self) -> bool:
        """Go from ``queued`` to ``in_progress``; false when it is not queued any more."""
        ...

    def seconds_left(self) -> float | None:
        """Give how long it may go on; None for as long as it takes."""
        ...

    async def prompt(self) -> Prompt:
        """Put together what the model is told next.

        Raises `OverBudgetError`, `ModelError`, and `MovedError` as a recorder does.
        """
        ...

    def recorder(self, prompt: Prompt) -> Recorder:
        """Open the record of the turn that this prompt begins."""
        ...

    def searching(self) -> Searching | Reading:
        """Say what file search is to search now."""
        ...

    def count(self, usage: Usage) -> None:
        """Add the tokens of a turn."""
        ...

    def hand_over(self, calls: tuple[FunctionCall, ...]) -> None:
        """Leave function calls to the client. Raises `MovedError`."""
        ...

    def complete(self) -> None:
        """End it: the model has answered."""
        ...

    def cut(self, reason: str) -> None:
        """End it as ``incomplete``, for this reason."""
        ...

    def fail(self, message: str, code: str = "server_error") -> bool:
        """End it as ``failed``; false when it is not in progress any more."""
        ...

    def expire(self) -> None:
        """End it: its time is over."""
        ...

    def settle(self) -> None:
        """Finish a cancellation that another request or process has begun."""
        ...
