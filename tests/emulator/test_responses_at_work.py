"""How responses are worked on: chains, forced tools, limits, background, cancel, restarts."""

import asyncio
import base64
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.responses import Response
from pydantic import BaseModel

from asstctl.emulator import open_account
from asstctl.emulator.account import Account
from asstctl.emulator.models.base import (
    Calls,
    CodeCall,
    FileSearchCall,
    FunctionCall,
    ModelError,
    Round,
    Turn,
    Usage,
)
from asstctl.emulator.storage import Storage
from emulator.conftest import Clock, sdk, serving
from emulator.dead import dead_owner
from emulator.scripted import Hang, Script
from emulator.test_responses import WEATHER

Opened = tuple[Account, openai.AsyncOpenAI]


@asynccontextmanager
async def _on_a_socket(clock: Clock, script: Script) -> AsyncIterator[Opened]:
    async with (
        _opened(clock, script) as (account, _),
        serving(account) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0) as client,
    ):
        yield account, client


@asynccontextmanager
async def _opened(clock: Clock, script: Script, path: Path | None = None) -> AsyncIterator[Opened]:
    async with (
        open_account(path, clock=clock, model=script.upstream) as account,
        sdk(account) as client,
    ):
        yield account, client


async def _ended(client: openai.AsyncOpenAI, response_id: str) -> Response:
    while True:
        found: Response = await client.responses.retrieve(response_id)
        if found.status not in {"queued", "in_progress"}:
            return found
        await asyncio.sleep(0.005)


async def test_what_the_model_is_told(clock: Clock) -> None:
    call = FunctionCall("call_1", "get_weather", '{"city": "Porto"}')
    script = Script([["Hm.", Calls((call,))], ["It is sunny."], ["You are welcome."]])
    async with _opened(clock, script) as (_, client):
        first = await client.responses.create(
            model="gpt-5",
            instructions="Be kind.",
            input=[
                {"role": "developer", "content": "Short!"},
                {"role": "user", "content": "Weather?"},
            ],
            tools=[WEATHER],
            reasoning={"effort": "low"},
            text={
                "verbosity": "low",
                "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}},
            },
            max_output_tokens=500,
        )
        assert [item.type for item in first.output] == ["message", "function_call"]
        assert first.status == "completed"
        second = await client.responses.create(
            model="gpt-4o",
            previous_response_id=first.id,
            input=[{"type": "function_call_output", "call_id": "call_1", "output": "sunny"}],
            tools=[WEATHER],
        )
        await client.responses.create(
            model="gpt-4o", previous_response_id=second.id, input="Thank you"
        )
    one, two, three = script.prompts
    assert one.instructions == "Be kind."
    assert one.history == (Turn("system", "Short!"), Turn("user", "Weather?"))
    assert one.functions == (
        {name: WEATHER[name] for name in ("name", "description", "parameters", "strict")},
    )
    assert (one.reasoning_effort, one.verbosity, one.max_completion_tokens) == ("low", "low", 500)
    assert one.response_format == {
        "type": "json_schema",
        "json_schema": {
            "name": "n",
            "schema": {"type": "object"},
            "description": None,
            "strict": False,
        },
    }
    answered = FunctionCall("call_1", "get_weather", '{"city": "Porto"}', "sunny")
    assert two.instructions == ""
    assert two.history == (*one.history, Turn("assistant", "Hm."))
    assert two.rounds == (Round("", (answered,)),)
    assert three.history == (
        *two.history,
        *two.rounds,
        Turn("assistant", "It is sunny."),
        Turn("user", "Thank you"),
    )
    assert three.rounds == ()


async def test_a_chain_may_be_told_whole(client: openai.AsyncOpenAI) -> None:
    talk: Any = [{"role": "user", "content": "get_weather in Porto"}]
    first = await client.responses.create(model="gpt-4o", input=talk, tools=[WEATHER], store=False)
    call: Any = first.output[0]
    talk += first.output
    talk.append({"type": "function_call_output", "call_id": call.call_id, "output": "sunny"})
    second = await client.responses.create(model="gpt-4o", input=talk, tools=[WEATHER], store=False)
    assert 'get_weather({"city": "Porto"}) gave: sunny' in second.output_text


