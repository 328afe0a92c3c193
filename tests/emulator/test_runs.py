"""The life of a run: every state, every way out, and what it leaves behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.beta.threads import Run

from asstctl.emulator import Account, open_account
from asstctl.emulator.models.base import (
    Calls,
    CodeCall,
    CutOff,
    FileSearchCall,
    FunctionCall,
    ModelError,
    Usage,
)
from emulator.conftest import Clock, sdk
from emulator.scripted import Hang, Script, Step

LIFETIME = 600
FUNCTION: Any = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
}


class Bench:
    """An account with a scripted model, an assistant and a thread."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI, script: Script) -> None:
        self.account = account
        self.client = client
        self.script = script
        self.assistant_id = ""
        self.thread_id = ""

    async def begin(self, **options: Any) -> Run:
        runs = self.client.beta.threads.runs
        made: Run = await runs.create(self.thread_id, assistant_id=self.assistant_id, **options)
        return made

    async def ended(self, run: Run) -> Run:
        runs = self.client.beta.threads.runs
        return await runs.poll(run_id=run.id, thread_id=self.thread_id, poll_interval_ms=5)

    async def run(self, **options: Any) -> Run:
        return await self.ended(await self.begin(**options))

    async def reread(self, run: Run) -> Run:
        return await self.client.beta.threads.runs.retrieve(run.id, thread_id=self.thread_id)

    async def say(self, text: str, role: Any = "user") -> None:
        await self.client.beta.threads.messages.create(self.thread_id, role=role, content=text)

    async def messages(self) -> list[Any]:
        listed = await self.client.beta.threads.messages.list(self.thread_id)
        return listed.data

    async def steps(self, run: Run) -> list[Any]:
        steps = self.client.beta.threads.runs.steps
        return (await steps.list(run.id, thread_id=self.thread_id, order="asc")).data


@asynccontextmanager
async def bench(
    clock: Clock, *turns: list[Step], path: Path | None = None, **assistant: Any
) -> AsyncIterator[Bench]:
    script = Script([*turns])
    async with (
        open_account(path, model=script.upstream, clock=clock) as account,
        sdk(account) as client,
    ):
        made = Bench(account, client, script)
        made.assistant_id = (
            await client.beta.assistants.create(
                **{"model": "gpt-4o", "tools": [FUNCTION]} | assistant
            )
        ).id
        made.thread_id = (await client.beta.threads.create()).id
        await made.say("What is 2 + 2?")
        yield made


CALL = FunctionCall("call_1", "add", '{"a": 2}')


async def test_completed(clock: Clock) -> None:
    async with bench(clock, ["It is ", "4.", Usage(7, 3)]) as it:
        queued = await it.begin(metadata={"k": "v"}, temperature=0.5)
        assert queued.status == "queued"
        assert queued.expires_at == clock.now + LIFETIME
        assert queued.usage is None
        clock.advance(2)
        run = await it.ended(queued)
        assert run.status == "completed"
        assert (run.started_at, run.completed_at) == (clock.now, clock.now)
        assert run.usage is not None
        assert run.usage.total_tokens == 10
        assert (run.temperature, run.top_p, run.metadata) == (0.5, 1.0, {"k": "v"})
        message = (await it.messages())[0]
        assert message.content[0].text.value == "It is 4."
        assert (message.run_id, message.assistant_id) == (run.id, it.assistant_id)
        step = (await it.steps(run))[0]
        assert step.step_details.message_creation.message_id == message.id
        assert step.usage.completion_tokens == 3


async def test_an_active_run_keeps_the_thread_to_itself(clock: Clock) -> None:
    async with bench(clock, [Hang()]) as it:
        run = await it.begin()
        await it.script.reached.wait()
        with pytest.raises(openai.BadRequestError, match=r"while a run run_.* is active"):
            await it.say("more")
        with pytest.raises(openai.BadRequestError, match="already has an active run"):
            await it.begin()
        assert (await it.reread(run)).status == "in_progress"


