"""Sessions end at their deadline, by an interrupt or a failure: nothing stays behind."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from agents_fakes import ERROR, PASSED, SANDBOXED, STREAMED, smoke, smoking, weather
from disturbances import Interrupting, left_after_interrupts, receipt_in
from smoke_fakes import Notes, case, expect

from asstctl.model.smoke import Attachment, FixedOutput, Turn
from asstctl.remote.agents.leftovers import SessionLeftovers
from asstctl.remote.wire.connect import connect_in_process
from asstctl.smoke.leftovers import Leftover, remove_all
from asstctl.smoke.options import SmokeOptions
from support.clock import run
from support.sessions_server import Act, Habits, SessionsServer, says

WAYS = pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
LOST = pytest.mark.parametrize("lost", [503, httpx2.ReadError("reset")], ids=["503", "reset"])
ONE = "/agents/sessions/*"


def slow(_: list[Any]) -> Act:
    """Takes an hour."""
    return Act([says("At last.")], seconds=3600)


@pytest.mark.parametrize("habits", [Habits(), Habits(stays_busy=2), Habits(shows_turns_late=2)])
@WAYS
def test_a_deadline_cancels_waits_and_deletes(habits: Habits, options: SmokeOptions) -> None:
    server, notes = SessionsServer(habits=habits, answer=slow), Notes()

    (found,) = smoke(server, case(expect=expect(max_seconds=3)), options=options, notes=notes)

    assert found.turns[0].status == "deadline"
    assert "was cancelled" in found.turns[0].reason
    assert server.asked(f"POST {ONE}/events")[0] == {
        "events": [{"type": "agent.session.input.cancel"}]
    }
    assert server.made[0].turns[0]["status"] == "cancelled"
    assert server.left == []
    assert notes.stuck == []


def test_a_session_that_stays_busy_is_named() -> None:
    server, notes = SessionsServer(habits=Habits(stays_busy=1e6)), Notes()

    smoke(server, case(), notes=notes)

    ((what, why),) = notes.stuck
    assert what == "session sess_1"
    assert "HTTP 409 for DELETE /v1/agents/sessions/sess_1" in why


def test_a_session_that_is_gone_already_is_fine() -> None:
    server, notes = SessionsServer(), Notes()
    server.plan(f"DELETE {ONE}", 404)

    smoke(server, case(), notes=notes)

    assert notes.stuck == []


@WAYS
def test_sessions_are_kept_on_request_and_named(options: SmokeOptions) -> None:
    server, notes = SessionsServer(), Notes()
    options = SmokeOptions(keep_threads=True, stream=options.stream)

    (found,) = smoke(server, case(), options=options, notes=notes)

    assert notes.kept == ["session sess_1"]
    assert list(map(str, found.retained)) == ["session sess_1"]
    assert server.left == ["sess_1"]


@WAYS
def test_a_rate_limit_is_waited_for(options: SmokeOptions) -> None:
    server = SessionsServer()
    server.plan("POST /agents/sessions", 429, 429)

    (found,) = smoke(server, case(), options=options)

    assert found.status is PASSED, found.reason
    assert server.left == []


ASKED = ("POST /agents/sessions", f"POST {ONE}/events", f"GET {ONE}", f"GET {ONE}/turns/*")


@pytest.mark.parametrize("request_", ASKED)
@LOST
@WAYS
def test_a_request_that_never_arrived_is_sent_again(
    request_: str, options: SmokeOptions, lost: Any
) -> None:
    server = SessionsServer(answer=weather)
    server.plan(request_, lost)
    turns = (Turn(prompt="one"), Turn(prompt="two", expect=expect(contains="dry")))
    asking = case(turns=turns, functions={"get_weather": (FixedOutput("dry"),)})

    (found,) = smoke(server, asking, options=options)

    assert found.status is PASSED, found.reason
    assert len(server.made[0].turns) == 2
    assert server.left == []


@pytest.mark.parametrize("habits", [Habits(), Habits(ignores_filters=True, shows_turns_late=1)])
@LOST
@WAYS
def test_what_has_landed_is_not_done_twice(
    habits: Habits, options: SmokeOptions, lost: Any
) -> None:
    server = SessionsServer(answer=weather, habits=habits)
    server.plan("POST /agents/sessions", ("then", lost))
    server.plan(f"POST {ONE}/events", *[("then", lost)] * 3)
    turns = (Turn(prompt="one"), Turn(prompt="two", expect=expect(contains="dry")))
    asking = case(turns=turns, functions={"get_weather": (FixedOutput("dry"),)})

    (found,) = smoke(server, asking, options=options)

    assert found.status is PASSED, found.reason
    assert len(server.made) == 1
    assert len(server.made[0].turns) == 2
    assert server.left == []


@WAYS
def test_a_refusal_is_an_error_that_leaves_nothing(options: SmokeOptions) -> None:
    server = SessionsServer()
    server.plan("POST /agents/sessions", 403)

    (found,) = smoke(server, case(), options=options)

    assert found.status is ERROR
    assert "HTTP 403 for POST /v1/agents/sessions" in found.reason
    assert server.left == []


class Interrupted(Interrupting, SessionsServer):
    """Interrupts smoke."""


def quick(items: list[Any]) -> Act:
    """Tells the weather at once: of many looks that are alike, few are interrupted."""
    return replace(weather(items), seconds=0.15)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@WAYS
def test_an_interrupt_at_any_request_leaves_nothing(
    tmp_path: Path, options: SmokeOptions, after: bool
) -> None:
    attached = (Attachment(receipt_in(tmp_path), ("code_interpreter",)),)
    turns = (Turn(prompt="one"), Turn(prompt="two", attachments=attached))
    asking = case(turns=turns, functions={"get_weather": (FixedOutput("dry"),)})

    requests, left = left_after_interrupts(
        lambda: Interrupted(answer=quick),
        lambda server: smoking(server, asking, agent=SANDBOXED, options=options),
        after=after,
    )

    assert requests > 12
    assert left == {}


@pytest.mark.parametrize("habits", [Habits(), Habits(ignores_filters=True), Habits(stays_busy=1)])
def test_what_a_dead_process_left_is_found_ended_and_deleted(habits: Habits) -> None:
    server = SessionsServer(habits=habits, answer=slow)

    async def all_of_it() -> tuple[Leftover, ...]:
        agent = server.state.create_assistant({"model": "gpt-5"})["id"]
        async with connect_in_process(server) as wire:
            for project in ("shop", "shop", "other", None):
                body = {
                    "agent_id": agent,
                    "environment": {"type": "none"},
                    "input": "Hi",
                    "metadata": {"asstctl_smoke": project, "asstctl_case": "a"} if project else {},
                }
                await wire.create("/agents/sessions", body)
            account = SessionLeftovers(wire, "shop")
            found = await account.left_behind()
            removed = await remove_all(account, found)
            assert [item.error for item in removed] == [None, None]
            return found

    found = run(all_of_it())

    mine = [session.body["id"] for session in server.made[:2]]
    assert [item.place.id for item in found] == mine
    assert {(item.case, item.is_busy) for item in found} == {("a", True)}
    assert len(server.sessions) == 2


def test_a_server_without_sessions_has_none_left() -> None:
    server = SessionsServer()
    server.plan("GET /agents/sessions", 404)

    async def look() -> tuple[Leftover, ...]:
        async with connect_in_process(server) as wire:
            return await SessionLeftovers(wire, "shop").left_behind()

    assert run(look()) == ()