async def test_a_search_beside_a_call_is_remembered(client: openai.AsyncOpenAI) -> None:
    file = await client.files.create(file=("a.md", b"The castle opens."), purpose="assistants")
    store = await client.vector_stores.create(file_ids=[file.id])
    tools: Any = [WEATHER, {"type": "file_search", "vector_store_ids": [store.id]}]
    first = await client.responses.create(
        model="gpt-4o", input="get_weather at the castle", tools=tools
    )
    assert [item.type for item in first.output] == ["file_search_call", "function_call"]
    call: Any = first.output[1]
    second = await client.responses.create(
        model="gpt-4o",
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
        tools=tools,
    )
    assert "> The castle opens." in second.output_text
    assert "gave: sunny" in second.output_text
    message: Any = second.output[0]
    (part,) = message.content
    assert [note.file_id for note in part.annotations] == [file.id]


async def test_what_is_forced_is_forced_in_every_response(client: openai.AsyncOpenAI) -> None:
    forced: Any = {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "get_weather"}}
    first = await client.responses.create(model="gpt-4o", input="Hello", **forced)
    call: Any = first.output[0]
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    chain: Any = {"model": "gpt-4o", "previous_response_id": first.id, "input": [output]}
    again = await client.responses.create(**chain, **forced)
    assert [item.type for item in again.output] == ["function_call"]
    done = await client.responses.create(**chain, tools=[WEATHER])
    assert "gave: sunny" in done.output_text


async def test_own_tools_are_forced_once(client: openai.AsyncOpenAI) -> None:
    store = await client.vector_stores.create()
    made = await client.responses.create(
        model="gpt-4o",
        input="Hello",
        tools=[{"type": "file_search", "vector_store_ids": [store.id]}],
        tool_choice={"type": "file_search"},
    )
    assert [item.type for item in made.output] == ["file_search_call", "message"]


async def test_only_allowed_tools_are_offered(clock: Clock) -> None:
    script = Script([["x"]])
    async with _opened(clock, script) as (_, client):
        other = WEATHER | {"name": "get_time"}
        choice: Any = {
            "type": "allowed_tools",
            "mode": "required",
            "tools": [{"type": "function", "name": "get_time"}],
        }
        await client.responses.create(
            model="m", input="x", tools=[WEATHER, other], tool_choice=choice
        )
    (prompt,) = script.prompts
    assert [function["name"] for function in prompt.functions] == ["get_time"]
    assert prompt.tool_choice == "required"


async def test_own_tools_are_called_so_often_and_no_more(clock: Clock) -> None:
    script = Script([[Calls((FileSearchCall("c", "castle"),))], ["Done."]])
    async with _opened(clock, script) as (_, client):
        store = await client.vector_stores.create()
        tools: Any = [WEATHER, {"type": "file_search", "vector_store_ids": [store.id]}]
        await client.responses.create(model="m", input="x", tools=tools, max_tool_calls=1)
    assert [prompt.has_tool("file_search") for prompt in script.prompts] == [True, False]
    assert all(prompt.functions for prompt in script.prompts)


async def test_files_of_a_message_are_read(clock: Clock) -> None:
    script = Script([["x"], ["y"]])
    async with _opened(clock, script) as (_, client):
        file = await client.files.create(file=("a.md", b"The castle."), purpose="user_data")
        data = base64.b64encode(b"The tower.").decode()
        content: Any = [
            {"type": "input_file", "file_id": file.id},
            {"type": "input_file", "filename": "b.md", "file_data": f"data:text/x;base64,{data}"},
            {"type": "input_image", "image_url": "data:image/png;base64,aGk="},
            {"type": "input_text", "text": "What is this?"},
        ]
        made = await client.responses.create(
            model="m", input=[{"role": "user", "content": content}]
        )
        told = script.prompts[0].history
        assert [turn.text for turn in told if isinstance(turn, Turn)] == [
            "a.md:\nThe castle.",
            "b.md:\nThe tower.",
            "What is this?",
        ]
        (image,) = told[-1].images if isinstance(told[-1], Turn) else ()
        assert image.url == "data:image/png;base64,aGk="
        assert script.prompts[0].question == "What is this?"
        await client.files.delete(file.id)
        with pytest.raises(openai.BadRequestError, match="was deleted"):
            await client.responses.create(model="m", previous_response_id=made.id, input="And?")


