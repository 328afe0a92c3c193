"""Over a real socket a token is shown when it is written, not when the answer is complete."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from smoke_fakes import Notes, case, expect
from starlette.responses import Response, StreamingResponse

from asstctl.model.project import AssistantsTarget
from asstctl.remote.assistants.conversations import Conversations
from asstctl.remote.responses.conversations import Conversations as OverResponses
from asstctl.remote.wire.connect import connect
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.observer import CaseRef
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.ports import SmokeAccount
from asstctl.smoke.result import CaseStatus
from asstctl.smoke.runner import run_smoke
from support.conversation import RunScript
from support.responses_server import Answer, ResponsesServer, says
from support.server import Server


class Patient(RunScript):
    """Writes on only when it is told that the first token was seen."""

    seen: asyncio.Event

    def stream(self, run: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            yield _event("thread.run.created", run)
            for word in ("Hel", "lo."):
                text = {"index": 0, "type": "text", "text": {"value": word}}
                yield _event("thread.message.delta", {"delta": {"content": [text]}})
                await asyncio.wait_for(self.seen.wait(), 20)
            run["status"] = "completed"
            yield _event("thread.run.completed", run)
            yield "event: done\ndata: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")


class Watching(Notes):
    """Tells the server that a token was seen."""

    seen: asyncio.Event

    def on_token(self, case: CaseRef, text: str) -> None:
        super().on_token(case, text)
        self.seen.set()


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


@asynccontextmanager
async def served(server: Server) -> AsyncIterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(server, log_level="error", lifespan="off")
        serving = uvicorn.Server(config)
        task = asyncio.ensure_future(serving.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            serving.should_exit = True
            await task


class PatientResponses(ResponsesServer):
    """Writes on only when it is told that the first token was seen."""

    seen: asyncio.Event

    def _stream(self, response: Any, answer: Answer, body: Any) -> Response:
        async def events() -> AsyncIterator[str]:
            for event in list(self._events(response, answer, body)):
                yield _event(event["type"], event)
                if event["type"] == "response.output_text.delta":
                    await asyncio.wait_for(self.seen.wait(), 20)

        return StreamingResponse(events(), media_type="text/event-stream")


async def test_a_token_is_shown_before_the_next_one_is_written() -> None:
    patient = Patient(statuses=[])
    patient.seen = asyncio.Event()

    tokens = await streamed(
        Server(script=patient), lambda wire: Conversations(wire, "shop"), patient.seen
    )

    assert tokens == ["Hel", "lo."]


async def test_so_it_is_over_responses() -> None:
    patient = PatientResponses(answer=lambda _: Answer([says("Hel lo.")]))
    patient.seen = asyncio.Event()

    tokens = await streamed(
        patient, lambda wire: OverResponses(wire, {"asst_1": {"model": "gpt-5"}}), patient.seen
    )

    assert tokens == ["Hel", "lo."]
    assert patient.left == []


async def streamed(
    server: Server, account: Callable[[Wire], SmokeAccount], seen: asyncio.Event
) -> list[str]:
    """The tokens of a case that passes, each as it was shown."""
    notes = Watching()
    notes.seen = seen
    subject = Subject(key="g", assistant_id="asst_1", cases=(case(expect=expect(contains="Hel")),))
    async with (
        served(server) as url,
        connect(AssistantsTarget(name="here", base_url=url, parallelism=2, timeout=20)) as wire,
    ):
        result = await run_smoke(
            account(wire),
            [subject],
            target="here",
            options=SmokeOptions(stream=True, deadline=15),
            observer=notes,
        )

    assert result.cases[0].status is CaseStatus.PASSED, result.cases[0]
    return [text for _, text in notes.tokens]
