"""The account port on an Agents server: what is asked, what its answers mean, what is said then."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import pytest
from starlette.responses import JSONResponse, Response

from asstctl.model.assistant import AssistantSpec
from asstctl.model.dialect import AGENTS
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.model.stamp import ENVIRONMENT
from asstctl.remote.agents.account import AgentsAccount
from asstctl.remote.storage.gone import NOT_HERE
from asstctl.remote.wire.failures import naming_model, refused
from asstctl.sync.ports import AccountError, ApiGoneError, Failure, RemoteAssistant
from support.agents import SERVICE, AgentsServer
from support.clock import run
from support.engine import Engine
from support.quirks import Metadata, Quirks

Json = Any
T = TypeVar("T")
BARE = AssistantSpec(model="gpt-5", dialect=AGENTS)
TEMPLATES = "/agents/environments/templates"


def ask(server: AgentsServer, work: Callable[[AgentsAccount], Awaitable[T]]) -> T:
    """What an account on a server gives."""

    async def asked() -> T:
        async with Engine(server).account() as account:
            assert isinstance(account, AgentsAccount)
            return await work(account)

    return run(asked())


def failing(
    server: AgentsServer, work: Callable[[AgentsAccount], Awaitable[object]]
) -> AccountError:
    with pytest.raises(AccountError) as told:
        ask(server, work)
    return told.value


def made(server: AgentsServer, spec: AssistantSpec = BARE) -> RemoteAssistant:
    return ask(server, lambda account: account.create_assistant(spec))


def said(status: int, code: str | None = None, message: str = "no", **more: Json) -> Response:
    """An error of the API."""
    error = {"message": message, "type": "invalid_request_error", "code": code, **more}
    return JSONResponse({"error": error}, status)


@pytest.mark.parametrize("status", [200, 201])
def test_an_agent_is_made_with_either_status(status: int) -> None:
    server = AgentsServer(Quirks(created_is_201=status == 201))
    agent = made(server)

    assert list(server.state.assistants) == [agent.id]


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
@pytest.mark.parametrize("quirks", [SERVICE, Quirks(doubles_items=True), Quirks(caps_limit=20)])
def test_every_agent_is_listed_once(quirks: Quirks, count: int) -> None:
    server = AgentsServer(quirks)
    ids = [server.state.create_assistant({"model": "m"})["id"] for _ in range(count)]
    listing = ask(server, lambda account: account.list_assistants())

    assert [item.id for item in listing.items] == ids[::-1]
    assert not listing.cut
    assert all(asked.query.get("limit") == "100" for asked in server.journal)


def test_an_agent_that_is_deleted_while_the_pages_turn_hides_no_other() -> None:
    server = AgentsServer()
    ids = [server.state.create_assistant({"model": "m"})["id"] for _ in range(150)]
    server.plan("GET /agents", None, said(404, message="no such cursor"))
    listing = ask(server, lambda account: account.list_assistants())

    assert {item.id for item in listing.items} == set(ids)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_api_that_is_not_there_is_gone(status: int) -> None:
    error = failing(
        AgentsServer(Quirks(no_assistants=status)), lambda account: account.list_assistants()
    )

    assert isinstance(error, ApiGoneError)
    assert "there is no Agents API at test.account" in error.what
    assert f"HTTP {status} for GET http://test.account/v1/agents" in error.what


def test_an_agent_that_is_not_there_is_none_and_deleted_already() -> None:
    server = AgentsServer()

    async def both(account: AgentsAccount) -> Json:
        await account.delete_assistant("agent_1")
        await account.delete_environment("envtmpl_1")
        return await account.get_assistant("agent_1"), await account.get_environment("envtmpl_1")

    assert ask(server, both) == (None, None)


def test_a_server_that_merges_metadata_lets_go_of_an_environment_too() -> None:
    held = replace(BARE, environment="envtmpl_1", metadata={"a": "1", ENVIRONMENT: "envtmpl_1"})
    free = replace(BARE, metadata={"a": "1"})
    for quirks, metadata in (
        (SERVICE, {"a": "1"}),
        (Quirks(metadata=Metadata.MERGED), {"a": "1", ENVIRONMENT: ""}),
    ):
        server = AgentsServer(quirks)
        agent = made(server, held)
        assert agent.spec.environment == "envtmpl_1"
        changed = ask(server, partial(_update, agent, free))
        assert changed.spec.environment is None
        assert server.state.assistants[agent.id].metadata == metadata


async def _update(
    agent: RemoteAssistant, spec: AssistantSpec, account: AgentsAccount
) -> RemoteAssistant:
    return await account.update_assistant(agent.id, spec, was=agent.spec)


# --- environments ---


def test_a_template_is_made_changed_renamed_and_deleted() -> None:
    server = AgentsServer()
    server.agents.hold("file-1")
    spec = EnvironmentSpec(name="Desk", env={"A": "1"})

    async def life(account: AgentsAccount) -> None:
        template = await account.create_environment(spec)
        assert template.spec == replace(spec, env={}, network=template.spec.network)
        await account.rename_environment(template.id, "Table")
        assert server.agents.confided(template.id)["env"] == {"A": "1"}
        changed = await account.update_environment(template.id, EnvironmentSpec(name="Table"))
        assert await account.get_environment(template.id) == changed
        assert server.agents.confided(template.id)["env"] == {}
        assert (await account.list_environments()).items == (changed,)
        await account.delete_environment(template.id)
        assert (await account.list_environments()).items == ()

    ask(server, life)
    writes = [asked.body for asked in server.writes if asked.body]
    assert [body.get("network") for body in writes] == [
        {"access": "disabled"},
        None,
        {"access": "disabled"},
    ]
    assert writes[1] == {"name": "Table"}


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_templates_is_told_from_one_that_fails(status: int) -> None:
    error = failing(
        AgentsServer(Quirks(no_templates=status)), lambda account: account.list_environments()
    )

    assert error.failure in NOT_HERE
    assert f"HTTP {status} for GET /v1{TEMPLATES}" in error.what


def test_uploads_are_user_data() -> None:
    server = AgentsServer()
    for purpose in ("user_data", "assistants"):
        server.state.upload({"filename": "a.md", "content": b"", "purpose": purpose})
    uploads = ask(server, lambda account: account.list_uploads())

    assert uploads is not None
    assert [upload.purpose for upload in uploads] == ["user_data"]


# --- errors ---

CREATE, LIST = "POST /v1/agents", "GET /v1/agents"
SESSION = "POST /v1/agents/sessions"
MCP = "The MCP server 'docs' failed to start."


@pytest.mark.parametrize(
    ("call", "status", "body", "failure", "words"),
    [
        (LIST, 403, {}, Failure.FORBIDDEN, "permission `api.agents.read`"),
        (CREATE, 403, {}, Failure.FORBIDDEN, "permission `api.agents.write`"),
        ("DELETE /v1/agents/a", 403, {}, Failure.FORBIDDEN, "permission `api.agents.write`"),
        (SESSION, 403, {}, Failure.FORBIDDEN, "`api.agents.write` and `api.responses.write`"),
        ("POST /v1/responses", 403, {}, Failure.FORBIDDEN, "permission `api.responses.write`"),
        (
            CREATE,
            403,
            {"message": "Missing scopes: api.responses.write."},
            Failure.FORBIDDEN,
            "permission `api.responses.write`",
        ),
        ("GET /v1/files", 403, {}, Failure.FORBIDDEN, "Check the key's permissions"),
        (CREATE, 404, {"code": "model_not_found"}, Failure.INVALID, "has no such model"),
        ("GET /v1/agents/a", 404, {"type": "not_found_error"}, Failure.MISSING, "no such object"),
        (CREATE, 409, {"type": "conflict_error"}, Failure.CONFLICT, "conflicts"),
        (
            SESSION,
            424,
            {"code": "mcp_server_startup_failed", "message": MCP},
            Failure.INVALID,
            "the MCP server 'docs' did not start",
        ),
        (
            SESSION,
            424,
            {"code": "mcp_server_startup_failed", "server_label": "crm"},
            Failure.INVALID,
            "the MCP server 'crm' did not start",
        ),
        (SESSION, 424, {}, Failure.INVALID, "the MCP server did not start"),
        (CREATE, 400, {"code": "invalid_beta"}, Failure.INVALID, "OpenAI-Beta: agents=v1"),
        (CREATE, 400, {"code": "other"}, Failure.INVALID, "the account refused the request"),
        (LIST, 503, {"code": "server_is_overloaded"}, Failure.SERVER, "failed to answer"),
    ],
)
def test_every_error_of_the_api_says_what_to_do(
    call: str, status: int, body: Json, failure: Failure, words: str
) -> None:
    data = json.dumps({"error": {"message": "no", **body}}).encode()
    error = refused(call, status, {}, data, NOTHING)

    assert error.failure is failure
    assert words in f"{error.what} {error.fix}"


def test_a_model_that_is_not_there_is_named_and_hidden_where_it_is_secret() -> None:
    server = AgentsServer()
    server.plan("POST /agents", said(404, "model_not_found", "The model does not exist."))
    error = failing(server, lambda account: account.create_assistant(BARE))

    assert error.what == "the account has no model 'gpt-5': HTTP 404 for POST /v1/agents"
    hidden = refused(CREATE, 404, {}, b'{"error": {"code": "model_not_found"}}', NOTHING)
    sensitive = Sensitive(frozenset({"gpt-very-secret"}))
    with (
        pytest.raises(AccountError, match=r"no model '\*\*\*'"),
        naming_model("gpt-very-secret", sensitive),
    ):
        raise hidden


@pytest.mark.parametrize(("status", "code"), [(409, "conflict_error"), (424, "x")])
def test_what_would_not_help_is_not_sent_again(status: int, code: str) -> None:
    server = AgentsServer()
    agent = made(server)
    server.plan("POST /agents/*", said(status, code))
    failing(server, lambda account: account.update_assistant(agent.id, BARE, was=BARE))

    assert server.count("POST", "agents", "*") == 1


def test_an_overloaded_server_is_asked_again() -> None:
    server = AgentsServer()
    agent = made(server)
    overloaded = said(503, "server_is_overloaded")
    server.plan("POST /agents/*", overloaded, overloaded)
    server.plan("GET /agents", overloaded)
    ask(server, lambda account: account.update_assistant(agent.id, BARE, was=BARE))
    ask(server, lambda account: account.list_assistants())

    assert server.count("POST", "agents", "*") == 3
    assert server.count("GET", "agents") == 2


def test_every_request_says_the_beta_of_its_path_and_only_that() -> None:
    server = AgentsServer()

    async def some(account: AgentsAccount) -> None:
        await account.list_assistants()
        await account.list_environments()
        await account.list_stores()
        await account.list_uploads()

    ask(server, some)
    betas = [headers.get("openai-beta") for headers in server.headers]
    assert betas == ["agents=v1", "agents=v1", "assistants=v2", None]
