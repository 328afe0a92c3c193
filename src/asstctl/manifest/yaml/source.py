"""Text files of the project as they were read, and places in them."""

import re
from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from asstctl.manifest import codes, secrets
from asstctl.manifest.lfs import raise_if_pointer
from asstctl.manifest.problems import Rejected, Span
from asstctl.model.diagnostics import Excerpt, Location

MAX_TEXT_BYTES = 16 * 1024 * 1024
"""A manifest, or a text that one refers to, may not be larger: nobody writes that by hand."""

_LONGEST_EXCERPT = 400
# The same line ends that YAML 1.1 parsers count, so that lines and columns agree.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BOMS_OF_OTHERS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class Mark(Protocol):
    """A position as the YAML parser gives it; lines and columns count from 0."""

    line: int
    column: int


class Marked(Protocol):
    """Anything that starts and ends somewhere."""

    start_mark: Mark
    end_mark: Mark


class SourceFile:
    """A text file of the project. ``path`` is relative to it, with ``/``."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.nodes: list[Any] | None = None

    @cached_property
    def lines(self) -> list[str]:
        """The lines with what looks like a secret masked."""
        return _LINE_END.split(secrets.mask(self.text))

    @cached_property
    def secrets(self) -> tuple[tuple[int, int, str], ...]:
        """Start, end and kind of each secret; searched once, however often the file is used."""
        return tuple(secrets.find(self.text))

    def hide(self, marked: Marked) -> None:
        """Keep a node's text out of every excerpt."""
        start, end = marked.start_mark, marked.end_mark
        for number in range(start.line, min(end.line + 1, len(self.lines))):
            line = self.lines[number]
            left = start.column if number == start.line else 0
            right = end.column if number == end.line else len(line)
            self.lines[number] = line[:left] + "*" * (right - left) + line[right:]

    @property
    def whole(self) -> Span:
        """The file as such."""
        return Span(Location(self.path))

    def span(self, marked: Marked) -> Span:
        """The place of a node; of one with several lines, the rest of its first line."""
        start, end = marked.start_mark, marked.end_mark
        width = end.column - start.column if end.line == start.line else 0
        return self.at(start.line, start.column, width)

    def at(self, line: int, column: int, width: int = 0) -> Span:
        """A place by its line and column from 0; without a width, the rest of the line."""
        location = Location(self.path, line + 1, column + 1)
        if line >= len(self.lines):
            return Span(location)
        text = self.lines[line]
        text = text[:column] + text[column:].rstrip()  # what is missing may be missing at the end
        if not text.strip():
            return Span(location)
        width = max(1, min(width or len(text), len(text) - column))
        if column + width > _LONGEST_EXCERPT:
            width = max(1, min(width, _LONGEST_EXCERPT - column))
        if column >= _LONGEST_EXCERPT:
            return Span(location)
        return Span(location, Excerpt(text[:_LONGEST_EXCERPT], width))

    def offset(self, mark: Mark) -> int:
        """A position as its distance in characters from the start of the text."""
        if mark.line >= len(self._starts):
            return len(self.text)
        return self._starts[mark.line] + mark.column

    def at_offset(self, offset: int, width: int = 1) -> Span:
        """A place by its distance in characters from the start of the text."""
        line = bisect_right(self._starts, offset) - 1
        return self.at(line, offset - self._starts[line], width)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line starts in the text."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]


def read_text(source: Path, path: str) -> SourceFile:
    """Read a UTF-8 text file; a byte-order mark is dropped. Raises Rejected."""
    try:
        with source.open("rb") as handle:
            data = handle.read(MAX_TEXT_BYTES + 1)
    except FileNotFoundError:
        raise Rejected(codes.MISSING_FILE, path) from None
    except OSError as error:
        if source.is_dir():  # each system has another error for that
            raise Rejected(codes.NOT_A_FILE, path, detail="It is a folder.") from None
        reason = error.strerror or type(error).__name__
        raise Rejected(codes.UNREADABLE_FILE, path, detail=f"{reason}.") from None
    if len(data) > MAX_TEXT_BYTES:
        limit = MAX_TEXT_BYTES // 2**20
        raise Rejected(codes.MANIFEST_TOO_LARGE, path, detail=f"It has more than {limit} MB.")
    raise_if_pointer(path, data)
    return SourceFile(path, _decoded(data, path))


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = column = 0
        if data.startswith(_BOMS_OF_OTHERS):
            detail = "It starts with the mark of UTF-16 or UTF-32."
        else:
            good = data[: error.start].decode("utf-8-sig")
            line, column = good.count("\n") + 1, len(good) - good.rfind("\n")
            detail = f"Byte 0x{data[error.start]:02x} in line {line} is not UTF-8."
        raise Rejected(codes.NOT_UTF8, path, detail=detail, line=line, column=column) from None
