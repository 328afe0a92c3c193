"""Runs over Responses end at their deadline, by an interrupt or a failure: nothing stays behind."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from disturbances import (
    Failing,
    Interrupting,
    at_each_request,
    left_after_interrupts,
    receipt_in,
)
from responses_fakes import ERROR, GUIDE, PASSED, STREAMED, WEATHER, smoke, smoking, weather
from smoke_fakes import Notes, case, expect
from starlette.types import Receive, Scope, Send

from asstctl.model.smoke import Attachment, FixedOutput, SmokeCase, Turn
from asstctl.smoke.options import SmokeOptions
from support.responses_server import Habits, ResponsesServer

BARE = Habits(conversations=404)


class Slow(ResponsesServer):
    """Takes a minute for each response that is not in the background."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/v1/responses":
            await asyncio.sleep(60)
        await super().__call__(scope, receive, send)


@pytest.mark.parametrize("habits", [Habits(hangs=True), Habits(conversations=404, hangs=True)])
@pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
def test_a_deadline_cancels_what_goes_on_in_the_background(
    habits: Habits, options: SmokeOptions
) -> None:
    server = ResponsesServer(habits=habits)

    (found,) = smoke(server, case(expect=expect(max_seconds=3)), options=options)

    assert found.turns[0].status == "deadline"
    assert "still in_progress and was cancelled" in found.turns[0].reason
    assert server.count("POST", "responses", "*", "cancel") == 1
    assert server.left == []


def test_a_deadline_closes_the_connection_of_what_goes_on_before_ones_eyes() -> None:
    server = Slow(habits=Habits(background=400))

    (found,) = smoke(server, case(expect=expect(max_seconds=3)))

    assert found.turns[0].status == "deadline"
    assert "had not even started" in found.turns[0].reason
    assert server.left == []


@pytest.mark.parametrize("conversations", [None, 404])
def test_what_is_stored_in_the_foreground_is_deleted_after_its_deadline(
    conversations: int | None,
) -> None:
    habits = Habits(background=400, conversations=conversations, hangs=True, cancels=False)
    server = ResponsesServer(habits=habits)

    (found,) = smoke(server, case(expect=expect(max_seconds=3)))

    assert found.turns[0].status == "deadline"
    assert server.count("DELETE", "responses", "*") == 1
    assert server.left == []


def test_a_server_without_streams_answers_in_the_foreground() -> None:
    server = ResponsesServer(habits=Habits(background=400, streams=400))
    cases = (case(), case(name="again"))

    assert [item.status for item in smoke(server, *cases)] == [PASSED, PASSED]
    assert server.left == []


def test_what_goes_on_before_ones_eyes_may_take_longer_than_a_request() -> None:
    server = Slow(habits=Habits(background=400))

    (found,) = smoke(server, case(), timeout=5.0)

    assert found.status is PASSED, found.reason
    assert server.count("POST", "responses") == 2


def test_a_deadline_closes_a_stream() -> None:
    server = Slow()

    (found,) = smoke(server, case(expect=expect(max_seconds=3)), options=STREAMED)

    assert found.turns[0].status == "deadline"
    assert server.left == []


def test_a_rate_limit_is_waited_for() -> None:
    server = ResponsesServer()
    server.plan("POST /responses", 429, 429)

    polled = smoke(server, case())
    server.plan("POST /responses", 429, 429)
    streamed = smoke(server, case(), options=STREAMED)

    assert [found.status for found in (*polled, *streamed)] == [PASSED, PASSED]
    assert len(server.responses) == 0


@pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
@pytest.mark.parametrize("lost", [503, httpx2.ReadError("reset")], ids=["503", "reset"])
def test_a_request_that_never_arrived_is_sent_again(options: SmokeOptions, lost: Any) -> None:
    server = ResponsesServer(answer=weather)
    server.plan("POST /responses", lost)
    server.plan("POST /conversations", lost)
    asking = case(functions={"get_weather": (FixedOutput("dry"),)}, expect=expect(contains="dry"))

    (found,) = smoke(server, asking, options=options, request={**GUIDE, "tools": [WEATHER]})

    assert found.status is PASSED, found.reason
    assert server.left == []


@pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
def test_what_has_landed_is_not_said_twice(options: SmokeOptions) -> None:
    server = ResponsesServer()
    server.plan("POST /responses", ("then", 503))

    (found,) = smoke(server, case(), options=options)

    assert found.status is ERROR
    assert "HTTP 503 for POST /v1/responses" in found.reason
    assert server.count("POST", "responses") == 1
    assert server.conversations == {}


