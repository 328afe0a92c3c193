"""Smoke over the local account's Responses API: the wiring is true end to end."""

from pathlib import Path
from typing import Any

import pytest
from local_accounts import left_in, local_account, notes_in
from smoke_fakes import Notes, case, expect

from asstctl.model.json import JsonObject
from asstctl.model.smoke import Attachment, FixedOutput, Message, OpeningThread, SmokeCase, Turn
from asstctl.remote.responses.conversations import Conversations
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.smoke.runner import run_smoke

PASSED = CaseStatus.PASSED
WEATHER: JsonObject = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}
WAYS = pytest.mark.parametrize("stream", [False, True], ids=["polled", "streamed"])


async def hold(
    *cases: SmokeCase, notes: Notes | None = None, options: SmokeOptions, **request: Any
) -> SmokeResult:
    """Run cases in an account of its own, which has to be empty afterwards."""
    entry: JsonObject = {"model": "gpt-4o", **request}
    async with local_account() as wire:
        result = await run_smoke(
            Conversations(wire, {"guide": entry}),
            [Subject(key="guide", assistant_id="guide", cases=cases)],
            target="local",
            options=options,
            observer=notes or Notes(),
        )
        assert await left_in(wire, "/files", "/vector_stores") == [0, 0]
    return result


@WAYS
async def test_an_attached_file_is_found_cited_and_gone_afterwards(
    tmp_path: Path, stream: bool
) -> None:
    turn = Turn(
        prompt="Which tram should I take in Lisbon?",
        attachments=(Attachment(notes_in(tmp_path), ("file_search",)),),
        expect=expect(
            contains="tram 28", cites="docs/notes.md", uses="file_search", max_seconds=15,
            status="completed", not_uses="code_interpreter", not_contains="【",
        ),
    )  # fmt: skip
    notes = Notes()

    result = await hold(
        case(turns=(turn,)), notes=notes, options=SmokeOptions(stream=stream, deadline=20)
    )

    (found,) = result.cases
    assert found.status is PASSED, found.reason
    assert found.usage.total_tokens > 0
    assert {"yellow tram" in cited.quote for cited in found.turns[0].citations} == {True}
    assert bool(notes.tokens) is stream
    assert notes.stuck == []


@WAYS
async def test_functions_are_answered(stream: bool) -> None:
    asking = case(
        "Please call get_weather.",
        functions={"get_weather": (FixedOutput({"sky": "sunny"}),)},
        expect=expect(calls="get_weather", uses="function", contains="sunny"),
        run={"tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
    )
    lost = case("Please call get_weather.", name="lost", run=asking.run)

    result = await hold(
        asking, lost, options=SmokeOptions(stream=stream, deadline=20), tools=[WEATHER]
    )

    good, bad = result.cases
    assert good.status is PASSED, good.reason
    assert bad.turns[0].status == "requires_action"


async def test_earlier_messages_and_several_turns_share_a_conversation() -> None:
    opening = OpeningThread(
        messages=(
            Message(role="user", content="My name is Ada."),
            Message(role="assistant", content="Welcome, Ada."),
        )
    )
    turns = (Turn(prompt="Hello."), Turn(prompt="Goodbye."))

    result = await hold(case(thread=opening, turns=turns), options=SmokeOptions(deadline=20))

    assert result.cases[0].status is PASSED, result.cases[0].reason
    assert all(turn.reply for turn in result.cases[0].turns)


async def test_many_cases_at_once() -> None:
    cases = [case(f"Hello number {number}", name=f"case {number}") for number in range(30)]

    result = await hold(*cases, options=SmokeOptions(parallelism=8, deadline=20))

    assert result.summary.passed == 30
