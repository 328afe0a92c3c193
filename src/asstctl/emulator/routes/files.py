"""``/files``."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from asstctl.emulator.errors import ApiError
from asstctl.emulator.multipart import read_form
from asstctl.emulator.requests.uploads import FileForm
from asstctl.emulator.routes.base import own_id, table, tidying
from asstctl.emulator.store import files
from asstctl.emulator.store.blobs import CHUNK_BYTES, FileReader
from asstctl.emulator.store.collections import FILES, Body
from asstctl.emulator.wire import cursor, deleted, listing, parse

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

MAX_FILE_BYTES = 512 * 1024 * 1024


def _find(account: "Account", request: Request) -> Body:
    files.expire(account.database, account.clock())
    file_id = request.path_params["file_id"]
    file = FILES.find(account.database, file_id)
    if file is None:
        raise ApiError(404, f"No such File object: {file_id}", param="id")
    return file


async def create(account: "Account", request: Request) -> Response:
    """``POST /files``."""
    form = await read_form(
        request, account.database, file_field="file", limit=MAX_FILE_BYTES, now=account.clock()
    )
    try:
        fields = parse(FileForm, form.fields)
        blob = form.file()
        with account.write() as writer:
            file = files.create(
                writer.connection,
                writer.now,
                own_id(account, request, FILES, files.PREFIX),
                filename=form.filename,
                purpose=fields.purpose,
                size=blob.size,
                blob_ids=[blob.id],
                expires_after=fields.expires_after.seconds if fields.expires_after else None,
            )
    except BaseException:
        form.discard()
        raise
    return JSONResponse(file)


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /files``."""
    files.expire(account.database, account.clock())
    purpose = request.query_params.get("purpose")
    scope = {"purpose": purpose} if purpose else {}
    where = cursor(request, most=10_000, default=10_000)
    return listing(FILES.page(account.database, where, **scope))


async def get(account: "Account", request: Request) -> Response:
    """``GET /files/{id}``."""
    return JSONResponse(_find(account, request))


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /files/{id}``: takes the file out of every vector store."""
    file = _find(account, request)
    with account.write() as writer:
        files.delete(writer.connection, file["id"])
    return deleted(file["id"], "file", tidying(account))


async def content(account: "Account", request: Request) -> Response:
    """``GET /files/{id}/content``."""
    file = _find(account, request)
    name = quote(file["filename"], safe="")
    reader = FileReader(account.database, file["id"])
    try:  # before it is promised: what cannot be read is answered with why
        first = await asyncio.to_thread(reader.read, CHUNK_BYTES)
    except FileNotFoundError:
        gone = f"The content of the file '{file['id']}' is not there any more."
        raise ApiError(404, gone) from None
    return StreamingResponse(
        _pieces(first, reader),
        media_type="application/octet-stream",
        headers={
            "content-length": str(file["bytes"]),
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "x-content-type-options": "nosniff",
        },
    )


async def _pieces(first: bytes | None, reader: io.RawIOBase) -> AsyncIterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = await asyncio.to_thread(reader.read, CHUNK_BYTES)


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/files/{file_id}"
    return table(
        account,
        {
            ("POST", "/files"): create,
            ("GET", "/files"): list_all,
            ("GET", one): get,
            ("DELETE", one): delete,
            ("GET", f"{one}/content"): content,
            # As a response's citations name what its code made.
            ("GET", f"/containers/{{container_id}}{one}/content"): content,
        },
    )
