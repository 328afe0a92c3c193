"""What a function is called with is streamed while the model writes it."""

import asyncio
import json
from typing import Any

import openai
import pytest

from asstctl.emulator import open_account
from asstctl.emulator.models.base import ArgumentsDelta, Calls, FunctionCall, ModelError
from asstctl.emulator.models.chat_answer import Gathered
from emulator.conftest import sdk, serving
from emulator.scripted import Hang, Script, Step

ASK, ASK_TOO = FunctionCall("call_a", "ask", '{"q": 1}'), FunctionCall("call_b", "ask", "{}")
PIECES = [ArgumentsDelta(0, "call_a", "ask", text) for text in ('{"q"', ": ", "1}")]
CALLS = Calls((ASK, ASK_TOO))
TOOL: Any = {"type": "function", "name": "ask", "parameters": {}, "strict": False}


async def test_a_run_tells_it_piece_by_piece() -> None:
    script = Script([["Well.", *PIECES, CALLS], ["Bye"]])
    async with open_account(None, model=script.upstream) as account, sdk(account) as client:
        made = await client.beta.assistants.create(
            model="m", tools=[{"type": "function", "function": {"name": "ask"}}]
        )
        thread = await client.beta.threads.create()
        told: list[str] = []
        async with client.beta.threads.runs.stream(
            thread_id=thread.id, assistant_id=made.id
        ) as stream:
            async for event in stream:
                told += [event.event] if event.event != "thread.run.step.delta" else []
                if event.event == "thread.run.step.delta":
                    details: Any = event.data.delta.step_details
                    (call,) = details.tool_calls
                    told.append(f"{call.index} {call.id} {call.function.arguments!r}")
        begun = told.index("thread.message.completed")
        assert told[begun:] == [
            "thread.message.completed",
            "thread.run.step.completed",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "0 call_a ''",
            "0 None '{\"q\"'",
            "0 None ': '",
            "0 None '1}'",
            "1 call_b ''",
            "1 None '{}'",
            "thread.run.requires_action",
        ]
        (run,) = (await client.beta.threads.runs.list(thread.id)).data
        assert run.required_action is not None
        calls = run.required_action.submit_tool_outputs.tool_calls
        assert [call.function.arguments for call in calls] == ['{"q": 1}', "{}"]
        outputs: Any = [{"tool_call_id": call.id, "output": "2"} for call in calls]
        await client.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id, thread_id=thread.id, tool_outputs=outputs, poll_interval_ms=1
        )
        said = [
            message.content[0] async for message in client.beta.threads.messages.list(thread.id)
        ]
        assert [block.text.value for block in said] == ["Bye", "Well."]  # type: ignore[union-attr]


async def test_a_response_tells_it_piece_by_piece() -> None:
    script = Script([["Well.", *PIECES, CALLS]])
    async with open_account(None, model=script.upstream) as account, sdk(account) as client:
        told: list[tuple[Any, ...]] = []
        async with client.responses.stream(model="m", input="?", tools=[TOOL]) as stream:
            async for event in stream:
                match event.type:
                    case "response.function_call_arguments.delta":
                        told.append((event.output_index, event.delta))
                    case "response.function_call_arguments.done":
                        told.append((event.output_index, "done", event.arguments))
                    case "response.output_item.added" | "response.output_item.done":
                        told.append((event.output_index, event.type.rpartition(".")[2]))
            response = await stream.get_final_response()
        assert told == [
            (0, "added"), (0, "done"), (1, "added"),
            (1, '{"q"'), (1, ": "), (1, "1}"), (1, "done", '{"q": 1}'),
            (2, "added"), (2, "{}"), (2, "done", "{}"), (1, "done"), (2, "done"),
        ]  # fmt: skip
        calls: Any = response.output[1:]
        assert [(call.call_id, call.arguments) for call in calls] == [
            ("call_a", '{"q": 1}'),
            ("call_b", "{}"),
        ]
        kept: Any = (await client.responses.retrieve(response.id)).output
        assert [item.id for item in kept[1:]] == [call.id for call in calls]


async def test_it_is_told_before_the_model_is_done() -> None:
    script = Script([[PIECES[0], Hang()]])
    async with (
        open_account(None, model=script.upstream) as account,
        serving(account) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client,
        asyncio.timeout(20),
        client.responses.stream(model="m", input="?", tools=[TOOL]) as stream,
    ):
        async for event in stream:
            if event.type == "response.function_call_arguments.delta":
                assert event.delta == '{"q"'
                break
        await account.worker.halt()


async def test_half_a_call_holds_nothing_up() -> None:
    half: list[Step] = [*PIECES[:2], ModelError("gone")]
    script = Script([half, half, ["Fine"]])
    async with open_account(None, model=script.upstream) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="m")
        thread = await client.beta.threads.create()
        run = await client.beta.threads.runs.create_and_poll(
            thread_id=thread.id, assistant_id=made.id, poll_interval_ms=1
        )
        steps = await client.beta.threads.runs.steps.list(run.id, thread_id=thread.id)
        assert (run.status, [step.status for step in steps.data]) == ("failed", ["failed"])
        conversation = await client.conversations.create()
        failed = await client.responses.create(
            model="m", input="?", tools=[TOOL], conversation=conversation.id
        )
        assert (failed.status, failed.output) == ("failed", [])
        fine = await client.responses.create(model="m", input="?", conversation=conversation.id)
        assert fine.output_text == "Fine"


@pytest.mark.parametrize(("names", "told"), [(["ask", "search"], ["ask"]), (["search", "ask"], [])])
def test_what_the_account_does_itself_is_not_told_so(names: list[str], told: list[str]) -> None:
    gathered = Gathered(frozenset({"search"}))
    pieces = []
    for index, name in enumerate(names):
        part = {"index": index, "function": {"name": name, "arguments": "{}"}}
        pieces += gathered.take(json.dumps({"choices": [{"delta": {"tool_calls": [part]}}]}))
    assert [piece.name for piece in pieces if isinstance(piece, ArgumentsDelta)] == told
