"""What a terminal shows while a use case runs, all of it on stderr but for the plan."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from asstctl.app.observer import Observer
from asstctl.cli.output import (
    hide,
    is_terminal,
    never_mask,
    report,
    say,
    screen,
    wants_color,
)
from asstctl.errors import AsstctlError
from asstctl.model.diagnostics import Diagnostic
from asstctl.model.sensitive import Sensitive

if TYPE_CHECKING:
    import asyncio

    from rich.console import Console

    from asstctl.cli.wire_log import WireLog
    from asstctl.plan.plan import Plan
    from asstctl.smoke.observer import SmokeObserver
    from asstctl.sync.observer import ApplyObserver


class Terminal(Observer):
    """Watches for ``command``. What is ``quiet`` shows notes only: neither plan nor progress."""

    def __init__(self, command: str = "plan", *, quiet: bool = False) -> None:
        self._command = command
        self._quiet = quiet

    def on_sensitive(self, sensitive: Sensitive) -> None:
        """Mask it in everything that is printed."""
        hide(sensitive)

    def on_names(self, *names: object) -> None:
        """Never mask them."""
        never_mask(*names)

    def on_warnings(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Show them as `validate` does."""
        from asstctl.views.diagnostics.human import render_diagnostics

        report(render_diagnostics(diagnostics, screen(sys.stderr)), err=True)

    def on_note(self, sentence: str, because: AsstctlError | None = None) -> None:
        """Say it, and why."""
        from asstctl.views.errors import render_note

        if because is None:
            say(sentence)
        else:
            report(render_note(sentence, because, screen(sys.stderr)), err=True)

    def on_plan(self, plan: "Plan") -> None:
        """Show the plan on stdout."""
        from asstctl.views.plan.human import render_plan

        if not self._quiet:
            report(render_plan(plan, screen(sys.stdout), command=self._command))

    def wire(self) -> "WireLog":
        """The log that ``-v`` and ``ASSTCTL_LOG`` ask for."""
        from asstctl.cli.wire_log import wire_log

        return wire_log()

    def reading(self, account: str) -> AbstractContextManager[object]:
        """Say that the account is read, where somebody waits for it."""
        from asstctl.cli.reading import reading

        return reading(account)

    def applying(self, plan: "Plan") -> AbstractContextManager["ApplyObserver | None"]:
        """Show how far an apply is."""
        if self._quiet or not plan.writes:
            return nullcontext()
        from asstctl.plan.action import FileAction
        from asstctl.views.apply.progress import LiveProgress, PlainProgress

        if is_terminal(sys.stderr) and "CI" not in os.environ:
            return LiveProgress(
                sys.stderr,
                color=wants_color(sys.stderr),
                files=plan.summary.files[FileAction.UPLOAD],
                size=plan.summary.upload_bytes,
            )
        return PlainProgress(sys.stderr)

    def interrupts(self) -> AbstractContextManager["asyncio.Event"]:
        """Ctrl-C once sets the event; twice stops at once."""
        from asstctl.cli.interrupts import graceful

        return graceful()

    def smoking(self, *, stream: bool) -> AbstractContextManager["SmokeObserver | None"]:
        """Show how far the cases are, or the replies as they are written."""
        if self._quiet:
            return nullcontext()
        from asstctl.views.smoke.progress import TerminalObserver

        return TerminalObserver(_console, terminal=is_terminal(sys.stderr), stream=stream)


def _console() -> "Console":
    from rich.console import Console

    return Console(
        stderr=True,
        no_color=not wants_color(sys.stderr),
        force_terminal=is_terminal(sys.stderr),
    )
