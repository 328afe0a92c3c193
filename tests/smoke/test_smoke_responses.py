"""Smoke over Responses, against servers that have all of it, some of it, or hardly anything."""

from typing import Any

import pytest
from responses_fakes import ERROR, GUIDE, PASSED, STREAMED, WEATHER, remembers, smoke, weather
from smoke_fakes import Notes, case, expect

from asstctl.model.json import JsonObject
from asstctl.model.smoke import FixedOutput, Message, OpeningThread, Turn
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Usage
from support.responses_server import Answer, Habits, ResponsesServer, hello

BARE = Habits(conversations=404)
FORGETFUL = Habits(conversations=404, stored=False, background=400)
SERVERS = {
    "the real one": Habits(),
    "without background": Habits(background=400),
    "without conversations": BARE,
    "without conversations, as 405": Habits(conversations=405),
    "with 200 for what it has not": Habits(no_such_path_is_200=True),
    "with 200 for all it has not": Habits(
        no_such_path_is_200=True, stored=False, ignores_options=True
    ),
    "without conversations and background": Habits(conversations=404, background=501),
    "without anything stored": FORGETFUL,
    "without previous_response_id": Habits(conversations=404, previous=False),
    "that heeds no option": Habits(conversations=404, stored=False, ignores_options=True),
    "with late usage": Habits(usage_comes_late=True, background=400),
    "that says things twice": Habits(stream_doubles=True),
    "whose streams have no end": Habits(stream_has_no_end=True),
    "whose streams end empty": Habits(stream_ends_empty=True),
}


@pytest.mark.parametrize("habits", SERVERS.values(), ids=SERVERS.keys())
@pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
def test_every_turn_sees_what_was_said_before(habits: Habits, options: SmokeOptions) -> None:
    server, notes = ResponsesServer(habits=habits, answer=remembers), Notes()
    opening = OpeningThread(messages=(Message(role="user", content="zero"),))
    turns = (
        Turn(prompt="one", expect=expect(equals="zero / one", max_tokens=42)),
        Turn(prompt="two", expect=expect(equals="zero / one / two", status="completed")),
        Turn(prompt="three", expect=expect(equals="zero / one / two / three")),
    )

    (found,) = smoke(server, case(thread=opening, turns=turns), options=options, notes=notes)

    assert found.status is PASSED, found.reason
    assert found.usage.total_tokens == 126
    assert server.left == []
    assert notes.stuck == []


@pytest.mark.parametrize("habits", SERVERS.values(), ids=SERVERS.keys())
@pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
def test_functions_are_answered_in_a_chain_of_responses(
    habits: Habits, options: SmokeOptions
) -> None:
    server = ResponsesServer(habits=habits, answer=weather)
    asking = case(
        turns=tuple(
            Turn(prompt=prompt, expect=expect(calls="get_weather", uses="function", max_tokens=84))
            for prompt in ("Today?", "Tomorrow?")
        ),
        functions={"get_weather": (FixedOutput("sunny"),)},
    )

    (found,) = smoke(server, asking, options=options, request={**GUIDE, "tools": [WEATHER]})

    assert found.status is PASSED, found.reason
    assert [turn.reply for turn in found.turns] == ["It is sunny.", "It is sunny."]
    assert found.turns[0].usage == Usage(22, 62, 84, 8)
    (call,) = found.turns[0].tool_calls
    assert (call.type, call.name, call.output) == ("function", "get_weather", "sunny")
    assert server.left == []


@pytest.mark.parametrize("habits", [Habits(), BARE, FORGETFUL])
def test_a_call_that_nobody_answers_does_not_lock_the_conversation(habits: Habits) -> None:
    def answer(items: list[Any]) -> Answer:
        return hello(items) if items[-1].get("content") == "Never mind." else weather(items)

    server = ResponsesServer(habits=habits, answer=answer)
    turns = (
        Turn(prompt="Weather?", expect=expect(status="requires_action")),
        Turn(prompt="Never mind.", expect=expect(contains="Hello")),
    )

    (found,) = smoke(server, case(turns=turns), request={**GUIDE, "tools": [WEATHER]})

    assert found.status is PASSED, found.reason
    assert server.left == []


def test_a_conversation_says_what_it_is_for_and_takes_twenty_items_at_a_time() -> None:
    server = ResponsesServer(answer=remembers)
    said = tuple(Message(role="user", content=str(number)) for number in range(45))

    (found,) = smoke(
        server,
        case("now", thread=OpeningThread(messages=said), expect=expect(contains="44 / now")),
    )

    assert found.status is PASSED, found.reason
    assert list(server.labels.values()) == [{"asstctl_smoke": "guide · greets"}]
    assert [len(body["items"]) for body in server.asked("POST /conversations/*/items")] == [20, 5]


def test_what_a_server_has_is_found_out_once() -> None:
    server = ResponsesServer(habits=FORGETFUL)
    turns = (Turn(prompt="one"), Turn(prompt="two"))
    cases = [case(name=str(number), turns=turns) for number in range(5)]

    found = smoke(server, *cases, options=SmokeOptions(parallelism=1))

    assert {item.status for item in found} == {PASSED}
    assert server.count("POST", "conversations") == 1
    assert server.count("GET", "responses", "*") == 1
    sent = server.asked("POST /responses")
    assert sum("background" in body for body in sent) == 1
    assert all("store" not in body for body in sent[:2])
    assert all(body["store"] is False for body in sent[2:])


def test_the_whole_request_goes_along_each_turn_with_the_options_of_the_case() -> None:
    server = ResponsesServer()
    request: JsonObject = {
        **GUIDE,
        "temperature": 0.2,
        "text": {"verbosity": "low"},
        "tools": [WEATHER, {"type": "file_search", "vector_store_ids": ["vs_docs"]}],
    }
    run_options = {
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "max_completion_tokens": 500,
        "truncation_strategy": {"type": "auto"},
        "temperature": 0,
        "top_p": 0.5,
        "additional_instructions": "Be brief.",
        "parallel_tool_calls": False,
    }

    smoke(server, case("Hi", run=run_options), request=request)

    assert server.asked("POST /responses") == [
        {
            "model": "gpt-5",
            "instructions": "You are a guide.\n\nBe brief.",
            "text": {"verbosity": "low"},
            "tools": request["tools"],
            "tool_choice": {"type": "function", "name": "get_weather"},
            "max_output_tokens": 500,
            "truncation": "auto",
            "temperature": 0,
            "top_p": 0.5,
            "parallel_tool_calls": False,
            "include": ["file_search_call.results"],
            "input": [{"role": "user", "content": "Hi"}],
            "conversation": "conv_1",
            "background": True,
        }
    ]


def test_a_function_that_must_be_called_is_called_once() -> None:
    server = ResponsesServer(answer=weather)
    asking = case(run={"tool_choice": "required"}, functions={"get_weather": (FixedOutput("dry"),)})

    smoke(server, asking, request={**GUIDE, "tools": [WEATHER]})

    assert [body.get("tool_choice") for body in server.asked("POST /responses")] == [
        "required",
        None,
    ]


def test_an_option_that_no_response_has_is_an_error_of_the_case() -> None:
    (found,) = smoke(ResponsesServer(), case(run={"max_prompt_tokens": 500}))

    assert found.status is ERROR
    assert "max_prompt_tokens" in found.reason
