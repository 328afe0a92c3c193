"""How an endpoint becomes a route."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

Endpoint = Callable[["Account", Request], Awaitable[Response]]


def table(account: "Account", endpoints: Mapping[tuple[str, str], Endpoint]) -> list[Route]:
    """Make routes of a table ``{(method, path): endpoint}``."""
    return [
        Route(path, partial(endpoint, account), methods=[method])
        for (method, path), endpoint in endpoints.items()
    ]
