"""``/agents``."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator.agents import settings
from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.agents import CreateAgent, UpdateAgent
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.collections import AGENTS, Body
from asstctl.emulator.wire import deleted, forgiving_cursor, listing, read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def show(agent: Body) -> Body:
    """Give an agent as the wire shows it."""
    return {
        "id": agent["id"],
        "object": "agent",
        "created_at": agent["created_at"],
        "updated_at": agent["updated_at"],
        "name": agent.get("name"),
        "metadata": agent.get("metadata") or {},
        **settings.resolved(agent),
        "tools": settings.tools(agent),
    }


async def create(account: "Account", request: Request) -> Response:
    """``POST /agents``."""
    params = await read(request, CreateAgent)
    with account.write() as writer:
        times = {"created_at": writer.now, "updated_at": writer.now}
        agent = {"id": new_id("agent_")} | times | params.given()
        AGENTS.insert(writer.connection, agent)
    return JSONResponse(show(agent), status_code=201)


async def update(account: "Account", request: Request) -> Response:
    """``POST /agents/{id}``: what is left out is kept."""
    agent_id = request.path_params["agent_id"]
    AGENTS.get(account.database, agent_id)
    params = await read(request, UpdateAgent)
    with account.write() as writer:
        agent = AGENTS.get(account.database, agent_id)
        agent = settings.merged(agent, params.given()) | {"updated_at": writer.now}
        AGENTS.save(writer.connection, agent)
    return JSONResponse(show(agent))


async def get(account: "Account", request: Request) -> Response:
    """``GET /agents/{id}``."""
    return JSONResponse(show(AGENTS.get(account.database, request.path_params["agent_id"])))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /agents``."""
    page = AGENTS.page(account.database, forgiving_cursor(request))
    return listing(page, lambda found: [show(item) for item in found])


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /agents/{id}``: its sessions go on with their copies."""
    agent_id = request.path_params["agent_id"]
    with account.write() as writer:
        AGENTS.get(account.database, agent_id)
        AGENTS.delete(writer.connection, agent_id)
    return deleted(agent_id, "agent.deleted")


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/agents/{agent_id}"
    return table(
        account,
        {
            ("POST", "/agents"): create,
            ("GET", "/agents"): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
        },
    )
