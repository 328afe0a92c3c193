"""``/agents/sessions`` with the offline model: what it reads, calls and says, and every end."""

import json
import re
import secrets
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account
from asstctl.emulator.models.base import Calls, FunctionCall, ModelError, Usage
from emulator.agents import (
    BETA,
    CANCEL,
    LISBON,
    NONE,
    WEATHER,
    answers,
    items,
    reply,
    sandbox,
    says,
    settled,
)
from emulator.conftest import Clock, on_both_databases, sdk
from emulator.scripted import Hang, Script


async def test_the_files_of_the_environment_are_quoted(client: openai.AsyncOpenAI) -> None:
    sessions = client.beta.agents.sessions
    environment = await sandbox(client, docs__lisbon_md=LISBON, logo_png=b"\x89PNG\0")
    made = await sessions.create(
        agent={"model": "gpt-4o"}, environment=environment, input="Where does the tram go?"
    )
    assert (await settled(client, made.id)).status == "idle"
    asked, read, answer = await items(client, made.id)
    assert asked.type == "message"
    assert read.type == "message"
    assert answer.type == "message"
    assert (asked.role, asked.phase) == ("user", None)
    assert (read.role, read.phase) == ("assistant", "commentary")
    assert read.output_text == (
        "[local account] Read the environment's files and found passages in "
        "/workspace/docs/lisbon.md. No command was run."
    )
    assert answer.phase == "final_answer"
    assert answer.output_text == (
        "[offline model] I do not think or calculate; these lines of the files match your "
        "message.\n\n"
        "/workspace/docs/lisbon.md:\n"
        "> The tram 28 climbs to the castle.\n\n"
        "No command runs here, so nothing was installed or executed."
    )


async def test_usage_is_that_of_the_turns(client: openai.AsyncOpenAI) -> None:
    sessions = client.beta.agents.sessions
    made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hello?")
    assert made.usage is None
    await settled(client, made.id)
    await sessions.events.create(made.id, events=[says("And now?")])
    session = await settled(client, made.id)
    turns = (await sessions.turns.list(made.id, order="asc")).data
    assert [turn.status for turn in turns] == ["completed", "completed"]
    used = [turn.usage.total_tokens for turn in turns if turn.usage]
    assert len(used) == 2
    assert session.usage is not None
    assert session.usage.total_tokens == sum(used)
    assert session.usage.input_tokens + session.usage.output_tokens == sum(used)


async def test_what_is_not_there_is_said(client: openai.AsyncOpenAI) -> None:
    mcp: Any = {"type": "http", "server_url": "https://x.example"}
    tools: list[Any] = [
        {"type": "web_search"},
        {"type": "mcp", "server_label": "docs", "transport": mcp},
        {"type": "computer_use"},
        {"type": "automations"},
    ]
    sessions = client.beta.agents.sessions
    made = await sessions.create(
        agent={"model": "m", "tools": tools}, environment=NONE, input="Search the web!"
    )
    await settled(client, made.id)
    said = await reply(client, made.id)
    assert "The web cannot be searched here, so nothing was looked up." in said
    assert "No MCP server is connected here, so none of its tools was used." in said
    assert "No browser runs here" in said
    assert "Nothing can be scheduled here" in said
    assert {item.type for item in await items(client, made.id)} == {"message"}


async def test_no_command_is_run_and_the_item_says_so(client: openai.AsyncOpenAI) -> None:
    made = await client.beta.agents.sessions.create(
        agent={"model": "m"},
        environment=await sandbox(client, a_md=b"text"),
        input="Use the shell to list the files.",
    )
    await settled(client, made.id)
    [wanted] = [item for item in await items(client, made.id) if item.type == "command_execution"]
    assert (wanted.status, wanted.exit_code) == ("failed", None)
    assert wanted.output is not None
    assert "Nothing was executed." in wanted.output


