"""Text of PDF documents."""

import logging
import re
from collections.abc import Iterator
from typing import IO

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from asstctl.emulator.text.unreadable import UnreadableError

_GAP = re.compile(r"[ \t]{3,}")
_BROKEN = "The PDF cannot be read: it is damaged or uses something that is not supported."

# pypdf warns about every oddity it repairs; the outcome is what the user is told about.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def pdf_pages(stream: IO[bytes]) -> Iterator[str]:
    """Give the text of each page. Raises UnreadableError."""
    try:
        reader = PdfReader(stream)
        _unlock(reader)
        for page in reader.pages:
            yield _page_text(page)
    except UnreadableError:
        raise
    except FileNotFoundError:
        raise
    # A broken document can make the parser fail in any way it likes.
    except Exception as error:
        raise UnreadableError(_BROKEN) from error


def _unlock(reader: PdfReader) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("The PDF is protected by a password.")


def _page_text(page: PageObject) -> str:
    """Keep what stands on one line on one line: "Burger … $23.75" is one fact, not two."""
    try:
        text = page.extract_text(extraction_mode="layout")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        text = ""
    if not text.strip():
        text = page.extract_text()
    lines = (_GAP.sub("  ", line.strip()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
