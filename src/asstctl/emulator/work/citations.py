"""Citation markers in an answer: how they are written, and found again while it streams."""

import re
from collections.abc import Iterator, Mapping

from asstctl.emulator.models.base import CodeFile, FileSearchCall, Found, Prompt
from asstctl.emulator.work.made import link, made

Source = Found | CodeFile

_OPEN, _CLOSE = "【", "】"


def marker(message: int, result: int, file_name: str) -> str:
    """Write a marker as the original did: the message, the result in it, and its source."""
    name = file_name.replace(_OPEN, "(").replace(_CLOSE, ")").replace("\n", " ")
    return f"{_OPEN}{message}:{result}†{name}{_CLOSE}"


def sources(prompt: Prompt) -> dict[str, Source]:
    """Map the markers and addresses that an answer may use to what they stand for."""
    found: dict[str, Source] = {
        found.marker: found
        for done in prompt.rounds
        for call in done.calls
        if isinstance(call, FileSearchCall)
        for found in call.results
        if found.marker
    }
    return found | {link(file): file for file in made(prompt.rounds)}


class CitationScanner:
    """Follows a streamed answer and tells the markers it knows from other text.

    Text that may be the beginning of a marker is held back until it is known to be one or not.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        # The longest first: one address may be the beginning of another.
        longest = sorted(sources, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest)) if longest else r"(?!)")
        self._starts = frozenset(text[0] for text in sources)
        self._pending = ""

    def feed(self, text: str) -> Iterator[tuple[str, Source | None]]:
        """Give the pieces that are ready, each with what it cites if it is a marker."""
        self._pending += text
        yield from self._ready(self._unsure())

    def finish(self) -> Iterator[tuple[str, Source | None]]:
        """Give what is left: the answer has ended, so it becomes no other marker."""
        yield from self._ready(len(self._pending))

    def _unsure(self) -> int:
        """Give where text begins that may become a marker, or a longer one."""
        for at, char in enumerate(self._pending):
            rest = self._pending[at:]
            if char in self._starts and any(
                len(known) > len(rest) and known.startswith(rest) for known in self._sources
            ):
                return at
        return len(self._pending)

    def _ready(self, end: int) -> Iterator[tuple[str, Source | None]]:
        ready, self._pending = self._pending[:end], self._pending[end:]
        at = 0
        for match in self._known.finditer(ready):
            if match.start() > at:
                yield ready[at : match.start()], None
            yield match[0], self._sources[match[0]]
            at = match.end()
        if at < len(ready):
            yield ready[at:], None