async def test_requires_action_and_back(clock: Clock) -> None:
    async with bench(clock, ["Let me see.", Calls((CALL,))], ["4"]) as it:
        run = await it.run()
        assert run.status == "requires_action"
        assert run.required_action is not None
        call = run.required_action.submit_tool_outputs.tool_calls[0]
        assert (call.id, call.function.name, call.function.arguments) == (
            "call_1",
            "add",
            '{"a": 2}',
        )
        runs = it.client.beta.threads.runs
        for outputs in ([], [{"tool_call_id": "call_2", "output": "4"}]):
            with pytest.raises(openai.BadRequestError, match="Expected tool outputs"):
                await runs.submit_tool_outputs(
                    run.id,
                    thread_id=it.thread_id,
                    tool_outputs=outputs,  # type: ignore[arg-type]
                )
        answered: Any = [{"tool_call_id": "call_1", "output": "4"}]
        queued = await runs.submit_tool_outputs(
            run.id, thread_id=it.thread_id, tool_outputs=answered
        )
        assert (queued.status, queued.required_action) == ("queued", None)
        run = await it.ended(run)
        assert run.status == "completed"
        kinds = [(step.type, step.status) for step in await it.steps(run)]
        assert kinds == [
            ("message_creation", "completed"),
            ("tool_calls", "completed"),
            ("message_creation", "completed"),
        ]
        tools = (await it.steps(run))[1]
        assert tools.step_details.tool_calls[0].function.output == "4"
        assert tools.usage.total_tokens > 0
        told = it.script.prompts[1].rounds[0]
        assert told.text == "Let me see."
        assert told.calls[0] == FunctionCall("call_1", "add", '{"a": 2}', "4")
        assert [turn.text for turn in it.script.prompts[1].history] == ["What is 2 + 2?"]
        with pytest.raises(openai.BadRequestError, match='in status "completed"'):
            await runs.submit_tool_outputs(run.id, thread_id=it.thread_id, tool_outputs=answered)


async def test_one_call_at_a_time_where_parallel_calls_are_off(clock: Clock) -> None:
    calls = Calls((CALL, FunctionCall("call_2", "add", "{}")))
    async with bench(clock, [calls], [calls]) as it:
        run = await it.run(parallel_tool_calls=False)
        assert run.required_action is not None
        assert len(run.required_action.submit_tool_outputs.tool_calls) == 1
        await it.client.beta.threads.runs.cancel(run.id, thread_id=it.thread_id)
        await it.ended(run)
        run = await it.run()
        assert run.required_action is not None
        assert len(run.required_action.submit_tool_outputs.tool_calls) == 2


async def test_the_code_interpreter_says_that_it_does_not_run(clock: Clock) -> None:
    turns: list[list[Step]] = [[Calls((CodeCall("call_c", "2 + 2"),))], ["I cannot."]]
    async with bench(clock, *turns, tools=[{"type": "code_interpreter"}]) as it:
        run = await it.run()
        assert run.status == "completed"
        call = (await it.steps(run))[0].step_details.tool_calls[0]
        assert call.code_interpreter.input == "2 + 2"
        assert "not available" in call.code_interpreter.outputs[0].logs
        told = it.script.prompts[1].rounds[0].calls[0]
        assert isinstance(told, CodeCall)
        assert "Nothing was executed" in told.logs


async def test_a_search_answers_the_model(clock: Clock) -> None:
    turns: list[list[Step]] = [
        [Calls((FileSearchCall("call_s", "tram"),))],
        ["Up to the castle 【4:", "0†trams.md】. Not 【9:9†x】"],
    ]
    async with bench(clock, *turns, tools=[{"type": "file_search"}]) as it:
        file = await it.client.files.create(
            file=("trams.md", b"Tram 28 climbs to the castle."), purpose="assistants"
        )
        await it.client.beta.threads.messages.create(
            it.thread_id,
            role="user",
            content="Where does it go?",
            attachments=[{"file_id": file.id, "tools": [{"type": "file_search"}]}],
        )
        it.script.turns[1] = ["Up to the castle 【5:", "0†trams.md】. Not 【9:9†x】"]
        run = await it.run()
        text = (await it.messages())[0].content[0].text
        assert text.value == "Up to the castle 【5:0†trams.md】. Not 【9:9†x】"
        (note,) = text.annotations
        assert text.value[note.start_index : note.end_index] == note.text == "【5:0†trams.md】"
        assert note.file_citation.file_id == file.id
        step = (await it.steps(run))[0]
        assert step.step_details.tool_calls[0].file_search.results[0].file_name == "trams.md"


