"""Form uploads, streamed into the database: no file is ever held in memory or on a path.

The file's name is kept as a label; nothing is opened by it.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.store.blobs import BlobWriter
from asstctl.emulator.store.database import Database

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MAX_FIELD_BYTES = 64 * 1024
_MAX_FIELDS = 64
_LONG_NAME = re.compile(r"filename\*=utf-8''([^;\s]+)", re.IGNORECASE)
_NESTED = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


@dataclass(slots=True)
class Form:
    """The content of a form: its fields, and the one file, already written to the database."""

    file_field: str
    fields: dict[str, Any] = field(default_factory=dict)
    filename: str = ""
    blob: BlobWriter | None = None

    def file(self) -> BlobWriter:
        """Give the file. Raises ApiError (400) for a form without one."""
        if self.blob is None:
            name = self.file_field
            raise bad_request(
                f"Missing required parameter: '{name}'.", name, "missing_required_parameter"
            )
        return self.blob

    def discard(self) -> None:
        """Remove the file's content, when the request is refused after all."""
        if self.blob is not None:
            self.blob.discard()


class _Parts:
    """Sorts parser callbacks into fields and the file."""

    def __init__(self, file_field: str) -> None:
        self._file_field = file_field
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._name = ""
        self._text = bytearray()
        self._in_file = False
        self._count = 0
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self.arrived = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_text,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._count += 1
        if self._count > _MAX_FIELDS:
            raise bad_request("The form has too many fields.")
        self._disposition = b""
        self._text.clear()
        self._in_file = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_text(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name == self._file_field:
            if self.filename is not None:
                raise bad_request("Only one file can be uploaded at a time.", self._file_field)
            self._in_file = True
            self.filename = _filename(options, self._disposition)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self.arrived += data[start:end]
            return
        self._text += data[start:end]
        if len(self._text) > _MAX_FIELD_BYTES:
            raise bad_request(f"Invalid '{self._name}': the form field is too long.", self._name)

    def _end(self) -> None:
        if not self._in_file:
            self.fields[self._name] = self._text.decode("utf-8", "replace")


def _filename(options: dict[bytes, bytes], disposition: bytes) -> str:
    """Give the file's name; older Python clients write one that is not ASCII in the long form."""
    if b"filename" in options:
        return options[b"filename"].decode("utf-8", "replace")
    encoded = _LONG_NAME.search(disposition.decode("latin-1"))
    return unquote(encoded[1]) if encoded else "upload"


async def read_form(
    request: Request, database: Database, *, file_field: str, limit: int, now: float
) -> Form:
    """Read a multipart form whose ``file_field`` has at most ``limit`` bytes, as it streams in.

    Raises ApiError: 413 for a larger file, 400 for a body that is no such form. What was written of
    the file is then removed.
    """
    parts = _Parts(file_field)
    parser = _parser(request, parts)
    form = Form(file_field)
    try:
        async for piece in request.stream():
            parser.write(piece)
            if parts.filename is not None and form.blob is None:
                form.blob = BlobWriter(database, now)
            if form.blob is not None and parts.arrived:
                await _write(form.blob, parts, limit)
        parser.finalize()
        if form.blob is not None:
            await asyncio.to_thread(form.blob.flush, last=True)
    except (FormParserError, ClientDisconnect) as error:
        form.discard()
        raise bad_request("The form could not be read: it is broken or ended early.") from error
    except BaseException:
        form.discard()
        raise
    form.fields = _nest(parts.fields)
    form.filename = _label(parts.filename or "")
    return form


async def _write(blob: BlobWriter, parts: _Parts, limit: int) -> None:
    full = blob.feed(bytes(parts.arrived))
    parts.arrived.clear()
    if blob.size > limit:
        raise ApiError(
            413, f"The file is larger than {limit // (1024 * 1024)} MB.", code="file_too_large"
        )
    if full:
        await asyncio.to_thread(blob.flush)


def _parser(request: Request, parts: _Parts) -> MultipartParser:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise bad_request("Expected a multipart/form-data body with a file.")
    return MultipartParser(boundary, parts.callbacks())


def _nest(fields: dict[str, str]) -> dict[str, Any]:
    """Read ``expires_after[seconds]=3600`` as an object; digits become numbers there."""
    nested: dict[str, Any] = {}
    for name, value in fields.items():
        match = _NESTED.fullmatch(name)
        if match is None:
            nested[name] = value
            continue
        inner = nested.setdefault(match[1], {})
        if isinstance(inner, dict):
            inner[match[2]] = int(value) if re.fullmatch(r"[0-9]{1,15}", value) else value
    return nested


def _label(filename: str) -> str:
    """Keep the last part of a name, without control characters."""
    last = re.split(r"[/\\]", filename)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", last)[:255] or "upload"
