"""``/vector_stores`` and their search."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator import resources
from asstctl.emulator.errors import bad_request
from asstctl.emulator.filters import matches
from asstctl.emulator.finding import find_passages
from asstctl.emulator.requests.vectors import CreateVectorStore, Search, UpdateVectorStore
from asstctl.emulator.routes.base import own_id, table
from asstctl.emulator.search import Passage, Searching
from asstctl.emulator.store import files, vectors
from asstctl.emulator.store.collections import VECTOR_STORES, Body
from asstctl.emulator.wire import cursor, deleted, listing, read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def find(account: "Account", request: Request) -> Body:
    """Give the store that the path names."""
    files.expire(account.database, account.clock())
    return VECTOR_STORES.get(account.database, request.path_params["store_id"])


def _show(account: "Account", store: Body) -> JSONResponse:
    return JSONResponse(vectors.render(account.database, [store], account.clock())[0])


async def create(account: "Account", request: Request) -> Response:
    """``POST /vector_stores``."""
    params = await read(request, CreateVectorStore)
    given = params.given()
    with account.write() as writer:
        resources.check_searchable(account.database, params.file_ids, "file_ids")
        store = vectors.create(
            writer.connection,
            writer.now,
            own_id(account, request, VECTOR_STORES, "vs_"),
            name=params.name or "",
            metadata=params.metadata,
            expires_after=given.get("expires_after"),
        )
        writer.attach(
            store["id"], resources.entries(params.file_ids, given.get("chunking_strategy"))
        )
        return _show(account, store)


async def update(account: "Account", request: Request) -> Response:
    """``POST /vector_stores/{id}``."""
    find(account, request)
    given = (await read(request, UpdateVectorStore)).given()
    with account.write() as writer:
        store = find(account, request) | {"last_active_at": writer.now} | given
        store |= {"name": store["name"] or "", "metadata": store["metadata"] or {}}
        VECTOR_STORES.save(writer.connection, store)
    return _show(account, store)


async def get(account: "Account", request: Request) -> Response:
    """``GET /vector_stores/{id}``."""
    return _show(account, find(account, request))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /vector_stores``."""
    files.expire(account.database, account.clock())
    page = VECTOR_STORES.page(account.database, cursor(request))
    return listing(page, lambda found: vectors.render(account.database, found, account.clock()))


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /vector_stores/{id}``."""
    store = find(account, request)
    with account.write() as writer:
        VECTOR_STORES.delete(writer.connection, store["id"])
    return deleted(store["id"], "vector_store.deleted")


async def run_search(account: "Account", request: Request) -> Response:
    """``POST /vector_stores/{id}/search``: refused (400) when the store has expired."""
    store = find(account, request)
    params = await read(request, Search)
    if vectors.is_expired(store, account.clock()):
        raise bad_request(f"Vector store {store['id']} has expired.", code="vector_store_expired")
    queries = [params.query] if isinstance(params.query, str) else params.query
    ranking = params.ranking_options
    searching = Searching(
        (store["id"],),
        params.max_num_results,
        ranking.score_threshold if ranking else 0.0,
        lambda attributes: matches(params.filters, attributes),
    )
    found = await find_passages(account, searching, " ".join(queries))
    with account.write() as writer:
        vectors.touch(writer.connection, account.database, store["id"], writer.now)
    return JSONResponse(
        {
            "object": "vector_store.search_results.page",
            "search_query": queries,
            "data": [_result(passage) for passage in found],
            "has_more": False,
            "next_page": None,
        }
    )


def _result(passage: Passage) -> Body:
    return {
        "file_id": passage.file_id,
        "filename": passage.file_name,
        "score": passage.score,
        "attributes": dict(passage.attributes),
        "content": [{"type": "text", "text": passage.text}],
    }


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/vector_stores/{store_id}"
    return table(
        account,
        {
            ("POST", "/vector_stores"): create,
            ("GET", "/vector_stores"): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
            ("POST", f"{one}/search"): run_search,
        },
    )
