"""Cases run in sessions of agents, on a server in process."""

from typing import Any

from smoke_fakes import Notes

from asstctl.model.smoke import SmokeCase
from asstctl.remote.agents.conversations import Conversations
from asstctl.remote.wire.connect import connect_in_process
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseResult, CaseStatus
from asstctl.smoke.runner import run_smoke
from support.clock import run
from support.sessions_server import Act, SessionsServer, says, wants

PASSED, FAILED, ERROR = CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR
STREAMED = SmokeOptions(stream=True)
AGENT: dict[str, Any] = {"model": "gpt-5", "instructions": "You are a guide."}
SANDBOXED: dict[str, Any] = {**AGENT, "metadata": {"asstctl_environment": "envtmpl_1"}}


def smoke(server: SessionsServer, *cases: SmokeCase, **how: Any) -> list[CaseResult]:
    """Run the cases of one agent."""
    return run(smoking(server, *cases, **how))


async def smoking(
    server: SessionsServer,
    *cases: SmokeCase,
    agent: dict[str, Any] = AGENT,
    options: SmokeOptions | None = None,
    notes: Notes | None = None,
    timeout: float = 60.0,
) -> list[CaseResult]:
    """``smoke``, to be awaited."""
    made = server.state.create_assistant(agent)
    async with connect_in_process(server, seconds=timeout) as wire:
        result = await run_smoke(
            Conversations(wire, "shop"),
            [Subject(key="guide", assistant_id=made["id"], cases=cases)],
            target="prod",
            options=options or SmokeOptions(),
            observer=notes or Notes(),
        )
        return list(result.cases)


def said_in(items: list[Any]) -> list[str]:
    """What the user said, message by message."""
    users = [item for item in items if item.get("role") == "user"]
    return [" ".join(part["text"] for part in item["content"]) for item in users]


def remembers(items: list[Any]) -> Act:
    """Thinks aloud, then repeats every prompt."""
    return Act([says("Thinking.", "commentary"), says(" / ".join(said_in(items)))])


def weather(items: list[Any]) -> Act:
    """Asks for the weather, then tells it."""
    last = items[-1]
    if last["type"] == "function_call_output":
        return Act([says(f"It is {last['output']}.")])
    asked = sum(item["type"] == "function_call" for item in items)
    return Act(actions=[wants("get_weather", f"call_{asked}", city="Lisbon")])