async def test_files_of_a_message_are_not_quoted(client: openai.AsyncOpenAI) -> None:
    file = await client.files.create(file=("a.md", b"The castle."), purpose="user_data")
    content: Any = [{"type": "input_file", "file_id": file.id}]
    made = await client.responses.create(
        model="gpt-4o", input=[{"role": "user", "content": content}]
    )
    assert "I read the files of the messages" in made.output_text


class _Bill(BaseModel):
    total: float
    payer: str


async def test_an_answer_is_parsed(client: openai.AsyncOpenAI) -> None:
    made = await client.responses.parse(model="gpt-4o", input="Split it", text_format=_Bill)
    assert isinstance(made.output_parsed, _Bill)


async def test_the_code_that_does_not_run_says_so(clock: Clock) -> None:
    script = Script([[Calls((CodeCall("c", "print(1)"),))], ["Done."]])
    async with _opened(clock, script) as (_, client):
        made = await client.responses.create(
            model="m",
            input="x",
            tools=[{"type": "code_interpreter", "container": {"type": "auto"}}],
            include=["code_interpreter_call.outputs"],
        )
    item: Any = made.output[0]
    assert item.code == "print(1)"
    assert "runs no code" in item.outputs[0].logs


async def test_what_cannot_be_done_here_is_said(client: openai.AsyncOpenAI) -> None:
    tools: Any = [
        {"type": "web_search_preview"},
        {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"},
        {"type": "tool_search"},
        {"type": "programmatic_tool_calling"},
    ]
    talk = await client.conversations.create()
    made = await client.responses.create(
        model="gpt-4o", input="Hello", tools=tools, tool_choice="required", conversation=talk.id
    )
    assert [item.type for item in made.output] == ["mcp_list_tools", "message"]
    assert "The web cannot be searched here" in made.output_text
    assert "No MCP server is connected here" in made.output_text
    again = await client.responses.create(
        model="gpt-4o", input="Hello", tools=tools, conversation=talk.id
    )
    assert [item.type for item in again.output] == ["message"]


async def test_the_limit_of_tokens(client: openai.AsyncOpenAI) -> None:
    made = await client.responses.create(model="gpt-4o", input="Hello", max_output_tokens=16)
    assert made.status == "incomplete"
    assert made.incomplete_details is not None
    assert made.incomplete_details.reason == "max_output_tokens"
    (message,) = made.output
    assert message.status == "incomplete"  # type: ignore[union-attr]
    stream = await client.responses.create(
        model="gpt-4o", input="Hello", max_output_tokens=16, stream=True
    )
    assert [event.type async for event in stream][-1] == "response.incomplete"


async def test_usage_is_the_sum_of_the_turns(clock: Clock) -> None:
    search = Calls((FileSearchCall("c", "castle"),))
    script = Script([[search, Usage(10, 2, 1)], ["Done.", Usage(20, 3, 8)]])
    async with _opened(clock, script) as (_, client):
        store = await client.vector_stores.create()
        tool: Any = {"type": "file_search", "vector_store_ids": [store.id]}
        made = await client.responses.create(model="m", input="x", tools=[tool])
    assert made.usage is not None
    assert (made.usage.input_tokens, made.usage.output_tokens) == (30, 5)
    assert made.usage.total_tokens == 35
    assert made.usage.input_tokens_details.cached_tokens == 9


async def test_a_model_that_fails(clock: Clock) -> None:
    script = Script([["Hm.", ModelError("busy", "rate_limit_exceeded")], [ValueError("odd")]])
    async with _opened(clock, script) as (_, client):
        made = await client.responses.create(model="m", input="x")
        assert made.status == "failed"
        assert made.error is not None
        assert (made.error.code, made.error.message) == ("rate_limit_exceeded", "busy")
        assert made.output_text == "Hm."
        stream = await client.responses.create(model="m", input="x", stream=True)
        last = [event async for event in stream][-1]
        assert last.type == "response.failed"
        assert last.response.error.message == "ValueError: odd"  # type: ignore[union-attr]


# --- what is kept ---


async def test_what_is_not_stored_is_gone(client: openai.AsyncOpenAI, account: Account) -> None:
    made = await client.responses.create(model="gpt-4o", input="Hello", store=False)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(made.id)
    with pytest.raises(openai.BadRequestError, match="not found"):
        await client.responses.create(model="gpt-4o", input="x", previous_response_id=made.id)
    stream = await client.responses.create(model="gpt-4o", input="Hello", store=False, stream=True)
    assert [event.type async for event in stream][-1] == "response.completed"
    assert account.database.rows("SELECT id FROM responses") == []
    assert account.database.rows("SELECT id FROM response_items") == []


async def test_an_item_is_referred_to(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(
        model="gpt-4o", input="get_weather in Porto", tools=[WEATHER]
    )
    call: Any = first.output[0]
    made = await client.responses.create(
        model="gpt-4o",
        input=[
            {"type": "item_reference", "id": call.id},
            {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"},
        ],
        tools=[WEATHER],
    )
    assert "gave: sunny" in made.output_text


async def test_a_deleted_response_ends_its_chain(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(model="gpt-4o", input="One")
    second = await client.responses.create(
        model="gpt-4o", input="Two", previous_response_id=first.id
    )
    await client.responses.delete(first.id)
    with pytest.raises(openai.BadRequestError, match=f"'{first.id}' not found"):
        await client.responses.create(model="gpt-4o", input="Three", previous_response_id=second.id)


async def test_a_deleted_conversation_leaves_its_responses(client: openai.AsyncOpenAI) -> None:
    talk = await client.conversations.create()
    made = await client.responses.create(model="gpt-4o", input="One", conversation=talk.id)
    await client.conversations.delete(talk.id)
    assert await client.responses.retrieve(made.id) == made


# --- while it is at work ---


async def test_a_conversation_is_locked_meanwhile(clock: Clock) -> None:
    script = Script([["Hm.", Hang()]])
    async with _opened(clock, script) as (_, client):
        talk = await client.conversations.create()
        made = await client.responses.create(
            model="m", input="x", conversation=talk.id, background=True
        )
        await script.reached.wait()
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(model="m", input="y", conversation=talk.id)
        assert refused.value.code == "conversation_locked"
        with pytest.raises(openai.BadRequestError):
            await client.conversations.items.create(
                talk.id, items=[{"role": "user", "content": "y"}]
            )
        with pytest.raises(openai.BadRequestError, match="is still in_progress"):
            await client.responses.create(model="m", input="y", previous_response_id=made.id)
        cancelled = await client.responses.cancel(made.id)
        assert cancelled.status == "cancelled"
        assert cancelled.output_text == "Hm."
        assert await client.responses.cancel(made.id) == cancelled
        assert [item async for item in client.conversations.items.list(talk.id)] == []


async def test_a_response_deleted_at_work(clock: Clock) -> None:
    script = Script([["Hm.", Hang()]])
    async with _opened(clock, script) as (account, client):
        made = await client.responses.create(model="m", input="x", background=True)
        await script.reached.wait()
        await client.responses.delete(made.id)
        await account.worker.finished(made.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(made.id)


async def test_nobody_waits_any_more(clock: Clock) -> None:
    """Closing the connection is how a response that is not in the background is cancelled."""
    script = Script([["Hm.", Hang()], ["Hm.", Hang()]])
    async with _on_a_socket(clock, script) as (account, client):
        stream = await client.responses.create(model="m", input="x", stream=True)
        first: Any = await anext(aiter(stream))
        await script.reached.wait()
        await stream.close()
        assert (await _ended(client, first.response.id)).status == "cancelled"

        script.reached.clear()
        task = asyncio.create_task(client.responses.create(model="m", input="x"))
        await script.reached.wait()
        row = account.database.row("SELECT id FROM responses WHERE status = 'in_progress'")
        assert row is not None
        task.cancel()
        found = await _ended(client, row["id"])
        assert (found.status, found.output_text) == ("cancelled", "Hm.")


async def test_a_background_stream_goes_on_without_its_reader(clock: Clock) -> None:
    script = Script([["One. ", "Two. ", Hang()]])
    async with _on_a_socket(clock, script) as (_, client):
        stream = await client.responses.create(model="m", input="x", background=True, stream=True)
        first: Any = await anext(aiter(stream))
        await script.reached.wait()
        await stream.close()
        made = await client.responses.retrieve(first.response.id)
        assert made.status == "in_progress"
        again = await client.responses.retrieve(made.id, stream=True, starting_after=5)
        numbers = []
        async for event in again:
            numbers.append(event.sequence_number)
            if event.type == "response.output_text.delta" and event.delta == " Two.":
                await client.responses.cancel(made.id)
        assert numbers == list(range(6, numbers[-1] + 1))


async def test_who_finds_that_a_response_has_ended_finds_its_last_event(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, found = Storage.write, []

    @contextmanager
    def looked_at(storage: Storage) -> Iterator[Any]:
        with write(storage) as writer:
            yield writer
        ended = storage.database.row("SELECT id FROM responses WHERE status = 'completed'")
        if ended is not None:
            found.append(_last_event(storage))

    monkeypatch.setattr(Storage, "write", looked_at)
    async with _on_a_socket(clock, Script([["Hello."]])) as (_, client):
        stream = await client.responses.create(model="m", input="x", background=True, stream=True)
        assert [event.type async for event in stream][-1] == "response.completed"
    assert set(found) == {b"event: response.completed"}


def _last_event(storage: Storage) -> bytes:
    row = storage.database.row("SELECT event FROM response_events ORDER BY number DESC LIMIT 1")
    assert row is not None
    return bytes(row["event"]).splitlines()[0]


# --- restarts ---


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.db"


async def test_responses_survive_a_restart(path: Path, clock: Clock) -> None:
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        talk = await client.conversations.create(metadata={"a": "b"})
        first = await client.responses.create(
            model="gpt-4o", input="get_weather in Porto", tools=[WEATHER], conversation=talk.id
        )
    call: Any = first.output[0]
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        assert await client.responses.retrieve(first.id) == first
        assert await client.conversations.retrieve(talk.id) == talk
        second = await client.responses.create(
            model="gpt-4o",
            conversation=talk.id,
            input=[{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
        )
        assert "gave: sunny" in second.output_text


async def test_a_closed_account_fails_what_it_had_in_progress(path: Path, clock: Clock) -> None:
    script = Script([["Hm.", Hang()]])
    async with _opened(clock, script, path) as (_, client):
        made = await client.responses.create(model="m", input="x", background=True)
        await script.reached.wait()
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        found = await client.responses.retrieve(made.id)
        assert found.status == "failed"
        assert found.error is not None
        assert found.error.message.startswith("This was interrupted: the local account was closed ")
        assert found.output_text == "Hm."


@pytest.mark.parametrize(
    ("left", "stored", "found"),
    [("queued", 1, "completed"), ("in_progress", 1, "failed"), ("in_progress", 0, None)],
)
async def test_the_work_of_a_dead_process_is_taken_up(
    path: Path, clock: Clock, left: str, stored: int, found: str | None
) -> None:
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        made = await client.responses.create(model="gpt-4o", input="Hello")
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DELETE FROM response_items WHERE part = 'output'")
        connection.execute(
            "UPDATE responses SET status = ?, stored = ?, owner = ?, "
            "body = json_set(body, '$.status', ?)",
            (left, stored, dead_owner(), left),
        )
    connection.close()
    async with open_account(path, clock=clock) as account, sdk(account) as client:
        if found is None:
            assert account.database.rows("SELECT id FROM responses") == []
        else:
            assert (await _ended(client, made.id)).status == found


async def test_a_response_is_cancelled_and_followed_from_another_process(
    path: Path, clock: Clock
) -> None:
    script = Script([["Hm.", Hang()]])
    async with (
        _opened(clock, script, path) as (_, first),
        open_account(path, clock=clock) as two,
        serving(two) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0) as second,
    ):
        reading = asyncio.create_task(_read(first))
        await script.reached.wait()
        row = two.database.row("SELECT id FROM responses")
        assert row is not None
        events = await second.responses.retrieve(row["id"], stream=True)
        names = []
        async for event in events:
            names.append(event.type)
            if event.type == "response.output_text.delta":
                cancelled = await second.responses.cancel(row["id"])
                assert cancelled.status == "cancelled"
        assert names[0] == "response.created"
        assert names[-1] == "response.output_text.delta"
        reading.cancel()


async def _read(client: openai.AsyncOpenAI) -> None:
    await client.responses.create(model="m", input="x", background=True, stream=True)
