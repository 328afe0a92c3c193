"""Cutting a text into overlapping passages, at line ends where possible."""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from asstctl.emulator.text.tokens import BYTES_PER_TOKEN

_LINE = re.compile(r".*\n|.+")
_WORD = re.compile(r"\s*\S{1,64}|\s+")


def chunk(text: str, max_tokens: int, overlap_tokens: int) -> Iterator[str]:
    """Give passages of at most ``max_tokens``, each beginning with the end of the one before.

    A passage repeats at most ``overlap_tokens`` of it, in whole lines or words.
    """
    limit = max_tokens * BYTES_PER_TOKEN
    overlap = overlap_tokens * BYTES_PER_TOKEN
    window: deque[tuple[str, int]] = deque()
    size = 0
    fresh = False  # whether the window holds more than the overlap with the passage before
    for piece in _pieces(text, limit // 4):
        length = len(_encoded(piece))
        if size + length > limit and window:
            yield from _passage(window)
            # What stays is the overlap, shortened further where the next piece needs the room.
            while window and (size > overlap or size + length > limit):
                size -= window.popleft()[1]
            fresh = False
        window.append((piece, length))
        size += length
        fresh = True
    if fresh:
        yield from _passage(window)


def _passage(window: Iterable[tuple[str, int]]) -> Iterator[str]:
    text = "".join(piece for piece, _ in window).strip()
    if text:
        yield text


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Give lines whole, and long lines word by word; never all of them at once."""
    for line in _LINE.finditer(text):
        if line.end() - line.start() <= longest and len(_encoded(line[0])) <= longest:
            yield line[0]
        else:
            yield from (word[0] for word in _WORD.finditer(text, *line.span()))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
