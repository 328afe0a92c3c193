"""Text of Word and PowerPoint documents."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from docx import Document
from docx.oxml.parser import parse_xml
from docx.table import Table
from docx.text.paragraph import Paragraph

from asstctl.emulator.text.unreadable import UnreadableError

# A few kilobytes can unpack to gigabytes. A tree of XML takes ten times the room of its text.
_MAX_UNPACKED_BYTES = 64 * 1024 * 1024
_MAX_XML_BYTES = 32 * 1024 * 1024
_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
_TEXT_NAMESPACE = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def office_parts(stream: IO[bytes], kind: str) -> Iterator[str]:
    """Give the text of a document, paragraph by paragraph or slide by slide.

    Raises UnreadableError.
    """
    if stream.read(2) != b"PK":
        raise UnreadableError(
            "The local account cannot read the old binary .doc format: save it as .docx."
            if kind == "doc"
            else f"The file is not a .{kind} document."
        )
    stream.seek(0)
    try:
        _guard(stream)
        stream.seek(0)
        yield from _slides(stream) if kind == "pptx" else _paragraphs(stream)
    except (UnreadableError, FileNotFoundError):
        raise
    # A broken document can make the parsers fail in any way they like.
    except Exception as error:
        raise UnreadableError(f"The .{kind} document cannot be read: it is damaged.") from error


def _guard(stream: IO[bytes]) -> None:
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
    if sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES:
        raise _too_large("The document", _MAX_UNPACKED_BYTES)
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and part.file_size > _MAX_XML_BYTES:
            raise _too_large(f"A part of the document, {part.filename},", _MAX_XML_BYTES)


def _too_large(what: str, limit: int) -> UnreadableError:
    return UnreadableError(f"{what} unpacks to more than {limit // 1024**2} MB.")


def _paragraphs(stream: IO[bytes]) -> Iterator[str]:
    for item in Document(stream).iter_inner_content():
        match item:
            case Paragraph():
                yield item.text
            case Table():
                for row in item.rows:
                    yield "  ".join(cell.text.strip() for cell in row.cells)


def _slides(stream: IO[bytes]) -> Iterator[str]:
    with zipfile.ZipFile(stream) as archive:
        found = ((_SLIDE.fullmatch(name), name) for name in archive.namelist())
        slides = sorted((int(match[1]), name) for match, name in found if match)
        for _, name in slides:
            root = parse_xml(archive.read(name))  # resolves no entities
            paragraphs = root.iter(f"{_TEXT_NAMESPACE}p")
            yield "\n".join(
                "".join(run.text or "" for run in paragraph.iter(f"{_TEXT_NAMESPACE}t"))
                for paragraph in paragraphs
            )
