"""``/agents/environments/templates``."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.agents import hosting
from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.environments import TemplateFields
from asstctl.emulator.routes.base import table
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import TEMPLATES, Body, decode, encode
from asstctl.emulator.wire import deleted, forgiving_cursor, listing, read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def _show(template: Body, config: Body) -> Body:
    return template | {
        "name": config.get("name"),
        "files": hosting.template_files(config),
        **hosting.shown(config),
    }


async def create(account: "Account", request: Request) -> Response:
    """``POST /agents/environments/templates``."""
    config = await _read(account, request)
    with account.write() as writer:
        template = _show(
            {
                "id": new_id("envtmpl_"),
                "object": "agent.environment.template",
                "created_at": writer.now,
                "updated_at": writer.now,
            },
            config,
        )
        TEMPLATES.insert(writer.connection, template, inner=encode(config))
    return JSONResponse(template, status_code=201)


async def update(account: "Account", request: Request) -> Response:
    """``POST /agents/environments/templates/{id}``: what is given replaces the whole field."""
    template_id = request.path_params["template_id"]
    TEMPLATES.get(account.database, template_id)
    given = await _read(account, request)
    with account.write() as writer:
        row = TEMPLATES.get_row(account.database, template_id)
        config = decode(row["inner"]) | given
        template = _show(decode(row["body"]), config) | {"updated_at": writer.now}
        TEMPLATES.save(writer.connection, template, inner=encode(config))
    return JSONResponse(template)


async def _read(account: "Account", request: Request) -> Body:
    given: Body = (await read(request, TemplateFields)).given()
    files.expire(account.database, account.clock())
    hosting.check_uploads(account.database, given.get("files") or ())
    return given


async def get(account: "Account", request: Request) -> Response:
    """``GET /agents/environments/templates/{id}``."""
    return JSONResponse(TEMPLATES.get(account.database, request.path_params["template_id"]))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /agents/environments/templates``."""
    return listing(TEMPLATES.page(account.database, forgiving_cursor(request)))


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /agents/environments/templates/{id}``: sessions that are there keep their files."""
    template_id = request.path_params["template_id"]
    with account.write() as writer:
        TEMPLATES.get(account.database, template_id)
        TEMPLATES.delete(writer.connection, template_id)
    return deleted(template_id, "agent.environment.template.deleted")


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    every = "/agents/environments/templates"
    one = f"{every}/{{template_id}}"
    return table(
        account,
        {
            ("POST", every): create,
            ("GET", every): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
        },
    )
