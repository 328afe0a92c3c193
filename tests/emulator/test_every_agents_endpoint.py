"""The unmodified SDK walks every endpoint of the Agents API, and every response is exact."""

from typing import Any

import openai
import pytest
from openai.types.beta import Agent, AgentDeleted, AgentSession, AgentSessionDeleted
from openai.types.beta.agent_session_item import AgentSessionItem
from openai.types.beta.agents import EnvironmentInfo
from openai.types.beta.agents.environments import (
    EnvironmentFile,
    EnvironmentTemplate,
    EnvironmentTemplateDeleted,
)
from openai.types.beta.agents.sessions import Turn

from asstctl.emulator.account import Account
from emulator.agents import LISBON, WEATHER, answers, says, settled
from emulator.walker import Walker, routes

ZIP: Any = {"type": "base64", "media_type": "application/zip", "data": "UEsFBg=="}


async def test_every_endpoint(walker: Walker, account: Account) -> None:
    agent_id = await _agents(walker)
    template_id = await _templates(walker)
    await _environments(walker)
    session = await _sessions(walker, agent_id, template_id)
    await _history(walker, session)
    await _deletes(walker, session, agent_id, template_id)
    # What never ends cannot be walked in process; `test_session_events` has it on a socket.
    live = {("GET", "/agents/sessions/{id}/events")}
    assert routes(account, "agents") - walker.seen == live


async def _agents(walker: Walker) -> str:
    agents = walker.client.beta.agents
    made = await agents.create(model="gpt-5", tools=[WEATHER, {"type": "web_search"}])
    walker.exactly(Agent)
    await agents.retrieve(made.id)
    walker.exactly(Agent)
    await agents.update(made.id, name="Guide")
    walker.exactly(Agent)
    await agents.list()
    walker.page(Agent)
    return made.id


async def _templates(walker: Walker) -> str:
    templates = walker.client.beta.agents.environments.templates
    upload = await walker.client.files.create(file=("a.md", LISBON), purpose="user_data")
    files: list[Any] = [
        {"type": "file_id", "file_id": upload.id, "path": "/workspace/lisbon.md"},
        {"type": "inline", "data": "aGk=", "path": "/workspace/hi.txt"},
    ]
    skills: list[Any] = [
        {"type": "skill_reference", "skill_id": "skill_1"},
        {"type": "inline", "name": "s", "description": "S", "source": ZIP},
    ]
    made = await templates.create(
        files=files,
        skills=skills,
        plugins=[{"type": "inline", "name": "p", "description": "P", "source": ZIP}],
        desktop={"enabled": True},
    )
    walker.exactly(EnvironmentTemplate)
    await templates.retrieve(made.id)
    walker.exactly(EnvironmentTemplate)
    await templates.update(made.id, name="sandbox")
    walker.exactly(EnvironmentTemplate)
    await templates.list()
    walker.page(EnvironmentTemplate)
    return made.id


async def _environments(walker: Walker) -> None:
    environments = walker.client.beta.agents.environments
    made = await environments.create(environment={"type": "openai_hosted"})
    walker.exactly(EnvironmentInfo)
    await environments.retrieve(made.id)
    walker.exactly(EnvironmentInfo)
    await environments.list()
    walker.page(EnvironmentInfo)
    await environments.files.create(made.id, type="inline", data="aGk=", path="/workspace/a")
    walker.exactly(EnvironmentFile)
    await environments.files.list(made.id)
    assert walker.last["has_more"] is False
    [file] = walker.last["data"]
    assert file["path"] == "/workspace/a"


async def _sessions(walker: Walker, agent_id: str, template_id: str) -> AgentSession:
    sessions = walker.client.beta.agents.sessions
    hosted: Any = {"type": "openai_hosted", "environment_template_id": template_id}
    made = await sessions.create(
        agent_id=agent_id,
        environment=hosted,
        input="Use the shell and get_weather to see where the tram goes.",
        prompt_cache_options={"ttl": "12h"},
        review="auto_review",
    )
    walker.exactly(AgentSession)
    session = await settled(walker.client, made.id)
    assert walker.exactly(AgentSession)["status"] == "requires_action"
    await sessions.list()
    walker.page(AgentSession)
    await sessions.events.create(made.id, events=answers(session, "sunny"))
    await settled(walker.client, made.id)
    await sessions.events.create(made.id, events=[says("Thanks")])
    session = await settled(walker.client, made.id)
    assert walker.exactly(AgentSession)["status"] == "idle"
    await sessions.update(made.id, metadata={"a": "b"})
    walker.exactly(AgentSession)
    return session


async def _history(walker: Walker, session: AgentSession) -> None:
    sessions = walker.client.beta.agents.sessions
    [last, _] = (await sessions.turns.list(session.id)).data
    walker.page(Turn)
    await sessions.turns.retrieve(last.id, session_id=session.id)
    walker.exactly(Turn)
    await sessions.items.list(session.id, order="asc")
    items = walker.page(AgentSessionItem)["data"]
    assert [item["type"] for item in items] == [
        *("message", "message", "command_execution", "function_call", "function_call_output"),
        *("message", "message", "message", "message"),
    ]
    await sessions.turns.items.list(last.id, session_id=session.id, order="asc")
    assert walker.page(AgentSessionItem)["data"] == items[6:]
    assert (await sessions.subagents.list(session.id)).data == []
    assert (await sessions.artifacts.list(session.id)).data == []
    assert (await sessions.traces.list(session.id)).data == []
    with pytest.raises(openai.NotFoundError, match="No subagent found"):
        await sessions.subagents.retrieve("agent_x", session_id=session.id)
    with pytest.raises(openai.NotFoundError, match="No artifact found"):
        await sessions.artifacts.retrieve("agent_x", session_id=session.id)


async def _deletes(walker: Walker, session: AgentSession, agent_id: str, template_id: str) -> None:
    agents = walker.client.beta.agents
    await agents.sessions.delete(session.id)
    walker.exactly(AgentSessionDeleted)
    await agents.environments.templates.delete(template_id)
    walker.exactly(EnvironmentTemplateDeleted)
    await agents.delete(agent_id)
    walker.exactly(AgentDeleted)
