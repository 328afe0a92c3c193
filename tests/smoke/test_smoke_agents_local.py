"""Smoke over the local account's Agents API: the wiring is true end to end."""

from pathlib import Path
from typing import Any

import pytest
from local_accounts import left_in, local_account, notes_in
from smoke_fakes import Notes, case, expect

from asstctl.model.json import JsonObject
from asstctl.model.smoke import Attachment, FixedOutput, Message, OpeningThread, SmokeCase, Turn
from asstctl.remote.agents.conversations import Conversations
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.smoke.runner import run_smoke

PASSED, ERROR = CaseStatus.PASSED, CaseStatus.ERROR
WEATHER: JsonObject = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {}},
}
WAYS = pytest.mark.parametrize("stream", [False, True], ids=["polled", "streamed"])


async def hold(
    *cases: SmokeCase,
    notes: Notes | None = None,
    options: SmokeOptions,
    sandboxed: bool = False,
    **agent: Any,
) -> SmokeResult:
    """Run cases in an account of its own, which has to be empty afterwards."""
    async with local_account() as wire:
        metadata = await _template(wire) if sandboxed else {}
        body: JsonObject = {"model": "gpt-5", "metadata": metadata, **agent}
        made: Any = (await wire.create("/agents", body)).value
        result = await run_smoke(
            Conversations(wire, "shop"),
            [Subject(key="guide", assistant_id=made["id"], cases=cases)],
            target="local",
            options=options,
            observer=notes or Notes(),
        )
        assert await left_in(wire, "/files", "/agents/sessions") == [0, 0]
    return result


async def _template(wire: Wire) -> JsonObject:
    body: JsonObject = {"name": "a", "network": {"access": "disabled"}}
    made: Any = (await wire.create("/agents/environments/templates", body)).value
    return {"asstctl_environment": made["id"]}


@WAYS
async def test_an_attached_file_lies_in_the_sandbox_and_is_gone_afterwards(
    tmp_path: Path, stream: bool
) -> None:
    attached = Attachment(notes_in(tmp_path), ("code_interpreter",))
    turns = (
        Turn(prompt="Hello."),
        Turn(
            prompt="Which tram should I take in Lisbon?",
            attachments=(attached,),
            expect=expect(
                contains=["tram 28", "/workspace/docs/notes.md"],
                not_contains="[local account]",
                max_seconds=15,
                status="completed",
                max_tokens=100_000,
            ),
        ),
    )
    first = case(turns=turns[1:], name="at once")
    notes = Notes()

    result = await hold(
        case(turns=turns),
        first,
        notes=notes,
        options=SmokeOptions(stream=stream, deadline=20),
        sandboxed=True,
    )

    for found in result.cases:
        assert found.status is PASSED, found.reason
        assert found.usage.total_tokens > 0
    assert bool(notes.tokens) is stream
    assert not any("[local account]" in text for _, text in notes.tokens)
    assert notes.stuck == []


@WAYS
async def test_commands_that_were_wanted_count_as_shell(stream: bool) -> None:
    wanted = case("Use the shell to list the files.", expect=expect(uses="shell"))

    result = await hold(wanted, options=SmokeOptions(stream=stream, deadline=20), sandboxed=True)

    assert result.cases[0].status is PASSED, result.cases[0].reason


@WAYS
async def test_functions_are_answered(stream: bool) -> None:
    asking = case(
        turns=tuple(
            Turn(
                prompt="Please call get_weather.",
                expect=expect(calls="get_weather", uses="function", contains="sunny"),
            )
            for _ in range(2)
        ),
        functions={"get_weather": (FixedOutput({"sky": "sunny"}),)},
    )
    lost = case("Please call get_weather.", name="lost")
    notes = Notes()

    result = await hold(
        asking,
        lost,
        notes=notes,
        options=SmokeOptions(stream=stream, deadline=20),
        tools=[WEATHER],
    )

    good, bad = result.cases
    assert good.status is PASSED, good.reason
    assert bad.turns[0].status == "requires_action"
    assert bool(notes.tokens) is stream


async def test_earlier_messages_and_several_turns_share_a_session() -> None:
    opening = OpeningThread(messages=(Message(role="user", content="My name is Ada."),))
    turns = (Turn(prompt="Hello."), Turn(prompt="Goodbye."))

    result = await hold(case(thread=opening, turns=turns), options=SmokeOptions(deadline=20))

    assert result.cases[0].status is PASSED, result.cases[0].reason
    assert all(turn.reply for turn in result.cases[0].turns)


async def test_what_a_session_cannot_hold_is_an_error_of_the_case(tmp_path: Path) -> None:
    said = OpeningThread(messages=(Message(role="assistant", content="Welcome."),))
    brought = Turn(prompt="Hi", attachments=(Attachment(notes_in(tmp_path), ("file_search",)),))
    cases = (
        case(thread=said, name="said"),
        case(thread=OpeningThread(code_files=(notes_in(tmp_path),)), name="given"),
        case(turns=(brought,), name="brought"),
        case(turns=(Turn(prompt="Hi"), brought), name="brought later"),
        case(run={"temperature": 0}, name="tuned"),
    )

    result = await hold(*cases, options=SmokeOptions(deadline=20))

    told = {found.name: found.reason for found in result.cases}
    assert {found.status for found in result.cases} == {ERROR}
    assert "what the assistant has said" in told["said"]
    assert "no sandbox to put the attachments" in told["given"]
    assert "no sandbox to put the attachments" in told["brought"]
    assert "no sandbox to put the attachments" in told["brought later"]
    assert "no run of the Agents API can be given 'temperature'" in told["tuned"]


async def test_many_cases_at_once() -> None:
    cases = [case(f"Hello number {number}", name=f"case {number}") for number in range(20)]

    result = await hold(*cases, options=SmokeOptions(parallelism=8, deadline=20))

    assert result.summary.passed == 20
