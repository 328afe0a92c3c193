"""Citation markers in an answer: how they are written, and found again while it streams."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asstctl.emulator.models.base import FileSearchCall, Found, Prompt

_OPEN, _CLOSE = "【", "】"
_LONGEST = 400


def marker(message: int, result: int, file_name: str) -> str:
    """Write a marker as the original did: the message, the result in it, and its source."""
    name = file_name.replace(_OPEN, "(").replace(_CLOSE, ")").replace("\n", " ")
    return f"{_OPEN}{message}:{result}†{name}{_CLOSE}"


def sources(prompt: Prompt) -> dict[str, Found]:
    """Map the markers that an answer may use to what they cite."""
    return {
        found.marker: found
        for done in prompt.rounds
        for call in done.calls
        if isinstance(call, FileSearchCall)
        for found in call.results
    }


@dataclass(slots=True)
class CitationScanner:
    """Follows a streamed answer and tells the markers it knows from other text.

    Text that may be the beginning of a marker is held back until it is known to be one or not.
    """

    sources: Mapping[str, Found]
    _pending: str = ""

    def feed(self, text: str) -> Iterator[tuple[str, Found | None]]:
        """Give the pieces that are ready, each with what it cites if it is a marker."""
        self._pending += text
        while self._pending:
            start = self._pending.find(_OPEN)
            if start != 0:  # all that comes before a marker is ready
                yield self._take(len(self._pending) if start < 0 else start)
                continue
            end = self._pending.find(_CLOSE)
            if end < 0 and len(self._pending) <= _LONGEST:
                return  # the marker may be complete with the next piece
            yield self._take(end + 1 if end >= 0 else len(self._pending))

    def finish(self) -> Iterator[tuple[str, Found | None]]:
        """Give what is left: the answer has ended, so it is no marker."""
        if self._pending:
            yield self._take(len(self._pending))

    def _take(self, count: int) -> tuple[str, Found | None]:
        text, self._pending = self._pending[:count], self._pending[count:]
        return text, self.sources.get(text)
