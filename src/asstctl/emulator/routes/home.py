"""``/`` for people: the read-only page, where the client prefers HTML."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError
from asstctl.emulator.routes.base import table

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


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
    from asstctl.emulator.page import views
    from asstctl.emulator.page.layout import document
    from asstctl.emulator.page.style import HEADERS

    account.engine.expire_due()
    query, database = request.query_params, account.database
    status = 200
    try:
        if assistant_id := query.get("assistant"):
            text = views.assistant_page(database, assistant_id)
        elif store_id := query.get("store"):
            text = views.store_page(database, store_id, account.clock())
        elif thread_id := query.get("thread"):
            text = views.thread_page(database, thread_id)
        else:
            text = views.overview(database, account.clock())
    except ApiError as error:
        status, text = error.status, document(error.message)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    return table(account, {("GET", "/"): home})
