"""Reading the text of the file types that ``file_search`` takes."""

import codecs
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import IO

from asstctl.emulator.text.tokens import BYTES_PER_TOKEN
from asstctl.emulator.text.unreadable import UnreadableError

MAX_TOKENS = 5_000_000
_MAX_BYTES = MAX_TOKENS * BYTES_PER_TOKEN

PLAIN = frozenset(
    "c cpp cs css go java js json md php py rb sh tex ts txt".split()  # noqa: SIM905 - reads best so
)
SUPPORTED = PLAIN | {"doc", "docx", "html", "pdf", "pptx"}


def extension(filename: str) -> str:
    """Give the lower-case extension without its dot."""
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower().lstrip(".")


def extract(stream: IO[bytes], filename: str, check: Callable[[], None]) -> str:
    """Read a file's text. ``check`` is called now and then and may raise to stop the work."""
    kind = extension(filename)
    if kind == "pdf":
        from asstctl.emulator.text.pdf import pdf_pages

        parts = pdf_pages(stream)
    elif kind in {"docx", "pptx", "doc"}:
        from asstctl.emulator.text.office import office_parts

        parts = office_parts(stream, kind)
    elif kind == "html":
        parts = iter([html_text(_decode(stream))])
    else:
        parts = iter([_decode(stream)])
    text = _collect(parts, check)
    if not text.strip():
        raise UnreadableError("The file has no text that could be searched.")
    return text


def _collect(parts: Iterator[str], check: Callable[[], None]) -> str:
    gathered: list[str] = []
    size = 0
    for part in parts:
        check()
        size += len(part)
        if size > _MAX_BYTES:
            raise _too_long()
        gathered.append(part)
    return "\n".join(gathered)


def _too_long() -> UnreadableError:
    return UnreadableError(f"The file has more than {MAX_TOKENS:,} tokens.")


def _decode(stream: IO[bytes]) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark; anything else is not text."""
    data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise _too_long()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError("The file is not text in UTF-8, UTF-16 or ASCII.") from error
    if "\0" in text:
        raise UnreadableError("The file holds binary data, not text.")
    return text


_BLOCKS = frozenset(
    """address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2
    h3 h4 h5 h6 header hr li main nav ol p pre section table title tr ul""".split()  # noqa: SIM905
)
_HIDDEN = frozenset({"script", "style", "template", "noscript"})


class _TextOfHtml(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_text(markup: str) -> str:
    """Give what a reader sees of an HTML document, a line per block."""
    parser = _TextOfHtml()
    parser.feed(markup)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)