def test_without_a_conversation_a_lost_answer_leaves_one_response_at_worst() -> None:
    server = ResponsesServer(habits=BARE)
    server.plan("POST /responses", ("then", 503))

    (found,) = smoke(server, case())

    assert found.status is PASSED
    assert len(server.left) == 1


@pytest.mark.parametrize("habits", [Habits(), BARE])
def test_a_stream_that_breaks_off_is_made_good_by_what_was_saved(habits: Habits) -> None:
    habits = Habits(conversations=habits.conversations, stream_error={"code": "x", "message": "y"})
    server = ResponsesServer(habits=habits)

    (found,) = smoke(server, case(expect=expect(contains="Hello")), options=STREAMED)

    assert found.status is PASSED, found.reason
    assert server.left == []


def test_a_stream_that_breaks_off_where_nothing_was_saved_is_an_error() -> None:
    error = {"code": "server_error", "message": "Out of memory."}
    server = ResponsesServer(habits=Habits(conversations=404, stored=False, stream_error=error))

    (found,) = smoke(server, case(), options=STREAMED)

    assert found.status is ERROR
    assert "server_error: Out of memory." in found.reason


@pytest.mark.parametrize(
    ("habits", "kept"),
    [
        (Habits(), ["conversation conv_1"]),
        (BARE, ["response resp_2"]),
    ],
)
def test_conversations_are_kept_on_request_and_named(habits: Habits, kept: list[str]) -> None:
    server, notes = ResponsesServer(habits=habits), Notes()
    options = SmokeOptions(keep_threads=True)

    (found,) = smoke(server, case("one", turns=(Turn(prompt="one"), Turn(prompt="two"))),
                     options=options, notes=notes)  # fmt: skip

    assert notes.kept == kept
    assert list(map(str, found.retained)) == kept
    assert kept[0].split(" ")[1] in server.left


def test_nothing_is_kept_where_nothing_is_stored() -> None:
    server, notes = ResponsesServer(habits=Habits(conversations=404, stored=False)), Notes()
    turns = (Turn(prompt="one"), Turn(prompt="two"))

    smoke(server, case(turns=turns), options=SmokeOptions(keep_threads=True), notes=notes)

    assert notes.kept == []


@pytest.mark.parametrize("stored", [True, False])
def test_what_cannot_be_deleted_is_named_if_it_is_there(stored: bool) -> None:
    habits = Habits(conversations=404, delete=405, stored=stored)
    server, notes = ResponsesServer(habits=habits), Notes()

    smoke(server, case(), notes=notes)

    assert [what for what, _ in notes.stuck] == (["response resp_1"] if stored else [])


class Interrupted(Interrupting, ResponsesServer):
    """Interrupts smoke."""


class Failed(Failing, ResponsesServer):
    """Loses a request."""


ON_BOTH = pytest.mark.parametrize("habits", [Habits(), BARE], ids=["conversation", "chain"])
AFTER = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
WAYS = pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])


def asking(folder: Path, **fields: Any) -> SmokeCase:
    """Two turns, of which the first has an attachment."""
    attached = (Attachment(receipt_in(folder), ("file_search",)),)
    turns = (Turn(prompt="one", attachments=attached, **fields), Turn(prompt="two", **fields))
    return case(turns=turns, functions={"get_weather": (FixedOutput("dry"),)})


@ON_BOTH
@AFTER
@WAYS
def test_an_interrupt_at_any_request_leaves_nothing(
    tmp_path: Path, habits: Habits, options: SmokeOptions, after: bool
) -> None:
    held, request = asking(tmp_path), {**GUIDE, "tools": [WEATHER]}

    requests, left = left_after_interrupts(
        lambda: Interrupted(habits=habits, answer=weather),
        lambda server: smoking(server, held, request=request, options=options),
        after=after,
    )

    assert requests > 12
    assert left == {}


@ON_BOTH
@AFTER
@WAYS
def test_a_failure_at_any_request_is_made_good_or_told(
    tmp_path: Path, habits: Habits, options: SmokeOptions, after: bool
) -> None:
    held = asking(tmp_path, expect=expect(contains="dry"))
    request = {**GUIDE, "tools": [WEATHER]}

    requests, struck = at_each_request(
        lambda: Failed(habits=habits, answer=weather),
        lambda server: smoke(server, held, request=request, options=options)[0],
        after=after,
    )

    bad: dict[str, Any] = {}
    for server, found in struck:
        creates = server.struck.startswith("POST") and after
        told = creates or "/files" in server.struck
        fine = found.status in ((PASSED, ERROR) if told else (PASSED,))
        if not fine or len(server.left) > creates:
            bad[server.struck] = found.reason, server.left
    assert requests > 12
    assert bad == {}
