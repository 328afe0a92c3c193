"""Progress callbacks of the wire: every exchange, and every retry. They must not raise or block."""

from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that left, and how it ended. Its texts hold no secret of the target.

    Exactly one of ``status`` and ``error`` is set, unless the answer broke off: then both are.
    ``attempt`` counts from 1. The bodies are None where they were not asked for or are no text.
    """

    method: str
    path: str
    status: int | None
    seconds: float
    attempt: int
    request_id: str | None = None
    error: str = ""
    sent: str | None = None
    received: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A request will be sent again, as number ``attempt`` of ``attempts``, after ``pause`` seconds.

    ``attempts`` is None where only time bounds them. ``silence`` is how long, in seconds, nothing
    useful will have happened when it is sent.
    """

    attempt: int
    attempts: int | None
    reason: str
    pause: float
    silence: float


class WireObserver(Protocol):
    """Progress callbacks, called from the event loop. They must not raise or block."""

    @property
    def wants_bodies(self) -> bool:
        """Whether exchanges should hold their bodies."""

    def on_exchange(self, exchange: Exchange) -> None:
        """A request was answered, or failed."""

    def on_retry(self, retry: Retry) -> None:
        """A request failed and is sent again after a pause that begins now."""


class _Silent:
    wants_bodies = False

    def on_exchange(self, exchange: Exchange) -> None:
        pass

    def on_retry(self, retry: Retry) -> None:
        pass


SILENT: Final[WireObserver] = _Silent()