async def test_cancel_while_the_model_speaks(clock: Clock) -> None:
    async with bench(clock, ["It is", Hang()], ["again"]) as it:
        run = await it.begin()
        await it.script.reached.wait()
        runs = it.client.beta.threads.runs
        assert (await runs.cancel(run.id, thread_id=it.thread_id)).status == "cancelling"
        run = await it.ended(run)
        assert (run.status, run.cancelled_at) == ("cancelled", clock.now)
        message = (await it.messages())[0]
        assert (message.status, message.incomplete_details.reason) == (
            "incomplete",
            "run_cancelled",
        )
        assert message.content[0].text.value == "It is"
        assert [step.status for step in await it.steps(run)] == ["cancelled"]
        with pytest.raises(
            openai.BadRequestError, match="Cannot cancel run with status 'cancelled'"
        ):
            await runs.cancel(run.id, thread_id=it.thread_id)
        assert (await it.run()).status == "completed"


async def test_cancel_while_waiting_for_outputs(clock: Clock) -> None:
    async with bench(clock, [Calls((CALL,))]) as it:
        run = await it.run()
        await it.client.beta.threads.runs.cancel(run.id, thread_id=it.thread_id)
        run = await it.ended(run)
        assert (run.status, run.required_action) == ("cancelled", None)
        assert [step.status for step in await it.steps(run)] == ["cancelled"]


@pytest.mark.parametrize("turn", [[Calls((CALL,))], [Hang()]])
async def test_a_run_expires_after_ten_minutes(clock: Clock, turn: list[Step]) -> None:
    async with bench(clock, turn, ["next"]) as it:
        run = await it.begin()
        while not it.script.prompts:  # else the next run would get its turn
            await asyncio.sleep(0)
        clock.advance(LIFETIME - 1)
        assert (await it.reread(run)).status in {"requires_action", "in_progress"}
        clock.advance(1)
        run = await it.reread(run)
        assert run.status == "expired"
        assert {step.status for step in await it.steps(run)} <= {"expired"}
        await it.say("still there?")
        assert (await it.run()).status == "completed"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ModelError("slow down", "rate_limit_exceeded"), "rate_limit_exceeded", "slow down"),
        (ModelError("broken"), "server_error", "broken"),
        (RuntimeError("a bug"), "server_error", "RuntimeError: a bug"),
    ],
)
async def test_failed(clock: Clock, error: Exception, code: str, message: str) -> None:
    async with bench(clock, ["It ", error], ["fine"]) as it:
        run = await it.run()
        assert run.status == "failed"
        assert run.last_error is not None
        assert (run.last_error.code, run.last_error.message) == (code, message)
        step = (await it.steps(run))[0]
        assert (step.status, step.last_error.code) == ("failed", code)
        assert (await it.messages())[0].incomplete_details.reason == "run_failed"
        assert (await it.run()).status == "completed"


async def test_a_model_that_calls_for_ever_fails(clock: Clock) -> None:
    turns: list[list[Step]] = [[Calls((CodeCall(f"call_{n}", ""),))] for n in range(30)]
    async with bench(clock, *turns, tools=[{"type": "code_interpreter"}]) as it:
        run = await it.run()
        assert run.last_error is not None
        assert "without giving an answer" in run.last_error.message


@pytest.mark.parametrize("turn", [["word " * 300], ["short", Usage(5, 257)]])
async def test_incomplete_when_the_answer_is_too_long(clock: Clock, turn: list[Step]) -> None:
    async with bench(clock, turn) as it:
        run = await it.run(max_completion_tokens=256)
        assert run.status == "incomplete"
        assert run.incomplete_details is not None
        assert run.incomplete_details.reason == "max_completion_tokens"
        message = (await it.messages())[0]
        assert message.incomplete_details.reason == "max_tokens"
        assert message.content[0].text.value == turn[0]


async def test_incomplete_when_the_model_says_it_was_cut(clock: Clock) -> None:
    async with bench(clock, ["half an ans", CutOff()]) as it:
        assert (await it.run()).status == "incomplete"


async def test_incomplete_when_the_prompt_does_not_fit(clock: Clock) -> None:
    async with bench(clock, ["never"]) as it:
        await it.say("word " * 300)
        run = await it.run(max_prompt_tokens=256)
        assert run.status == "incomplete"
        assert run.incomplete_details is not None
        assert run.incomplete_details.reason == "max_prompt_tokens"
        assert it.script.prompts == []


