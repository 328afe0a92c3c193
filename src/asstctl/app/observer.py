"""Who watches a use case: a terminal, or nobody."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from asstctl.errors import AsstctlError
from asstctl.model.diagnostics import Diagnostic
from asstctl.model.sensitive import Sensitive

if TYPE_CHECKING:
    import asyncio

    from asstctl.plan.plan import Plan
    from asstctl.remote.wire.observer import WireObserver
    from asstctl.smoke.observer import SmokeObserver
    from asstctl.sync.observer import ApplyObserver


class Observer:
    """Told what happens, as it happens; override what is of interest, the rest does nothing.

    Must not raise; only a context may take its time.
    """

    def on_sensitive(self, sensitive: Sensitive) -> None:
        """These must never be shown. Told before anything is done with them."""

    def on_names(self, *names: object) -> None:
        """Addresses, ids and the like, which hold no secret: people find things by them."""

    def on_warnings(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """The manifests are valid, and something about them should be known."""

    def on_note(self, sentence: str, because: AsstctlError | None = None) -> None:
        """Something that should be known and stops nothing."""

    def on_plan(self, plan: "Plan") -> None:
        """What is about to be done, unless a guard or ``confirm`` stops it."""

    def wire(self) -> "WireObserver":
        """Who watches the requests. May raise UsageError when that cannot be told."""
        from asstctl.remote.wire.observer import SILENT

        return SILENT

    def reading(self, account: str) -> AbstractContextManager[object]:
        """Around the time in which an account is read."""
        return nullcontext()

    def applying(self, plan: "Plan") -> AbstractContextManager["ApplyObserver | None"]:
        """Around the execution of a plan: who watches its changes, None for nobody."""
        return nullcontext()

    def interrupts(self) -> AbstractContextManager["asyncio.Event"]:
        """Around the execution of a plan: once the event is set, nothing more is begun."""
        import asyncio

        return nullcontext(asyncio.Event())

    def smoking(self, *, stream: bool) -> AbstractContextManager["SmokeObserver | None"]:
        """Around smoke cases: who watches them, with ``stream`` token by token."""
        return nullcontext()


SILENT: Final = Observer()
