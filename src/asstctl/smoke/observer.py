"""Progress callbacks of smoke. Must not raise or block: they are called on the event loop."""

from dataclasses import dataclass
from typing import Final

from asstctl.smoke.ports import Place
from asstctl.smoke.result import CaseStatus


@dataclass(frozen=True, slots=True)
class CaseRef:
    """One repetition of one case: the ``number``-th (from 1) of ``total``."""

    key: str
    name: str
    number: int = 1
    total: int = 1

    def __str__(self) -> str:
        again = f" ({self.number} of {self.total})" if self.total > 1 else ""
        return f"{self.key} · {self.name}{again}"


class SmokeObserver:
    """Called as cases run; shows nothing unless a method is overridden.

    Conversations overlap, so the calls for one case come between those for others.
    """

    def on_started(self, total: int) -> None:
        """``total`` conversations, repetitions included, are about to begin."""

    def on_case_started(self, case: CaseRef) -> None:
        """A conversation begins."""

    def on_token(self, case: CaseRef, text: str) -> None:
        """A piece of a reply came in. Only when streaming."""

    def on_reply_finished(self, case: CaseRef) -> None:
        """The reply of this turn is complete. Only when streaming."""

    def on_conversation_finished(self, case: CaseRef, status: CaseStatus | None) -> None:
        """A conversation is over, None: interrupted; what it made is deleted next."""

    def on_kept(self, case: CaseRef, place: Place) -> None:
        """This conversation stays in the account, as asked for."""

    def on_cleanup_failed(self, case: CaseRef, what: str, why: str) -> None:
        """Something that should have been deleted is still in the account."""


SILENT: Final = SmokeObserver()
"""Shows nothing."""
