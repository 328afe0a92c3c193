"""Citation markers in an answer: how they are written, found and turned into annotations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from asstctl.emulator.store.collections import Body

_OPEN, _CLOSE = "【", "】"
_LONGEST = 400


def marker(message: int, result: int, file_name: str) -> str:
    """Write a marker as the original did: the message, the result in it, and its source."""
    name = file_name.replace(_OPEN, "(").replace(_CLOSE, ")").replace("\n", " ")
    return f"{_OPEN}{message}:{result}†{name}{_CLOSE}"


@dataclass(slots=True)
class CitationScanner:
    """Follows a streamed answer and annotates the markers it knows.

    Text that may be the beginning of a marker is held back until it is known to be one or not.
    """

    sources: Mapping[str, str]
    length: int = 0
    annotations: list[Body] = field(default_factory=list)
    _pending: str = ""

    def feed(self, text: str) -> Iterator[tuple[str, list[Body]]]:
        """Give the pieces that are ready, each with the annotations that lie in it."""
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

    def finish(self) -> Iterator[tuple[str, list[Body]]]:
        """Give what is left: the answer has ended, so it is no marker."""
        if self._pending:
            yield self._take(len(self._pending))

    def _take(self, count: int) -> tuple[str, list[Body]]:
        text, self._pending = self._pending[:count], self._pending[count:]
        start, self.length = self.length, self.length + len(text)
        file_id = self.sources.get(text)
        if file_id is None:
            return text, []
        annotation: Body = {
            "type": "file_citation",
            "text": text,
            "start_index": start,
            "end_index": self.length,
            "file_citation": {"file_id": file_id},
        }
        self.annotations.append(annotation)
        return text, [annotation | {"index": len(self.annotations) - 1}]
