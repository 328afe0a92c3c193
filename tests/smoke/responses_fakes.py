"""Cases run over Responses, on a server in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from smoke_fakes import Notes

from asstctl.model.json import JsonObject
from asstctl.model.smoke import SmokeCase
from asstctl.remote.responses.conversations import Conversations
from asstctl.remote.wire.connect import connect_in_process
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.ports import Credentials
from asstctl.smoke.result import CaseResult, CaseStatus
from asstctl.smoke.runner import run_smoke
from support.clock import run
from support.responses_server import Answer, ResponsesServer, calls, says

PASSED, FAILED, ERROR = CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR
GUIDE: JsonObject = {"model": "gpt-5", "instructions": "You are a guide."}
WEATHER = {"type": "function", "name": "get_weather", "parameters": None, "strict": False}
STREAMED = SmokeOptions(stream=True)


@asynccontextmanager
async def conversing(
    server: ResponsesServer,
    request: JsonObject = GUIDE,
    credentials: Credentials | None = None,
    timeout: float = 60.0,
) -> AsyncIterator[Conversations]:
    async with connect_in_process(server, seconds=timeout) as wire:
        yield Conversations(wire, {"guide": request}, credentials)


def smoke(
    server: ResponsesServer,
    *cases: SmokeCase,
    request: JsonObject = GUIDE,
    options: SmokeOptions | None = None,
    notes: Notes | None = None,
    **fields: Any,
) -> list[CaseResult]:
    """Run the cases of one assistant."""
    return run(smoking(server, *cases, request=request, options=options, notes=notes, **fields))


async def smoking(
    server: ResponsesServer,
    *cases: SmokeCase,
    request: JsonObject = GUIDE,
    options: SmokeOptions | None = None,
    notes: Notes | None = None,
    timeout: float = 60.0,
    **fields: Any,
) -> list[CaseResult]:
    """``smoke``, to be awaited."""
    subject = Subject(key="guide", assistant_id="guide", cases=cases, **fields)
    async with conversing(server, request, {"guide": subject.credentials}, timeout) as account:
        result = await run_smoke(
            account,
            [subject],
            target="prod",
            options=options or SmokeOptions(),
            store_ids={"docs": "vs_docs"},
            observer=notes or Notes(),
        )
        return list(result.cases)


def remembers(items: list[Any]) -> Answer:
    """Repeats every prompt that it can see."""
    users = [item["content"] for item in items if item.get("role") == "user"]
    return Answer([says(" / ".join(users))])


def weather(items: list[Any]) -> Answer:
    """Asks for the weather, then tells it."""
    last = items[-1]
    if last.get("type") == "function_call_output":
        return Answer([says(f"It is {last['output']}.")])
    asked = sum(item.get("type") == "function_call" for item in items)
    return Answer([calls("get_weather", '{"city": "Lisbon"}', f"call_{asked}")])