async def test_a_session_keeps_the_agent_it_began_with(client: openai.AsyncOpenAI) -> None:
    agents = client.beta.agents
    agent = await agents.create(
        model="gpt-5", name="A", instructions="B", reasoning={"effort": "low", "summary": "auto"}
    )
    made = await agents.sessions.create(
        agent_id=agent.id,
        agent={"instructions": "C", "reasoning": {"effort": "high"}},
        environment=NONE,
        input="Hi",
    )
    await agents.update(agent.id, name="Z", instructions="Z", model="gpt-4o")
    await agents.delete(agent.id)
    kept = (await settled(client, made.id)).agent
    assert (kept.id, kept.name, kept.model, kept.instructions) == (agent.id, "A", "gpt-5", "C")
    assert (kept.reasoning.effort, kept.reasoning.summary) == ("high", None)


async def test_secrets_of_a_session_are_not_shown(http: httpx2.AsyncClient) -> None:
    transport = {
        "type": "http",
        "server_url": "https://x.example",
        "authorization": "hidden",
        "headers": {"a": "hidden"},
    }
    tools = [
        {"type": "mcp", "server_label": "x", "transport": transport},
        {"type": "tool_search"},
    ]
    body = {"agent": {"model": "m", "tools": tools}, "environment": NONE, "input": "Hi"}
    made = await http.post("/agents/sessions", json=body, headers=BETA)
    assert made.status_code == 201
    assert "hidden" not in made.text
    [shown] = made.json()["agent"]["tools"]
    assert shown["transport"] == {"type": "http", "server_url": "https://x.example"}


# --- functions ---


async def _called(client: openai.AsyncOpenAI, asked: str = "Call get_weather for Porto") -> Any:
    made = await client.beta.agents.sessions.create(
        agent={"model": "m", "tools": [WEATHER]}, environment=NONE, input=asked
    )
    session = await settled(client, made.id)
    assert session.status == "requires_action"
    return session


async def test_a_function_is_called_with_an_object_and_answered(client: openai.AsyncOpenAI) -> None:
    session = await _called(client)
    [action] = session.required_actions
    assert action.name == "get_weather"
    assert action.arguments == {"city": "Porto"}
    turns = client.beta.agents.sessions.turns
    [turn] = (await turns.list(session.id)).data
    assert (turn.id, turn.status) == (action.turn_id, "waiting")
    await client.beta.agents.sessions.events.create(session.id, events=answers(session, "sunny"))
    session = await settled(client, session.id)
    assert (session.status, session.required_actions) == ("idle", [])
    assert "sunny" in await reply(client, session.id)
    _, call, output, _ = await items(client, session.id)
    assert call.type == "function_call"
    assert call.status == "completed"
    assert output.type == "function_call_output"
    assert (output.call_id, output.output) == (action.call_id, "sunny")


@pytest.mark.parametrize(
    ("given", "told", "status"),
    [
        ({"success": False, "error": "no such city"}, "Error: no such city", "failed"),
        ({"success": False}, "Error: The call failed.", "failed"),
        ({"success": True, "output": None}, "gave: ", "completed"),
        (
            {"success": True, "output": [{"type": "input_text", "text": "rain"}]},
            "gave: rain",
            "completed",
        ),
    ],
)
async def test_answers_of_every_kind(
    client: openai.AsyncOpenAI, given: dict[str, Any], told: str, status: str
) -> None:
    session = await _called(client)
    [event] = answers(session, "")
    del event["output"]
    event |= given
    await client.beta.agents.sessions.events.create(session.id, events=[event])
    await settled(client, session.id)
    assert told in await reply(client, session.id)
    _, call, output, _ = await items(client, session.id)
    assert call.type == "function_call"
    assert output.type == "function_call_output"
    assert call.status == output.status == status


