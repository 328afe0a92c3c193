"""What the tests of the Agents API begin with."""

import asyncio
from typing import Any

import openai
from openai.types.beta import AgentSession, AgentSessionItem

BETA = {"openai-beta": "agents=v1"}
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
LISBON = b"# Lisbon\n\nThe tram 28 climbs to the castle.\nA burger costs $23.75.\n"
NONE: Any = {"type": "none"}


def says(text: str) -> Any:
    """Give the event with which a user says something."""
    message = {"role": "user", "content": [{"type": "input_text", "text": text}]}
    return {"type": "agent.session.input.message", "input": [message]}


CANCEL: Any = {"type": "agent.session.input.cancel"}


def answers(session: AgentSession, output: str) -> list[Any]:
    """Give the events that answer every function call of a session."""
    result = "agent.session.input.tool_result"
    return [
        {
            "type": result,
            "turn_id": action.turn_id,
            "call_id": action.call_id,
            "success": True,
            "output": output,
        }
        for action in session.required_actions
        if action.type == "function_call"
    ]


async def settled(client: openai.AsyncOpenAI, session_id: str) -> AgentSession:
    """Wait until the account has done its part in a session."""
    while True:
        session = await client.beta.agents.sessions.retrieve(session_id)
        if session.status != "in_progress":
            return session
        await asyncio.sleep(0.001)


async def items(client: openai.AsyncOpenAI, session_id: str) -> list[AgentSessionItem]:
    """Give the items of a session, oldest first."""
    listed = client.beta.agents.sessions.items.list(session_id, order="asc", limit=2)
    return [item async for item in listed]


async def reply(client: openai.AsyncOpenAI, session_id: str) -> str:
    """Give the agent's last final answer."""
    finals = [
        item.output_text
        for item in await items(client, session_id)
        if item.type == "message" and item.phase == "final_answer"
    ]
    return finals[-1]


async def sandbox(client: openai.AsyncOpenAI, **files: bytes) -> Any:
    """Upload files and make a template that has them; gives what a session says of it.

    The names of ``files`` are paths with ``__`` for the slash and ``_`` for the dot.
    """
    named: list[Any] = []
    for name, data in files.items():
        path = name.replace("__", "/").replace("_", ".")
        upload = await client.files.create(file=(path, data), purpose="user_data")
        named.append({"type": "file_id", "file_id": upload.id, "path": f"/workspace/{path}"})
    template = await client.beta.agents.environments.templates.create(
        files=named, network={"access": "disabled"}
    )
    return {"type": "openai_hosted", "environment_template_id": template.id}
