"""``/agents/sessions``."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from asstctl.emulator.agents import environments, sessions, settings, turns
from asstctl.emulator.agents.events import event
from asstctl.emulator.errors import ApiError, bad_request, conflict, no_resource
from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.sessions import (
    CreateSession,
    InputMessage,
    NoEnvironment,
    UpdateSession,
)
from asstctl.emulator.resources import Writer
from asstctl.emulator.routes.base import table
from asstctl.emulator.store.collections import (
    AGENTS,
    ENVIRONMENTS,
    SESSIONS,
    Body,
    decode,
)
from asstctl.emulator.wire import POLL_SOON, deleted, forgiving_cursor, listing, read

if TYPE_CHECKING:
    from asstctl.emulator.account import Account
    from asstctl.emulator.store.database import Row


def find(account: "Account", request: Request) -> Body:
    """Give the session that the path names."""
    return SESSIONS.get(account.database, request.path_params["session_id"])


async def create(account: "Account", request: Request) -> Response:
    """``POST /agents/sessions``: copies the agent; a later change of it is for later sessions."""
    params = await read(request, CreateSession)
    _check(params)
    agent = _agent(account, params)
    _check_mcp(agent)
    environment = None
    if not isinstance(params.environment, NoEnvironment):
        environment = await environments.of_request(account, params.environment)
    with account.write() as writer:
        session = _insert(writer, params, agent, environment)
        messages = said(params.input)
        turn = turns.create(writer, session, messages) if messages else None
    return _begin(account, session, turn, stream=params.stream)


def _check(params: CreateSession) -> None:
    """Refuse what the fields say together."""
    if params.stream_options is not None and not params.stream:
        told = "stream_options is only allowed when 'stream' is true."
        raise bad_request(told, "stream_options", "invalid_value")
    if params.input is None and (params.stream or isinstance(params.environment, NoEnvironment)):
        raise bad_request(
            "Missing required parameter: 'input'. A session without an environment, and one that "
            "is streamed, needs it.",
            "input",
            "missing_required_parameter",
        )
    for vault_id in params.vault_ids or ():
        raise no_resource("vault", vault_id, "vault_ids")


def _agent(account: "Account", params: CreateSession) -> Body:
    """Give the settings that the session runs with: those of its agent, with its own on top."""
    given: Body = params.agent.given()
    if params.agent_id is not None:
        agent = AGENTS.get(account.database, params.agent_id)
        kept = {name: value for name, value in agent.items() if name not in _NOT_COPIED}
        return settings.merged(kept, given)
    if "model" not in given:
        told = "Missing required parameter: 'agent.model'. Without 'agent_id', it is needed."
        raise bad_request(told, "agent.model", "missing_required_parameter")
    return {"id": new_id("agent_")} | given


_NOT_COPIED = frozenset({"created_at", "updated_at", "metadata"})


def _check_mcp(agent: Body) -> None:
    """Refuse an agent that cannot begin without an MCP server: none is ever reached from here."""
    for tool in agent.get("tools") or ():
        if tool["type"] == "mcp" and tool.get("required"):
            label = tool["server_label"]
            told = f"The MCP server '{label}' is required, and the local account reaches none."
            code = "mcp_server_startup_failed"
            raise ApiError(424, told, type="failed_dependency_error", code=code)


def _insert(writer: Writer, params: CreateSession, agent: Body, environment: "Row | None") -> Body:
    options = params.prompt_cache_options
    session: Body = {
        "id": new_id("sess_"),
        "object": "agent.session",
        "created_at": writer.now,
        "last_active_at": writer.now,
        "agent": agent,
        "environment": decode(environment["body"]) if environment else {"type": "none"},
        "error": environment["error"] if environment else None,
        "metadata": params.metadata or {},
        "vault_ids": [],
        "prompt_cache_options": options.model_dump() if options else None,
        "review": params.review if params.review != "none" else None,
    }
    environment_id = environment["id"] if environment else None
    SESSIONS.insert(writer.connection, session, agent_id=agent["id"], environment_id=environment_id)
    return session


def said(given: str | list[InputMessage] | None) -> list[Body]:
    """Give what the user says as messages."""
    if isinstance(given, str):
        return [{"content": [{"type": "input_text", "text": given}]}]
    return [message.given() for message in given or ()]


def _begin(account: "Account", session: Body, turn: Body | None, *, stream: bool) -> Response:
    """Set a new session to work, and answer with it or with its events."""
    shown = sessions.show(account.database, session)
    queue = account.sessions.bus.listen(session["id"]) if stream else None
    tell = account.sessions.tell(session["id"])
    environment = ENVIRONMENTS.find_row(account.database, session["environment"].get("id", ""))
    if environment is not None:
        tell.environment(environments.state(environment))
    if turn is not None:
        account.sessions.announce(turn)
    account.sessions.go_on(session["id"])
    if queue is None:
        return JSONResponse(shown, status_code=201, headers=POLL_SOON)
    created = event("agent.session.created", session=shown)
    return streamed(account.sessions.bus.follow(session["id"], queue, created), status_code=201)


def streamed(body: AsyncIterator[bytes], status_code: int = 200) -> Response:
    """Answer with events."""
    headers = {"cache-control": "no-cache"}
    return StreamingResponse(
        body, media_type="text/event-stream", headers=headers, status_code=status_code
    )


async def update(account: "Account", request: Request) -> Response:
    """``POST /agents/sessions/{id}``: what changes of the agent is for the turns to come."""
    find(account, request)
    given: dict[str, Any] = (await read(request, UpdateSession)).given()
    with account.write() as writer:
        session = find(account, request)
        agent = given.pop("agent", {})
        if "reasoning" in agent:
            agent["reasoning"] = (session["agent"].get("reasoning") or {}) | agent["reasoning"]
        session["agent"] |= agent
        if "metadata" in given:
            session["metadata"] = given["metadata"] or {}
        if "prompt_cache_options" in given:
            session["prompt_cache_options"] = given["prompt_cache_options"]
        if "review" in given:
            session["review"] = given["review"] if given["review"] != "none" else None
        SESSIONS.save(writer.connection, session)
    return JSONResponse(sessions.show(account.database, session))


async def get(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions/{id}``."""
    shown = sessions.show(account.database, find(account, request))
    return JSONResponse(shown, headers=POLL_SOON)


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /agents/sessions``."""
    agent_id = request.query_params.get("agent_id")
    scope = {"agent_id": agent_id} if agent_id else {}
    page = SESSIONS.page(account.database, forgiving_cursor(request), **scope)
    return listing(page, lambda found: [sessions.show(account.database, one) for one in found])


async def delete(account: "Account", request: Request) -> Response:
    """``DELETE /agents/sessions/{id}``: refused (409) while a turn is not over."""
    session = find(account, request)
    with account.write() as writer:
        if turns.active(account.database, session["id"]):
            told = f"The session '{session['id']}' is busy: cancel its turn first."
            raise conflict(told)
        SESSIONS.delete(writer.connection, session["id"])
        if session["environment"]["type"] != "none":
            ENVIRONMENTS.delete(writer.connection, session["environment"]["id"])
    account.sessions.bus.end(session["id"])
    return deleted(session["id"], "agent.session.deleted")


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    one = "/agents/sessions/{session_id}"
    return table(
        account,
        {
            ("POST", "/agents/sessions"): create,
            ("GET", "/agents/sessions"): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("DELETE", one): delete,
        },
    )
