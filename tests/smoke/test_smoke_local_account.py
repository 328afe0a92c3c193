"""Smoke against the local account, over the real adapter: the wiring is true end to end."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from local_accounts import left_in, local_account, notes_in
from smoke_fakes import Notes, case, expect

from asstctl.model.json import JsonObject
from asstctl.model.smoke import Attachment, FixedOutput, Message, OpeningThread, SmokeCase, Turn
from asstctl.remote.assistants.conversations import Conversations
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.smoke.runner import run_smoke

PASSED = CaseStatus.PASSED
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}


async def hold(
    wire: Wire,
    *cases: SmokeCase,
    options: SmokeOptions | None = None,
    notes: Notes | None = None,
    **assistant: Any,
) -> SmokeResult:
    made: Any = (await wire.create("/assistants", {"model": "gpt-4o", **assistant})).value
    subject = Subject(key="guide", assistant_id=made["id"], cases=cases)
    return await run_smoke(
        Conversations(wire, "shop"),
        [subject],
        target="local",
        options=options or SmokeOptions(deadline=20),
        observer=notes or Notes(),
    )


async def test_an_account_without_embeddings_says_so() -> None:
    async with local_account() as wire:
        result = await hold(wire, case(expect=expect(contains="offline", similar={"to": "x"})))

    (found,) = result.cases
    assert found.status is CaseStatus.ERROR
    assert "the account has no embeddings by text-embedding-3-small" in found.reason
    assert "`embeddings:` of a local target, names an endpoint that makes them" in found.reason
    assert found.turns[0].reply


@pytest.mark.parametrize("stream", [False, True])
async def test_an_attached_file_is_found_cited_and_gone_afterwards(
    tmp_path: Path, stream: bool
) -> None:
    turn = Turn(
        prompt="Which tram should I take in Lisbon?",
        attachments=(Attachment(notes_in(tmp_path), ("file_search",)),),
        expect=expect(
            contains="tram 28", cites="docs/notes.md", uses="file_search", max_seconds=15,
            status="completed", not_uses="code_interpreter",
        ),
    )  # fmt: skip
    options = SmokeOptions(stream=stream, deadline=20)
    notes = Notes()

    async with local_account() as wire:
        result = await hold(
            wire, case(turns=(turn,)), options=options, notes=notes,
            tools=[{"type": "file_search"}],
        )  # fmt: skip
        left = await left_in(wire, "/files", "/vector_stores")

    (found,) = result.cases
    assert found.status is PASSED, found.turns
    assert found.usage.total_tokens > 0
    assert bool(notes.tokens) is stream
    assert notes.stuck == []
    assert left == [0, 0]


@pytest.mark.parametrize("stream", [False, True])
async def test_functions_are_answered(stream: bool) -> None:
    options = SmokeOptions(stream=stream, deadline=20)
    asking = case(
        "Please call get_weather.",
        functions={"get_weather": (FixedOutput({"sky": "sunny"}),)},
        expect=expect(calls="get_weather", uses="function", contains="sunny"),
        run={"tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
    )
    lost = case("Please call get_weather.", name="lost", run=asking.run)

    async with local_account() as wire:
        result = await hold(wire, asking, lost, options=options, tools=[WEATHER])

    answered, unanswered = result.cases
    assert answered.status is PASSED, answered.turns
    assert [tool.name for tool in answered.turns[0].tool_calls] == ["get_weather"]
    assert unanswered.status is CaseStatus.FAILED
    assert "get_weather" in unanswered.reason


async def test_what_only_a_model_can_pass_is_skipped() -> None:
    async with local_account() as wire:
        result = await hold(wire, case(needs_model=True), case(expect=expect(judge="Kind?")))

    assert [item.status for item in result.cases] == [CaseStatus.SKIPPED] * 2
    assert "offline" in result.cases[0].reason


async def test_earlier_messages_and_several_turns_share_a_thread() -> None:
    opening = OpeningThread(
        messages=(
            Message(role="user", content="My name is Ada."),
            Message(role="assistant", content="Welcome, Ada."),
        )
    )
    talk = case(turns=(Turn(prompt="Hello."), Turn(prompt="Goodbye.")), thread=opening)

    async with local_account() as wire:
        result = await hold(wire, talk, options=SmokeOptions(keep_threads=True, deadline=20))
        (kept,) = result.cases[0].retained
        answer = await wire.get(f"/threads/{kept.id}/messages", {"order": "asc"})

    messages: Any = answer.value
    said = [(item["role"], item["content"][0]["text"]["value"]) for item in messages["data"]]
    assert [role for role, _ in said] == ["user", "assistant"] * 3
    assert said[1] == ("assistant", "Welcome, Ada.")
    assert [turn.prompt for turn in result.cases[0].turns] == ["Hello.", "Goodbye."]
    assert all(turn.reply for turn in result.cases[0].turns)


async def test_many_cases_at_once() -> None:
    cases = [case(f"Hello number {number}", name=str(number)) for number in range(30)]

    async with local_account() as wire:
        result = await hold(wire, *cases)

    assert result.summary.passed == 30


async def test_an_unknown_assistant_is_an_error() -> None:
    async with local_account() as wire:
        subject = Subject(key="guide", assistant_id="asst_none", cases=(case(),))
        result = await run_smoke(
            Conversations(wire, "shop"), [subject], target="local", options=SmokeOptions()
        )

    (found,) = result.cases
    assert found.status is CaseStatus.ERROR
    assert found.reason.startswith("running the assistant: ")
    assert "asst_none" in found.reason


async def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    turn = Turn(prompt="Tram?", attachments=(Attachment(notes_in(tmp_path), ("file_search",)),))
    cases = [case(name=str(number), turns=(turn,) * 50) for number in range(4)]

    async with local_account() as wire:
        runs = asyncio.Event()
        create = wire.create

        async def noted(path: str, body: JsonObject) -> Answer:
            if path == "/threads/runs":
                runs.set()
            return await create(path, body)

        wire.create = noted  # type: ignore[method-assign, assignment]
        task = asyncio.ensure_future(hold(wire, *cases, tools=[{"type": "file_search"}]))
        await runs.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        left = await left_in(wire, "/files", "/vector_stores")

    assert left == [0, 0]
