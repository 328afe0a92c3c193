"""``/vector_stores/{id}/files`` and ``/vector_stores/{id}/file_batches``."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator import resources
from asstctl.emulator.errors import bad_request
from asstctl.emulator.indexer import chunking
from asstctl.emulator.requests.vectors import AttachFile, CreateBatch, UpdateAttributes
from asstctl.emulator.routes.base import table
from asstctl.emulator.routes.vector_stores import find as find_store
from asstctl.emulator.store import indexing, vectors
from asstctl.emulator.store.collections import BATCHES, STORE_FILES, Body
from asstctl.emulator.wire import POLL_SOON, choice, cursor, deleted, listing, read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

_FILTERS = ("in_progress", "completed", "failed", "cancelled")


def _find(account: "Account", request: Request) -> Body:
    store = find_store(account, request)
    return STORE_FILES.get(account.database, request.path_params["file_id"], store_id=store["id"])


def _entry(params: AttachFile) -> vectors.Entry:
    strategy = params.given().get("chunking_strategy")
    return vectors.Entry(params.file_id, chunking(strategy), params.given().get("attributes"))


async def attach(account: "Account", request: Request) -> Response:
    """``POST /vector_stores/{id}/files``."""
    store = find_store(account, request)
    params = await read(request, AttachFile)
    with account.write() as writer:
        resources.check_searchable(account.database, [params.file_id], "file_id")
        writer.attach(store["id"], [_entry(params)])
        body = STORE_FILES.get(account.database, params.file_id, store_id=store["id"])
    return JSONResponse(body)


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /vector_stores/{id}/files``."""
    store = find_store(account, request)
    return _listing(account, request, store_id=store["id"])


def _listing(account: "Account", request: Request, **scope: object) -> Response:
    status = choice(request.query_params, "filter", _FILTERS)
    if status:
        scope["status"] = status
    return listing(STORE_FILES.page(account.database, cursor(request), **scope))


async def get(account: "Account", request: Request) -> Response:
    """``GET /vector_stores/{id}/files/{file_id}``."""
    return JSONResponse(_find(account, request), headers=POLL_SOON)


async def update(account: "Account", request: Request) -> Response:
    """``POST /vector_stores/{id}/files/{file_id}``: replaces the attributes."""
    _find(account, request)
    params = await read(request, UpdateAttributes)
    with account.write() as writer:
        body = vectors.set_attributes(
            writer.connection, _find(account, request), dict(params.attributes or {})
        )
    return JSONResponse(body)


async def detach(account: "Account", request: Request) -> Response:
    """``DELETE /vector_stores/{id}/files/{file_id}``: the file itself stays."""
    body = _find(account, request)
    with account.write() as writer:
        STORE_FILES.delete(writer.connection, body["id"], store_id=body["vector_store_id"])
    return deleted(body["id"], "vector_store.file.deleted")


async def content(account: "Account", request: Request) -> Response:
    """``GET /vector_stores/{id}/files/{file_id}/content``: what was read from the file."""
    body = _find(account, request)
    texts = indexing.passages(account.database, body["vector_store_id"], body["id"])
    return JSONResponse(
        {
            "object": "vector_store.file_content.page",
            "data": [{"type": "text", "text": text} for text in texts],
            "has_more": False,
            "next_page": None,
        }
    )


async def create_batch(account: "Account", request: Request) -> Response:
    """``POST /vector_stores/{id}/file_batches``."""
    store = find_store(account, request)
    params = await read(request, CreateBatch)
    entries = _entries(params)
    param = "file_ids" if params.file_ids is not None else "files"
    with account.write() as writer:
        resources.check_searchable(account.database, [item.file_id for item in entries], param)
        batch = vectors.create_batch(writer.connection, store["id"], writer.now)
        writer.attach(store["id"], entries, batch["id"])
        return JSONResponse(vectors.render_batch(account.database, batch))


def _entries(params: CreateBatch) -> list[vectors.Entry]:
    if (params.file_ids is None) == (params.files is None):
        raise bad_request(
            "Exactly one of 'file_ids' and 'files' must be given.", "file_ids", "invalid_value"
        )
    if params.files is not None:
        return [_entry(item) for item in params.files]
    strategy = params.given().get("chunking_strategy")
    return resources.entries(params.file_ids or (), strategy, params.given().get("attributes"))


def _find_batch(account: "Account", request: Request) -> Body:
    store = find_store(account, request)
    return BATCHES.get(account.database, request.path_params["batch_id"], store_id=store["id"])


async def get_batch(account: "Account", request: Request) -> Response:
    """``GET /vector_stores/{id}/file_batches/{batch_id}``."""
    batch = vectors.render_batch(account.database, _find_batch(account, request))
    return JSONResponse(batch, headers=POLL_SOON)


async def cancel_batch(account: "Account", request: Request) -> Response:
    """``POST /vector_stores/{id}/file_batches/{batch_id}/cancel``."""
    with account.write() as writer:
        batch = vectors.cancel_batch(
            writer.connection, account.database, _find_batch(account, request)
        )
    return JSONResponse(vectors.render_batch(account.database, batch))


async def list_batch(account: "Account", request: Request) -> Response:
    """``GET /vector_stores/{id}/file_batches/{batch_id}/files``."""
    batch = _find_batch(account, request)
    return _listing(account, request, store_id=batch["vector_store_id"], batch_id=batch["id"])


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    files = "/vector_stores/{store_id}/files"
    one = f"{files}/{{file_id}}"
    batches = "/vector_stores/{store_id}/file_batches"
    batch = f"{batches}/{{batch_id}}"
    return table(
        account,
        {
            ("POST", files): attach,
            ("GET", files): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): detach,
            ("GET", f"{one}/content"): content,
            ("POST", batches): create_batch,
            ("GET", batch): get_batch,
            ("POST", f"{batch}/cancel"): cancel_batch,
            ("GET", f"{batch}/files"): list_batch,
        },
    )
