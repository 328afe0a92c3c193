"""``/`` and ``/talk`` for people: what there is, and a conversation with it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError
from asstctl.emulator.page.script import MODULES, module
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.database import Database

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


PAGES = frozenset({"/", "/talk", *(f"/page/{name}" for name in MODULES)})
"""What a browser is shown, which asks for the key as a password. Nothing here can be written to."""


def prefers_html(accept: str) -> bool:
    """Tell whether an Accept header asks for HTML before JSON; ``*/*`` asks for neither."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    for item in accept.split(","):
        kind, _, rest = item.partition(";")
        weight = rest.strip().removeprefix("q=")
        try:
            value = float(weight) if rest.strip().startswith("q=") else 1.0
        except ValueError:
            value = 0.0
        if kind.strip().lower() in weights:
            weights[kind.strip().lower()] = value
    return weights["text/html"] > weights["application/json"]


async def home(account: "Account", request: Request) -> Response:
    """``GET /``: the account at a glance, or one of its objects."""
    if not prefers_html(request.headers.get("accept", "")):
        return JSONResponse({"object": "asstctl.local_account", "base_url": "/v1"})
    from asstctl.emulator.page import agents, responses, views
    from asstctl.emulator.page.layout import document
    from asstctl.emulator.page.style import HEADERS

    account.engine.expire_due()
    query, database, now = request.query_params, account.database, account.clock()
    pages: dict[str, Callable[[Database, str], str]] = {
        "assistant": views.assistant_page,
        "store": partial(views.store_page, now=now),
        "thread": views.thread_page,
        "conversation": responses.conversation_page,
        "response": responses.response_page,
        "agent": agents.agent_page,
        "template": agents.template_page,
        "session": agents.session_page,
    }
    asked = next(((kind, query[kind]) for kind in pages if query.get(kind)), None)
    status = 200
    try:
        text = pages[asked[0]](database, asked[1]) if asked else views.overview(database, now)
    except ApiError as error:
        status, text = error.status, document(error.message)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


async def talk(account: "Account", request: Request) -> Response:
    """``GET /talk``: the page of a conversation."""
    from asstctl.emulator.page.layout import document
    from asstctl.emulator.page.style import SCRIPTED
    from asstctl.emulator.page.talk import talk_page

    account.engine.expire_due()
    status = 200
    try:
        asked = request.query_params
        keyed = bool(account.api_keys)
        text = talk_page(account.database, asked, account.bundles(), keyed=keyed)
    except ApiError as error:
        status, text = error.status, document(error.message)
    return HTMLResponse(text, status_code=status, headers=SCRIPTED)


async def script(_: "Account", request: Request) -> Response:
    """``GET /page/{name}``: a module of that page's script."""
    from asstctl.emulator.page.style import HEADERS

    name = request.path_params["name"]
    if name not in MODULES:
        raise HTTPException(404)
    return Response(module(name), media_type="text/javascript", headers=HEADERS)


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    return table(
        account,
        {("GET", "/"): home, ("GET", "/talk"): talk, ("GET", "/page/{name}"): script},
    )
