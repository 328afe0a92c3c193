"""``/agents/environments`` and the files in them."""

import base64
import binascii
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.agents import environments, hosting, reading, turns
from asstctl.emulator.errors import bad_request, conflict, no_resource
from asstctl.emulator.requests.environments import InlineFile, UploadedFile
from asstctl.emulator.requests.sessions import CreateEnvironment
from asstctl.emulator.routes.base import table
from asstctl.emulator.store import environments as stored
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import ENVIRONMENTS, SESSIONS, Body
from asstctl.emulator.wire import forgiving_cursor, listing, parse, read, read_object

if TYPE_CHECKING:
    from asstctl.emulator.account import Account
    from asstctl.emulator.store.database import Row


def _find(account: "Account", request: Request) -> "Row":
    return ENVIRONMENTS.get_row(account.database, request.path_params["environment_id"])


async def create(account: "Account", request: Request) -> Response:
    """``POST /agents/environments``."""
    params = await read(request, CreateEnvironment)
    for vault_id in params.vault_ids or ():
        raise no_resource("vault", vault_id, "vault_ids")
    row = await environments.of_request(account, params.environment)
    return JSONResponse(environments.info(row), status_code=201)


async def get(account: "Account", request: Request) -> Response:
    """``GET /agents/environments/{id}``."""
    return JSONResponse(environments.info(_find(account, request)))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /agents/environments``."""
    page = ENVIRONMENTS.page(account.database, forgiving_cursor(request))
    infos = [environments.info(row) for row in page.rows]
    return listing(page, lambda _: infos)


async def put_file(account: "Account", request: Request) -> Response:
    """``POST /agents/environments/{id}/files``: refused (409) while a turn is under way."""
    row = _find(account, request)
    body = await read_object(request)
    kind = InlineFile if body.get("type") == "inline" else UploadedFile
    file: Body = parse(kind, body).given()
    environments.check_connected(row)
    for session in SESSIONS.all(account.database, environment_id=row["id"]):
        if turns.active(account.database, session["id"]):
            raise conflict(f"The session '{session['id']}' is busy: put files in between turns.")
    files.expire(account.database, account.clock())
    hosting.check_upload(account.database, file, "file_id")
    await reading.put(account, row["id"], file)
    found = stored.files(account.database, row["id"])
    return JSONResponse(next(one for one in found if one["path"] == file["path"]), status_code=201)


async def list_files(account: "Account", request: Request) -> Response:
    """``GET /agents/environments/{id}/files``: in the order of their paths."""
    row = _find(account, request)
    environments.check_connected(row)
    where = forgiving_cursor(request)
    found = stored.files(account.database, row["id"])
    if folder := request.query_params.get("path"):
        found = [file for file in found if file["path"].startswith(f"{folder.rstrip('/')}/")]
    if where.descending:
        found.reverse()
    if token := request.query_params.get("page"):
        found = found[_place(found, token) + 1 :]
    data, rest = found[: where.limit], found[where.limit :]
    following = _token(data[-1]["path"]) if rest else None
    return JSONResponse({"object": "list", "data": data, "has_more": bool(rest), "next": following})


def _token(path: str) -> str:
    return base64.urlsafe_b64encode(path.encode()).decode()


def _place(found: list[Body], token: str) -> int:
    try:
        path = base64.urlsafe_b64decode(token).decode()
        return [file["path"] for file in found].index(path)
    except (binascii.Error, ValueError):
        raise bad_request("Invalid 'page' token.", "page", "invalid_value") from None


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/agents/environments/{environment_id}"
    return table(
        account,
        {
            ("POST", "/agents/environments"): create,
            ("GET", "/agents/environments"): list_all,
            ("GET", one): get,
            ("POST", f"{one}/files"): put_file,
            ("GET", f"{one}/files"): list_files,
        },
    )
