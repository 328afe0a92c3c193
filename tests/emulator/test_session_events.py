"""Live events of sessions on a real socket, each exactly as the SDK knows it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from openai.types.beta.agent_session_event import AgentSessionEvent

from asstctl.emulator import Account
from emulator.agents import BETA, CANCEL, LISBON, NONE, WEATHER, sandbox, says, settled
from emulator.conftest import serving
from emulator.strict import problems


@pytest.fixture
async def url(account: Account) -> AsyncIterator[str]:
    async with serving(account) as address:
        yield f"{address}/v1"


@pytest.fixture
async def live(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as opened:
        yield opened


async def _events(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    """Give the events of a stream, and check each against the SDK's union of them."""
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            body = json.loads(line.removeprefix("data: "))
            assert body["type"] == name
            assert list(problems(AgentSessionEvent, body)) == [], name
            yield body


async def _until(response: httpx2.Response, last: str) -> list[dict[str, Any]]:
    found = []
    async for body in _events(response):
        found.append(body)
        if body["type"] == last:
            break
    return found


def _names(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("agent.session.") for event in events]


async def test_every_event_of_a_streamed_session(url: str, live: openai.AsyncOpenAI) -> None:
    body = {
        "agent": {"model": "m", "tools": [WEATHER]},
        "environment": await sandbox(live, lisbon_md=LISBON),
        "input": "Use the shell and get_weather to see where the tram goes.",
        "stream": True,
    }
    async with (
        httpx2.AsyncClient(headers=BETA) as http,
        http.stream("POST", f"{url}/agents/sessions", json=body) as response,
    ):
        assert response.status_code == 201
        assert response.headers["content-type"].startswith("text/event-stream")
        begun = await _until(response, "agent.session.requires_action")
    assert _names(begun) == [
        "created",
        "environment.connected",
        "turn.created",
        "turn.item.added",
        "in_progress",
        "turn.in_progress",
        *["turn.item.added", "turn.item.done"] * 2,
        "turn.item.added",
        "requires_action",
    ]
    added = [event["item"] for event in begun if event["type"].endswith("item.added")]
    kinds = [item["type"] for item in added]
    assert kinds == ["message", "message", "command_execution", "function_call"]
    assert len({event["event_id"] for event in begun}) == len(begun)

    session = begun[-1]["session"]
    [action] = session["required_actions"]
    result = {
        "type": "agent.session.input.tool_result",
        "turn_id": action["turn_id"],
        "call_id": action["call_id"],
        "success": True,
        "output": "sunny",
    }
    every = f"{url}/agents/sessions/{session['id']}/events"
    async with (
        httpx2.AsyncClient(headers=BETA) as http,
        http.stream("GET", every) as response,
    ):
        answered = await http.post(every, json={"events": [result]})
        assert (answered.status_code, answered.content) == (202, b"")
        ended = await _until(response, "agent.session.idle")
    names = _names(ended)
    deltas = [event for event in ended if event["type"].endswith("output_text.delta")]
    done = ended[names.index("turn.output_text.done")]
    assert "".join(event["delta"] for event in deltas) == done["text"]
    assert [name for name in names if name != "turn.output_text.delta"] == [
        "turn.item.done",
        "turn.item.added",
        "in_progress",
        "in_progress",
        "turn.item.added",
        "turn.content_part.added",
        "turn.output_text.done",
        "turn.content_part.done",
        "turn.item.done",
        "turn.completed",
        "idle",
    ]
    assert ended[-2]["usage"]["total_tokens"] > 0
    indexes = [event["output_index"] for event in ended if event["type"].endswith("item.done")]
    assert indexes == [2, 3]


async def test_a_turn_that_is_cancelled_or_fails(url: str, live: openai.AsyncOpenAI) -> None:
    sessions = live.beta.agents.sessions
    made = await sessions.create(
        agent={"model": "m", "tools": [WEATHER]}, environment=NONE, input="Call get_weather"
    )
    await settled(live, made.id)
    every = f"{url}/agents/sessions/{made.id}/events"
    async with httpx2.AsyncClient(headers=BETA) as http, http.stream("GET", every) as response:
        await sessions.events.create(made.id, events=[CANCEL])
        names = _names(await _until(response, "agent.session.idle"))
        assert names == ["turn.item.done", "turn.cancelled", "idle"]
    environment = await sandbox(live, a_md=b"text")
    [file] = (await live.files.list()).data
    await live.files.delete(file.id)
    body = {"agent": {"model": "m"}, "environment": environment, "input": "Hi", "stream": True}
    async with (
        httpx2.AsyncClient(headers=BETA) as http,
        http.stream("POST", f"{url}/agents/sessions", json=body) as response,
    ):
        failed = await _until(response, "agent.session.failed")
    assert _names(failed) == [
        "created",
        "environment.failed",
        "turn.created",
        "turn.item.added",
        "error",
        "turn.failed",
        "failed",
    ]
    assert failed[1]["environment"]["error"]["code"] == "file_not_found"


async def test_a_stream_goes_on_until_the_session_is_deleted(
    url: str, live: openai.AsyncOpenAI
) -> None:
    sessions = live.beta.agents.sessions
    made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
    await settled(live, made.id)
    stream = await sessions.events.stream(made.id)
    seen: list[str] = []

    async def follow() -> None:
        async for event in stream:
            seen.append(event.type)  # noqa: PERF401 - watched while it grows

    following = asyncio.create_task(follow())
    for _ in range(2):
        await sessions.events.create(made.id, events=[says("Hello")])
        await settled(live, made.id)
    while seen.count("agent.session.idle") < 2:
        await asyncio.sleep(0.001)
    assert not following.done()
    await sessions.delete(made.id)
    await following
    assert seen.count("agent.session.turn.completed") == 2


async def test_the_helpers_of_the_sdk(live: openai.AsyncOpenAI) -> None:
    sessions = live.beta.agents.sessions
    made = await sessions.create(
        agent={"model": "m", "tools": [WEATHER]}, environment=await sandbox(live, a_md=LISBON)
    )

    async def weather(arguments: dict[str, Any]) -> str:
        return f"sunny in {arguments['city']}"

    async with sessions.stream(
        made.id, input="Call get_weather for Porto", tool_handlers={"get_weather": weather}
    ) as stream:
        result = await stream.get_final_result()
    assert "sunny in Porto" in result.output_text
    assert "[local account]" not in result.output_text, "commentary is no answer"
    events = await sessions.create(
        agent={"model": "m"}, environment=NONE, input="Hello", stream=True
    )
    assert "[offline model]" in (await events.get_final_result()).output_text


async def test_streams_end_with_the_account(account: Account) -> None:
    async with (
        serving(account) as address,
        openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="any") as client,
    ):
        sessions = client.beta.agents.sessions
        made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
        await settled(client, made.id)
        stream = await sessions.events.stream(made.id)
        await account.worker.close()
        assert [event async for event in stream] == []