async def test_an_answer_that_nobody_waits_for(http: httpx2.AsyncClient, account: Account) -> None:
    async with sdk(account) as client:
        session = await _called(client)
        [event] = answers(session, "sunny")
        for wrong in ({"call_id": "call_x"}, {"turn_id": "turn_x"}):
            refused = await http.post(
                f"/agents/sessions/{session.id}/events",
                json={"events": [event | wrong]},
                headers=BETA,
            )
            # The words that the SDK's own stream helper looks for.
            error = refused.json()["error"]
            call_id = (event | wrong)["call_id"]
            assert error["message"] == f"Unknown pending tool call: {call_id}"
            assert error["code"] == "invalid_request_error"
            assert refused.status_code == 400
        assert (await settled(client, session.id)).status == "requires_action"
        await client.beta.agents.sessions.events.create(session.id, events=[event])
        with pytest.raises(openai.BadRequestError, match="Unknown pending tool call"):
            await client.beta.agents.sessions.events.create(session.id, events=[event])


async def test_all_events_are_taken_or_none(client: openai.AsyncOpenAI) -> None:
    session = await _called(client)
    [event] = answers(session, "sunny")
    approval: Any = {
        "type": "agent.session.input.mcp_approval_request_result",
        "request_id": "nothing",
        "response": {"type": "mcp_tool_call", "decision": "approve"},
    }
    sessions = client.beta.agents.sessions
    with pytest.raises(openai.BadRequestError, match="Unknown pending approval request"):
        await sessions.events.create(session.id, events=[event, approval])
    assert len((await settled(client, session.id)).required_actions) == 1