async def test_the_prompt_budget_counts_over_all_turns(clock: Clock) -> None:
    async with bench(clock, [Calls((CALL,)), Usage(250, 1)], ["never"]) as it:
        run = await it.run(max_prompt_tokens=256)
        outputs: Any = [{"tool_call_id": "call_1", "output": "x" * 100}]
        runs = it.client.beta.threads.runs
        await runs.submit_tool_outputs(run.id, thread_id=it.thread_id, tool_outputs=outputs)
        assert (await it.ended(run)).status == "incomplete"


async def test_truncation(clock: Clock) -> None:
    async with bench(clock, ["a"], ["b"], ["c"]) as it:
        await it.say("filler " * 120)
        await it.say("hello", role="assistant")
        await it.say("the question")

        async def seen(**options: Any) -> list[str]:
            await it.run(**options)
            return [turn.text[:12] for turn in it.script.prompts[-1].history]

        last = {"type": "last_messages", "last_messages": 2}
        assert await seen(truncation_strategy=last) == ["hello", "the question"]
        assert await seen(max_prompt_tokens=256) == ["hello", "the question", "a"]
        assert (await seen())[0] == "What is 2 + "


async def test_instructions_and_messages_for_one_run(clock: Clock) -> None:
    async with bench(clock, ["a"], ["b"], instructions="Be kind.") as it:
        run = await it.run(
            additional_instructions="Be brief.",
            additional_messages=[{"role": "assistant", "content": "Hm."}],
        )
        assert run.instructions == "Be kind.\n\nBe brief."
        assert [turn.text for turn in it.script.prompts[0].history] == ["What is 2 + 2?", "Hm."]
        run = await it.run(instructions="Be odd.", model="gpt-4.1", tools=[])
        assert (run.instructions, run.model, run.tools) == ("Be odd.", "gpt-4.1", [])


async def test_deleting_a_thread_ends_its_run(clock: Clock) -> None:
    async with bench(clock, [Hang()]) as it:
        run = await it.begin()
        await it.script.reached.wait()
        await it.client.beta.threads.delete(it.thread_id)
        with pytest.raises(openai.NotFoundError):
            await it.reread(run)
        for table in ("messages", "runs", "steps"):
            assert it.account.database.rows(f"SELECT * FROM {table}") == []


async def test_a_store_that_is_gone_fails_the_run(clock: Clock) -> None:
    calls = Calls((FileSearchCall("call_s", "tram"),))
    async with bench(clock, [calls], [calls], tools=[{"type": "file_search"}]) as it:
        stores = it.client.vector_stores
        store = await stores.create(expires_after={"anchor": "last_active_at", "days": 1})
        await it.client.beta.threads.update(
            it.thread_id, tool_resources={"file_search": {"vector_store_ids": [store.id]}}
        )
        clock.advance(24 * 3600)
        run = await it.run()
        assert run.last_error is not None
        assert run.last_error.message == f"The vector store '{store.id}' has expired."
        await stores.delete(store.id)
        run = await it.run()
        assert run.last_error is not None
        assert run.last_error.message == f"No vector store found with id '{store.id}'."


async def test_create_and_run_with_its_own_resources(clock: Clock) -> None:
    turns: list[list[Step]] = [[Calls((FileSearchCall("call_s", "tram"),))], ["done"]]
    async with bench(clock, *turns, tools=[{"type": "file_search"}]) as it:
        file = await it.client.files.create(file=("t.md", b"tram"), purpose="assistants")
        store = await it.client.vector_stores.create(file_ids=[file.id])
        run = await it.client.beta.threads.create_and_run_poll(
            assistant_id=it.assistant_id,
            thread={"messages": [{"role": "user", "content": "tram?"}]},
            tool_resources={"file_search": {"vector_store_ids": [store.id]}},
            poll_interval_ms=5,
        )
        it.thread_id = run.thread_id
        step = (await it.steps(run))[0]
        assert step.step_details.tool_calls[0].file_search.results[0].file_id == file.id


async def test_a_thread_that_cannot_run_is_not_made(clock: Clock) -> None:
    async with bench(clock) as it:
        before = len(it.account.database.rows("SELECT * FROM threads"))
        with pytest.raises(openai.NotFoundError):
            await it.client.beta.threads.create_and_run(assistant_id="asst_x")
        assert len(it.account.database.rows("SELECT * FROM threads")) == before
