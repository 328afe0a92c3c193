"""What happens on the wire, on stderr: retries always, requests with ``-v``, bodies with ``-vv``.

``ASSTCTL_LOG`` says the same as the option, for pipelines that cannot change a command line.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from asstctl.cli.output import report, say
from asstctl.errors import UsageError
from asstctl.text.printable import printable

if TYPE_CHECKING:
    from asstctl.remote.wire.observer import Exchange, Retry

_VARIABLE: Final = "ASSTCTL_LOG"
_LEVELS: Final = {"": 0, "info": 1, "debug": 2}
_PATIENCE: Final = 1.0
"""Seconds of silence that nobody has to explain."""

_verbosity = 0


def choose_verbosity(count: int) -> None:
    """Remember how often ``-v`` was given."""
    global _verbosity
    _verbosity = count


def wire_log() -> "WireLog":
    """The log that was asked for. Raises UsageError when ``ASSTCTL_LOG`` holds no level."""
    level = os.environ.get(_VARIABLE, "").strip().lower()
    if level not in _LEVELS:
        raise UsageError(
            f"{_VARIABLE} holds {level!r}, which is no level",
            fix="Use info (each request) or debug (its body too).",
        )
    return WireLog(max(_verbosity, _LEVELS[level]))


class WireLog:
    """Tells on stderr what happens. At ``level`` 1 every request, at 2 its bodies."""

    def __init__(self, level: int) -> None:
        self.level = level
        self._said = ""

    @property
    def wants_bodies(self) -> bool:
        """Whether bodies are shown."""
        return self.level > 1

    def on_exchange(self, exchange: "Exchange") -> None:
        """Show a request and how it ended."""
        if self.level > 0:
            report("\n".join(map(printable, _lines(exchange))), err=True)

    def on_retry(self, retry: "Retry") -> None:
        """Say why it takes long. What many requests run into at once is said once."""
        if retry.silence < _PATIENCE:
            return
        many = f" ({retry.attempt}/{retry.attempts})" if retry.attempts else ""
        pause = "" if retry.attempts else f" in {retry.pause:.0f} s"
        sentence = f"retrying{many}{pause}: {retry.reason}"
        if sentence != self._said:
            say(sentence)
        self._said = sentence


def _lines(exchange: "Exchange") -> Iterator[str]:
    outcome = " ".join(filter(None, (str(exchange.status or ""), exchange.error)))
    facts = [outcome, f"{exchange.seconds * 1000:.0f} ms"]
    if exchange.attempt > 1:
        facts.append(f"attempt {exchange.attempt}")
    if exchange.request_id:
        facts.append(exchange.request_id)
    yield f"{exchange.method} {exchange.path} → {' · '.join(facts)}"
    for sign, body in ((">", exchange.sent), ("<", exchange.received)):
        if body:
            yield f"  {sign} {body}"
