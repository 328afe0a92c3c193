"""``/uploads``: one file in several parts."""

import asyncio
import hashlib
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.multipart import read_form
from asstctl.emulator.requests.uploads import CompleteUpload, CreateUpload
from asstctl.emulator.routes.base import own_id, table, tidying
from asstctl.emulator.store import blobs, files
from asstctl.emulator.store.collections import FILES, UPLOADS, Body
from asstctl.emulator.store.database import Database
from asstctl.emulator.wire import read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

_MAX_PART_BYTES = 64 * 1024 * 1024


def _find(account: "Account", request: Request) -> Body:
    upload = UPLOADS.get(account.database, request.path_params["upload_id"])
    return files.upload_state(upload, account.clock())


def _pending(upload: Body) -> Body:
    if upload["status"] != "pending":
        raise bad_request(f"Upload {upload['id']} is {upload['status']}, not pending.")
    return upload


async def create(account: "Account", request: Request) -> Response:
    """``POST /uploads``."""
    params = await read(request, CreateUpload)
    expires = params.expires_after.seconds if params.expires_after else None
    with account.write() as writer:
        upload = files.create_upload(writer.connection, writer.now, params.given(), expires)
    return JSONResponse(files.show_upload(upload))


async def add_part(account: "Account", request: Request) -> Response:
    """``POST /uploads/{id}/parts``."""
    upload = _pending(_find(account, request))
    form = await read_form(
        request, account.database, file_field="data", limit=_MAX_PART_BYTES, now=account.clock()
    )
    try:
        blob = form.file()
        with account.write() as writer:
            _pending(_find(account, request))
            part = files.add_part(writer.connection, upload["id"], blob.id, writer.now)
    except BaseException:
        form.discard()
        raise
    return JSONResponse(part)


async def complete(account: "Account", request: Request) -> Response:
    """``POST /uploads/{id}/complete``: the parts, in the order given, become a file, which gets the
    id that is asked for.

    Refused (400) when their size or their MD5 is not what the client announced.
    """
    upload = _pending(_find(account, request))
    params = await read(request, CompleteUpload)
    blob_ids = _blobs(account.database, upload, params.part_ids)
    size = _size(account.database, blob_ids)
    if size != upload["bytes"]:
        raise bad_request(
            f"The parts have {size} bytes, but the upload was announced with {upload['bytes']}.",
            "part_ids",
            "invalid_value",
        )
    if params.md5 is not None:
        found = await asyncio.to_thread(_md5, account.database, blob_ids)
        if found != params.md5.lower():
            raise bad_request("The md5 checksum does not match the parts.", "md5", "invalid_value")
    with account.write() as writer:
        upload = _pending(_find(account, request))
        file = files.create(
            writer.connection,
            writer.now,
            own_id(account, request, FILES, files.PREFIX),
            filename=upload["filename"],
            purpose=upload["purpose"],
            size=size,
            blob_ids=blob_ids,
            expires_after=upload["_expires_after"],
        )
        upload |= {"status": "completed", "file": file}
        files.end_upload(writer.connection, upload, keep=blob_ids)
    return JSONResponse(files.show_upload(upload), background=tidying(account))


async def cancel(account: "Account", request: Request) -> Response:
    """``POST /uploads/{id}/cancel``."""
    with account.write() as writer:
        upload = _pending(_find(account, request)) | {"status": "cancelled"}
        files.end_upload(writer.connection, upload)
    return JSONResponse(files.show_upload(upload), background=tidying(account))


def _blobs(database: Database, upload: Body, part_ids: list[str]) -> list[int]:
    rows = database.rows(
        "SELECT id, blob_id FROM upload_parts WHERE upload_id = ?", (upload["id"],)
    )
    known = {row["id"]: row["blob_id"] for row in rows}
    missing = [part_id for part_id in part_ids if part_id not in known]
    if missing or not part_ids:
        raise ApiError(
            400, f"No such upload part: {', '.join(missing) or 'none given'}", param="part_ids"
        )
    if len(set(part_ids)) != len(part_ids):
        raise bad_request("A part can be used only once.", "part_ids", "invalid_value")
    return [known[part_id] for part_id in part_ids]


def _size(database: Database, blob_ids: list[int]) -> int:
    rows = [database.row("SELECT bytes FROM blobs WHERE id = ?", (blob,)) for blob in blob_ids]
    return sum(int(row["bytes"]) for row in rows if row)


def _md5(database: Database, blob_ids: list[int]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for blob_id in blob_ids:
        for piece in blobs.pieces(database, blob_id):
            digest.update(piece)
    return digest.hexdigest()


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/uploads/{upload_id}"
    return table(
        account,
        {
            ("POST", "/uploads"): create,
            ("POST", f"{one}/parts"): add_part,
            ("POST", f"{one}/complete"): complete,
            ("POST", f"{one}/cancel"): cancel,
        },
    )
