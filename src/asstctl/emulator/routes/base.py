"""How an endpoint becomes a route."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.ids import new_id
from asstctl.emulator.store import blobs
from asstctl.emulator.store.collections import Collection

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

KEEP_ID = "x-asstctl-id"
"""The header that asks for an id: that of the object that a program already knows."""

_LONGEST_ID = 128

Endpoint = Callable[["Account", Request], Awaitable[Response]]


def table(account: "Account", endpoints: Mapping[tuple[str, str], Endpoint]) -> list[Route]:
    """Make routes of a table ``{(method, path): endpoint}``."""
    return [
        Route(path, partial(endpoint, account), methods=[method])
        for (method, path), endpoint in endpoints.items()
    ]


def tidying(account: "Account") -> BackgroundTask | None:
    """Give what deletes from the account's bucket, behind a response, what a request let go."""
    if account.database.bucket is None:
        return None
    return BackgroundTask(blobs.sweep, account.database, account.clock())


def own_id(account: "Account", request: Request, collection: Collection, prefix: str) -> str:
    """Give the id that the request asks for, or a new one.

    Raises ApiError: 400 for one that is no id of its kind, 409 for one that is taken.
    """
    asked = request.headers.get(KEEP_ID)
    if asked is None:
        return new_id(prefix)
    if len(asked) > _LONGEST_ID or not re.fullmatch(rf"{prefix}[A-Za-z0-9_-]+", asked):
        raise bad_request(
            f"Invalid '{KEEP_ID}': expected '{prefix}' and letters, digits, '_' or '-' after it, "
            f"at most {_LONGEST_ID} characters in all.",
            KEEP_ID,
            "invalid_value",
        )
    if collection.find_row(account.database, asked) is not None:
        told = f"The {collection.noun} '{asked}' exists already."
        raise ApiError(409, told, param=KEEP_ID, code="id_taken")
    return asked