async def test_calls_wait_for_ever_and_in_any_process(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "account.db"
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        session = await _called(client)
    clock.advance(30 * 24 * 3600)
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        assert (await client.beta.agents.sessions.retrieve(session.id)) == session
        sessions = client.beta.agents.sessions
        await sessions.events.create(session.id, events=answers(session, "sunny"))
        assert (await settled(client, session.id)).status == "idle"
        assert "sunny" in await reply(client, session.id)


async def test_what_is_sent_again_is_not_done_again(client: openai.AsyncOpenAI) -> None:
    sessions = client.beta.agents.sessions
    made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
    for _ in range(2):
        await sessions.events.create(made.id, events=[says("Once")], idempotency_key="one")
    with pytest.raises(openai.ConflictError, match="'one' was used with other events"):
        await sessions.events.create(made.id, events=[says("Twice")], idempotency_key="one")
    await settled(client, made.id)
    assert len((await sessions.turns.list(made.id)).data) == 2
    session = await _called(client)
    for _ in range(2):
        await sessions.events.create(
            session.id, events=answers(session, "sunny"), idempotency_key="two"
        )
    assert (await settled(client, session.id)).status == "idle"


@on_both_databases
async def test_a_long_key_is_one_like_any_other(client: openai.AsyncOpenAI) -> None:
    key = secrets.token_urlsafe(4000)  # more than an index of PostgreSQL takes
    sessions = client.beta.agents.sessions
    made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
    for _ in range(2):
        await sessions.events.create(made.id, events=[says("Once")], idempotency_key=key)
    await settled(client, made.id)
    assert len((await sessions.turns.list(made.id)).data) == 2


async def test_an_answer_fits_its_schema(client: openai.AsyncOpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    shape: Any = {"type": "json_schema", "schema": schema}
    made = await client.beta.agents.sessions.create(
        agent={"model": "m", "text": {"format": shape}}, environment=NONE, input="Where?"
    )
    await settled(client, made.id)
    assert list(json.loads(await reply(client, made.id))) == ["city"]


# --- ends ---


async def test_cancel_ends_a_turn_that_waits(client: openai.AsyncOpenAI) -> None:
    session = await _called(client)
    sessions = client.beta.agents.sessions
    with pytest.raises(openai.ConflictError) as busy:
        await sessions.delete(session.id)
    assert busy.value.code == "conflict_error"
    await sessions.events.create(session.id, events=[CANCEL])
    session = await settled(client, session.id)
    assert (session.status, session.required_actions) == ("idle", [])
    [turn] = (await sessions.turns.list(session.id)).data
    assert (turn.status, turn.error) == ("cancelled", None)
    assert turn.completed_at is not None
    _, call = await items(client, session.id)
    assert call.type == "function_call"
    assert call.status == "incomplete"
    assert (await sessions.delete(session.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await sessions.retrieve(session.id)
    with pytest.raises(openai.NotFoundError):
        await sessions.turns.retrieve(turn.id, session_id=session.id)


async def test_cancel_breaks_an_answer_off(clock: Clock) -> None:
    script = Script([["Let me", " see", Hang()], ["Yes."]])
    async with open_account(None, clock=clock, model=script.upstream) as account:
        client = sdk(account)
        sessions = client.beta.agents.sessions
        made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
        await script.reached.wait()
        await sessions.events.create(made.id, events=[says("Are you there?")])
        with pytest.raises(openai.ConflictError):
            await sessions.delete(made.id)
        await sessions.events.create(made.id, events=[CANCEL])
        assert (await sessions.retrieve(made.id)).status == "idle"
        turns = (await sessions.turns.list(made.id)).data
        assert {turn.status for turn in turns} == {"cancelled"}
        broken = (await items(client, made.id))[1]
        assert broken.type == "message"
        assert broken.status == "incomplete"
        assert broken.output_text == "Let me see"
        await sessions.events.create(made.id, events=[CANCEL, says("And now?")])
        await settled(client, made.id)
        assert await reply(client, made.id) == "Yes."


async def test_what_is_said_meanwhile_is_the_next_turn(client: openai.AsyncOpenAI) -> None:
    sessions = client.beta.agents.sessions
    session = await _called(client)
    await sessions.events.create(session.id, events=[says("Thank you")])
    states = [turn.status for turn in (await sessions.turns.list(session.id, order="asc")).data]
    assert states == ["waiting", "queued"]
    await sessions.events.create(session.id, events=answers(session, "sunny"))
    await settled(client, session.id)
    states = [turn.status for turn in (await sessions.turns.list(session.id)).data]
    assert states == ["completed", "completed"]
    assert [item.type for item in await items(client, session.id)].count("message") == 4


async def test_an_upload_that_is_gone_fails_new_sessions(client: openai.AsyncOpenAI) -> None:
    sessions = client.beta.agents.sessions
    environment = await sandbox(client, a_md=LISBON)
    before = await sessions.create(agent={"model": "m"}, environment=environment)
    [file] = before.environment.files  # type: ignore[union-attr]
    await client.files.delete(file.file_id)  # type: ignore[union-attr]
    made = await sessions.create(agent={"model": "m"}, environment=environment, input="Hi")
    assert made.status == "failed"
    assert made.error is not None
    assert re.search(r"No file found with id 'file-\w+', which is '/workspace/a.md'", made.error)
    [turn] = (await sessions.turns.list(made.id)).data
    while turn.status == "queued":
        turn = await sessions.turns.retrieve(turn.id, session_id=made.id)
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.code == "sandbox_error"
    with pytest.raises(openai.ConflictError, match="has failed"):
        await sessions.events.create(made.id, events=[says("Hello?")])
    await sessions.delete(made.id)
    await sessions.events.create(before.id, events=[says("Where does the tram go?")])
    await settled(client, before.id)
    assert "The tram 28" in await reply(client, before.id), "it has its copy"


async def test_a_model_that_fails_fails_the_turn(clock: Clock) -> None:
    script = Script([[ModelError("Too much.", "rate_limit_exceeded")], ["Fine."]])
    async with open_account(None, clock=clock, model=script.upstream) as account:
        client = sdk(account)
        sessions = client.beta.agents.sessions
        made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
        session = await settled(client, made.id)
        assert (session.status, session.error) == ("idle", None)
        [turn] = (await sessions.turns.list(made.id)).data
        assert turn.error is not None
        assert (turn.error.code, turn.error.message) == ("rate_limit_exceeded", "Too much.")
        await sessions.events.create(made.id, events=[says("Again?")])
        await settled(client, made.id)
        assert await reply(client, made.id) == "Fine."


async def test_a_turn_is_cancelled_from_another_process(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "account.db"
    script = Script([["Hm.", Hang()], ["Yes?"]])
    async with (
        open_account(path, clock=clock, model=script.upstream) as one,
        open_account(path, clock=clock) as two,
        sdk(one) as first,
        sdk(two) as second,
    ):
        sessions = second.beta.agents.sessions
        made = await first.beta.agents.sessions.create(
            agent={"model": "m"}, environment=NONE, input="Hi"
        )
        await script.reached.wait()
        await sessions.events.create(made.id, events=[CANCEL])
        assert (await settled(first, made.id)).status == "idle"
        await first.beta.agents.sessions.events.create(made.id, events=[says("Hello?")])
        await settled(second, made.id)
        assert await reply(second, made.id) == "Yes?"
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        turns = (await client.beta.agents.sessions.turns.list(made.id, order="asc")).data
        assert [turn.status for turn in turns] == ["cancelled", "completed"]


async def test_what_a_dead_process_left(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "account.db"
    script = Script([["Well", Hang()]])
    async with open_account(path, clock=clock, model=script.upstream) as account:
        client = sdk(account)
        sessions = client.beta.agents.sessions
        made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
        await script.reached.wait()
        await sessions.events.create(made.id, events=[says("Still there?")])
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        await settled(client, made.id)
        turns = (await client.beta.agents.sessions.turns.list(made.id, order="asc")).data
        assert [turn.status for turn in turns] == ["failed", "completed"]
        assert turns[0].error is not None
        assert "closed" in turns[0].error.message


# --- what the model is told ---


async def test_what_the_model_is_told(clock: Clock) -> None:
    call = FunctionCall("call_1", "get_weather", '{"city": "Porto"}')
    script = Script(
        [["Let me look.", Calls((call,)), Usage(7, 3, 2)], ["Sunny."], ["Bye.", Usage(9, 1, 5)]]
    )
    async with open_account(None, clock=clock, model=script.upstream) as account:
        client = sdk(account)
        sessions = client.beta.agents.sessions
        schema: Any = {"type": "json_schema", "schema": {"type": "object"}}
        made = await sessions.create(
            agent={
                "model": "gpt-5",
                "instructions": "Be brief.",
                "tools": [WEATHER],
                "reasoning": {"effort": "low"},
                "text": {"format": schema},
            },
            environment=await sandbox(client, a_md=b"text"),
            input="Weather in Porto?",
        )
        session = await settled(client, made.id)
        await sessions.events.create(made.id, events=answers(session, "sunny"))
        await settled(client, made.id)
        await sessions.events.create(made.id, events=[says("Thanks")])
        await settled(client, made.id)
        first, second, third = script.prompts
        assert (first.model, first.instructions) == ("gpt-5", "Be brief.")
        assert first.reasoning_effort == "low"
        assert [tool["type"] for tool in first.tools] == ["function", "file_search", "shell"]
        assert second.rounds[0].text == "Let me look."
        assert second.rounds[0].calls[0].output == "sunny"  # type: ignore[union-attr]
        assert third.question == "Thanks"
        used = (await sessions.retrieve(made.id)).usage
        assert used is not None
        assert used.input_tokens_details.cached_tokens == 7
        assert [type(item).__name__ for item in third.history] == ["Turn", "Round", "Turn", "Turn"]
        phases = [
            (item.phase, item.output_text)
            for item in await items(client, made.id)
            if item.type == "message" and item.role == "assistant"
        ]
        assert phases == [
            ("commentary", "Let me look."),
            ("final_answer", "Sunny."),
            ("final_answer", "Bye."),
        ]


# --- lists, updates, refusals ---


async def test_sessions_are_found_by_metadata_and_agent(client: openai.AsyncOpenAI) -> None:
    agents = client.beta.agents
    agent = await agents.create(model="m")
    one = await agents.sessions.create(
        agent_id=agent.id, environment=NONE, input="Hi", metadata={"a": "1", "b": "2"}
    )
    two = await agents.sessions.create(
        agent={"model": "m"}, environment=NONE, input="Hi", metadata={"a": "1"}
    )

    async def found(**filters: Any) -> list[str]:
        return [session.id async for session in agents.sessions.list(**filters)]

    assert await found(limit=1) == [two.id, one.id]
    assert await found(metadata={"a": "1"}) == [two.id, one.id]
    assert await found(metadata={"a": "1", "b": "2"}) == [one.id]
    assert await found(metadata={"a": "2"}) == []
    assert await found(agent_id=agent.id) == [one.id]


async def test_an_update_is_for_the_turns_to_come(client: openai.AsyncOpenAI) -> None:
    sessions = client.beta.agents.sessions
    made = await sessions.create(
        agent={"model": "gpt-5", "reasoning": {"effort": "low", "summary": "auto"}},
        environment=NONE,
        input="Hi",
        metadata={"a": "1"},
    )
    await settled(client, made.id)
    changed = await sessions.update(
        made.id, agent={"model": "gpt-4o", "reasoning": {"effort": "high"}, "tools": [WEATHER]}
    )
    assert changed.metadata == {"a": "1"}
    assert (changed.agent.model, len(changed.agent.tools)) == ("gpt-4o", 1)
    assert (changed.agent.reasoning.effort, changed.agent.reasoning.summary) == ("high", "auto")
    assert (await sessions.update(made.id, metadata=None)).metadata == {}


STDIO: Any = {"type": "stdio", "command": "x", "cwd": "/"}
REFUSED: list[tuple[dict[str, Any], int, str | None]] = [
    ({"input": "Hi"}, 400, "environment"),
    ({"environment": NONE}, 400, "input"),
    ({"environment": NONE, "input": ""}, 400, "input"),
    ({"environment": NONE, "input": []}, 400, "input"),
    ({"environment": {"type": "openai_hosted"}, "stream": True}, 400, "input"),
    ({"environment": NONE, "input": "Hi", "agent": {}}, 400, "agent.model"),
    ({"environment": NONE, "input": "Hi", "agent": {"name": "x"}}, 400, "agent.name"),
    ({"environment": NONE, "input": "Hi", "agent_id": "agent_x"}, 404, None),
    ({"environment": NONE, "input": "Hi", "vault_ids": ["vault_x"]}, 404, "vault_ids"),
    ({"environment": NONE, "input": "Hi", "stream_options": {}}, 400, "stream_options"),
    (
        {"environment": {"type": "self_hosted", "workspace_directory": "/w"}},
        400,
        "environment.type",
    ),
    ({"environment": {"type": "openai_hosted", "environment_template_id": "x"}}, 404, None),
    ({"environment": {"type": "openai_hosted", "environment_id": "x"}}, 404, None),
    (
        {"environment": {"type": "openai_hosted", "environment_id": "x", "env": {}}},
        400,
        "environment.environment_id",
    ),
    (
        {
            "environment": {
                "type": "openai_hosted",
                "files": [{"type": "file_id", "file_id": "file-x", "path": "/workspace/a"}],
            }
        },
        400,
        "environment.files[0].file_id",
    ),
    (
        {
            "environment": NONE,
            "input": "Hi",
            "agent": {
                "model": "m",
                "tools": [
                    {"type": "mcp", "server_label": "docs", "transport": STDIO, "required": True}
                ],
            },
        },
        424,
        None,
    ),
]


@pytest.mark.parametrize(("body", "status", "param"), REFUSED)
async def test_what_is_refused(
    http: httpx2.AsyncClient, body: dict[str, Any], status: int, param: str | None
) -> None:
    refused = await http.post(
        "/agents/sessions", json={"agent": {"model": "m"}} | body, headers=BETA
    )
    assert (refused.status_code, refused.json()["error"]["param"]) == (status, param)
    listed = await http.get("/agents/sessions", headers=BETA)
    assert listed.json()["data"] == []


async def test_a_session_cannot_broaden_the_network_of_its_template(
    client: openai.AsyncOpenAI,
) -> None:
    environment = await sandbox(client)
    with pytest.raises(openai.BadRequestError, match="cannot broaden"):
        await client.beta.agents.sessions.create(
            agent={"model": "m"}, environment=environment | {"network": {"access": "enabled"}}
        )
