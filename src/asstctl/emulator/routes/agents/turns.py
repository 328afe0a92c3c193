"""What happened in a session: its turns and items. Subagents, artifacts and traces it has none."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import no_resource
from asstctl.emulator.routes.agents.sessions import find
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.collections import SESSION_ITEMS, TURNS, Body, Page
from asstctl.emulator.wire import POLL_SOON, forgiving_cursor, listing

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def _find(account: "Account", request: Request) -> Body:
    session = find(account, request)
    return TURNS.get(account.database, request.path_params["turn_id"], session_id=session["id"])


async def list_turns(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions/{id}/turns``."""
    session = find(account, request)
    page = TURNS.page(account.database, forgiving_cursor(request), session_id=session["id"])
    return listing(page)


async def get_turn(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions/{id}/turns/{turn_id}``."""
    return JSONResponse(_find(account, request), headers=POLL_SOON)


async def list_items(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions/{id}/items``."""
    session = find(account, request)
    where = forgiving_cursor(request)
    return listing(SESSION_ITEMS.page(account.database, where, session_id=session["id"]))


async def list_turn_items(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions/{id}/turns/{turn_id}/items``."""
    turn = _find(account, request)
    where = forgiving_cursor(request)
    return listing(SESSION_ITEMS.page(account.database, where, turn_id=turn["id"]))


async def list_nothing(account: "Account", request: Request) -> Response:
    """``GET …/subagents``, ``…/artifacts`` and ``…/traces``: agents here leave none of them."""
    find(account, request)
    if after := forgiving_cursor(request).after:
        raise no_resource("object", after, "after")
    return listing(Page((), has_more=False))


async def get_nothing(account: "Account", request: Request) -> Response:
    """``GET …/subagents/{id}`` and ``…/artifacts/{id}``: 404."""
    find(account, request)
    noun = "subagent" if "subagents" in request.url.path else "artifact"
    raise no_resource(noun, request.path_params["object_id"])


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    session = "/agents/sessions/{session_id}"
    turn = f"{session}/turns/{{turn_id}}"
    return table(
        account,
        {
            ("GET", f"{session}/turns"): list_turns,
            ("GET", turn): get_turn,
            ("GET", f"{turn}/items"): list_turn_items,
            ("GET", f"{session}/items"): list_items,
            ("GET", f"{session}/subagents"): list_nothing,
            ("GET", f"{session}/artifacts"): list_nothing,
            ("GET", f"{session}/traces"): list_nothing,
            ("GET", f"{session}/subagents/{{object_id}}"): get_nothing,
            ("GET", f"{session}/artifacts/{{object_id}}"): get_nothing,
        },
    )
