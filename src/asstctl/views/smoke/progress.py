"""What a terminal shows while cases run: the reply as it is written, or how far things are."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from asstctl.smoke.observer import CaseRef, SmokeObserver
from asstctl.smoke.ports import Place
from asstctl.smoke.result import CaseStatus
from asstctl.text.printable import printable, printable_lines
from asstctl.text.words import some
from asstctl.views.smoke.words import MARKS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

_NAMES: Final = 3
"""Running cases that the status line names."""


class TerminalObserver(SmokeObserver):
    """Writes to the console that ``opened`` gives, which is stderr. Use it as a context manager.

    It is opened when there is something to write: a log may stay empty, and rich is heavy.

    With ``stream``, tokens appear as they come, one conversation at a time, and below them how it
    came out: what the others say meanwhile is shown when it is their turn. Otherwise a status
    line, on terminals only, tells how far things are. Threads that stay behind are named at once,
    so that an interrupt does not hide them.
    """

    def __init__(
        self, opened: "Callable[[], Console]", *, terminal: bool = False, stream: bool = False
    ) -> None:
        self._opened = opened
        self._terminal = terminal
        self._stream = stream
        self._status: Status | None = None
        self._total = 0
        self._done = 0
        self._running: dict[CaseRef, None] = {}
        self._waiting: dict[CaseRef, list[str]] = {}
        self._finished: dict[CaseRef, str] = {}
        self._speaking: CaseRef | None = None
        self._is_mid_line = False

    def __enter__(self) -> Self:
        if self._terminal and not self._stream:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()
        self._end_line()

    def on_started(self, total: int) -> None:
        """Note how many conversations there are."""
        self._total = total
        self._show_status()

    def on_case_started(self, case: CaseRef) -> None:
        """Name the case in the status line."""
        self._running[case] = None
        self._show_status()

    def on_token(self, case: CaseRef, text: str) -> None:
        """Show the text, or keep it until the conversation has its turn."""
        self._waiting.setdefault(case, []).append(printable_lines(text))
        self._let_speak()

    def on_reply_finished(self, case: CaseRef) -> None:
        """End the line."""
        if case in self._waiting:
            self.on_token(case, "\n")

    def on_conversation_finished(self, case: CaseRef, status: CaseStatus | None) -> None:
        """Let the next conversation speak, and say on a stream how this one came out."""
        self._running.pop(case, None)
        self._done += 1
        self._show_status()
        if self._stream and status is not None:
            self._waiting.setdefault(case, [])
            self._finished[case] = f"{MARKS[status]} {case}: {status}"
            self._let_speak()

    def on_kept(self, case: CaseRef, place: Place) -> None:
        """Name the conversation at once."""
        self._say(f"kept {place}   {case}")

    def on_cleanup_failed(self, case: CaseRef, what: str, why: str) -> None:
        """Name what is still in the account."""
        self._say(f"could not delete {what}: {why}   {case}")

    def _say(self, line: str) -> None:
        self._print(line, "yellow")

    def _let_speak(self) -> None:
        """Show what is there of one conversation, and of the next ones where it has ended."""
        while (speaking := next(iter(self._waiting), None)) is not None:
            if speaking != self._speaking:
                self._speaking = speaking
                self._print(str(speaking), "bold")
            self._flush(speaking)
            if speaking not in self._finished:
                return
            self._print(self._finished.pop(speaking), "dim")
            del self._waiting[speaking]

    @cached_property
    def _console(self) -> "Console":
        return self._opened()

    def _print(self, line: str, style: str) -> None:
        from rich.text import Text

        self._end_line()
        self._console.print(Text(printable(line), style=style), soft_wrap=True)

    def _end_line(self) -> None:
        if self._is_mid_line:
            self._console.out()
            self._is_mid_line = False

    def _flush(self, case: CaseRef) -> None:
        text = "".join(self._waiting[case])
        self._waiting[case].clear()
        if text:
            self._console.out(text, end="", highlight=False)
            self._is_mid_line = not text.endswith("\n")

    def _show_status(self) -> None:
        if self._status is None:
            return
        from rich.text import Text

        is_over = self._done and self._done == self._total
        names = "cleaning up" if is_over else some(map(str, self._running), _NAMES)
        line = f"{self._done} of {self._total}   {names}"
        self._status.update(Text(printable(line), style="dim", overflow="ellipsis", no_wrap=True))
