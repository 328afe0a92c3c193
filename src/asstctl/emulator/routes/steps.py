"""``/threads/{id}/runs/{id}/steps``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.routes.base import table
from asstctl.emulator.routes.runs import find as find_run
from asstctl.emulator.runs.calls import RESULT_CONTENT, show
from asstctl.emulator.store.collections import STEPS
from asstctl.emulator.wire import cursor, included, listing

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def _include(request: Request) -> Sequence[str]:
    return included(request, (RESULT_CONTENT,))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET …/steps``."""
    run = find_run(account, request)
    page = STEPS.page(account.database, cursor(request), run_id=run["id"])
    include = _include(request)
    return listing(page, lambda steps: show(steps, include))


async def get(account: "Account", request: Request) -> Response:
    """``GET …/steps/{step_id}``."""
    run = find_run(account, request)
    step = STEPS.get(account.database, request.path_params["step_id"], run_id=run["id"])
    return JSONResponse(show([step], _include(request))[0])


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    steps = "/threads/{thread_id}/runs/{run_id}/steps"
    return table(account, {("GET", steps): list_all, ("GET", f"{steps}/{{step_id}}"): get})
