"""Smoke in sessions of agents, on servers that show late, tell twice, or have only some of it."""

from pathlib import Path
from typing import Any

import pytest
from agents_fakes import (
    AGENT,
    ERROR,
    FAILED,
    PASSED,
    SANDBOXED,
    STREAMED,
    remembers,
    said_in,
    smoke,
    weather,
)
from smoke_fakes import Notes, case, expect

from asstctl.model.file import LocalFile
from asstctl.model.smoke import Attachment, FixedOutput, Message, OpeningThread, Turn
from asstctl.smoke.options import SmokeOptions
from support.sessions_server import Act, Habits, SessionsServer, hello, says, wants

SERVERS = {
    "the real one": Habits(),
    "that shows turns late": Habits(shows_turns_late=2.5),
    "that counts late": Habits(counts_late=1.2),
    "that tells twice": Habits(doubles_events=True),
    "that tells nothing": Habits(tells_nothing=True),
    "that answers streams late": Habits(answers_streams_late=True),
    "whose streams break off": Habits(breaks_streams=True),
    "without streams of sessions": Habits(no_streams=404),
    "without the items of turns": Habits(no_items_of_turns=True),
    "with subagents": Habits(subagents=True),
    "that stays busy": Habits(stays_busy=1.5),
    "that lists answered calls": Habits(lists_answered_calls=True),
    "late in everything": Habits(
        shows_turns_late=2, counts_late=1, doubles_events=True, stays_busy=1, subagents=True
    ),
}
WAYS = pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
ON_ALL = pytest.mark.parametrize("habits", SERVERS.values(), ids=SERVERS.keys())


@ON_ALL
@WAYS
def test_every_turn_sees_what_was_said_before(habits: Habits, options: SmokeOptions) -> None:
    server, notes = SessionsServer(habits=habits, answer=remembers), Notes()
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


def test_what_was_said_and_done_in_a_turn_is_read_once() -> None:
    server = SessionsServer()

    (found,) = smoke(server, case(expect=expect(not_uses="function")))

    assert found.status is PASSED, found.reason
    assert server.count("GET", "agents", "sessions", "*", "turns", "*", "items") == 1


@ON_ALL
@WAYS
def test_functions_are_answered_in_the_turn_that_asks(
    habits: Habits, options: SmokeOptions
) -> None:
    server = SessionsServer(habits=habits, answer=weather)
    asking = case(
        turns=tuple(
            Turn(prompt=prompt, expect=expect(calls="get_weather", uses="function"))
            for prompt in ("Today?", "Tomorrow?")
        ),
        functions={"get_weather": (FixedOutput("sunny", {"city": "Lisbon"}),)},
    )

    (found,) = smoke(server, asking, options=options)

    assert found.status is PASSED, found.reason
    assert [turn.reply for turn in found.turns] == ["It is sunny.", "It is sunny."]
    (call,) = found.turns[0].tool_calls
    assert (call.name, call.input, call.output) == ("get_weather", '{"city": "Lisbon"}', "sunny")
    assert server.left == []


def test_a_session_says_what_it_is_for_and_what_it_does_otherwise() -> None:
    server = SessionsServer()
    brief = case("Hi", run={"additional_instructions": "Be brief."})

    smoke(server, brief)

    (body,) = server.asked("POST /agents/sessions")
    mark = body["metadata"].pop("asstctl_mark")
    assert len(mark) == 32
    assert body == {
        "environment": {"type": "none"},
        "agent_id": body["agent_id"],
        "agent": {"instructions": "You are a guide.\n\nBe brief."},
        "metadata": {"asstctl_smoke": "shop", "asstctl_case": "guide · greets"},
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
    }


def test_an_agent_with_an_environment_runs_in_a_sandbox() -> None:
    server = SessionsServer()

    smoke(server, case(), agent=SANDBOXED)

    (body,) = server.asked("POST /agents/sessions")
    assert body["environment"] == {
        "type": "openai_hosted",
        "environment_template_id": "envtmpl_1",
    }
    assert "agent" not in body


def test_only_what_is_said_at_the_end_is_shown_and_judged() -> None:
    server, notes = SessionsServer(answer=remembers), Notes()

    (found,) = smoke(server, case("Hi there"), options=STREAMED, notes=notes)

    assert found.turns[0].reply == "Hi there"
    assert [text for _, text in notes.tokens if text.strip()] == ["Hi", "there"]


def test_a_server_that_knows_no_phases_is_taken_at_its_word() -> None:
    server = SessionsServer(habits=Habits(no_phases=True), answer=remembers)

    (found,) = smoke(server, case("Hi", expect=expect(contains="Hi")))

    assert found.status is PASSED, found.reason
    assert found.turns[0].reply == "Thinking.\n\nHi"


def test_the_tools_that_ran_are_known() -> None:
    items = [
        {"type": "command_execution", "command": "ls", "output": "a.md", "status": "completed"},
        {"type": "web_search_call", "action": {"type": "search", "queries": ["lisbon tram"]}},
        {
            "type": "mcp_call",
            "server_label": "crm",
            "name": "find",
            "arguments": {"id": 1},
            "output": {"name": "Ada"},
            "error": None,
        },
        {"type": "computer_use_call", "output": None},
        {"type": "reasoning", "summary": []},
        says("Done."),
    ]
    server = SessionsServer(answer=lambda _: Act(list(items)))
    used = expect(uses=["shell", "web_search", "mcp"], not_uses="function")

    (found,) = smoke(server, case(expect=used))

    assert found.status is PASSED, found.reason
    assert [(c.type, c.name, c.input, c.output) for c in found.turns[0].tool_calls] == [
        ("shell", None, "ls", "a.md"),
        ("web_search", None, "lisbon tram", None),
        ("mcp", "find", '{"id": 1}', '{"name": "Ada"}'),
        ("computer_use", None, None, None),
    ]


APPROVALS = {
    "mcp": (
        {
            "type": "mcp_approval_request",
            "request_id": "r",
            "request": {
                "type": "mcp_tool_call",
                "server_label": "crm",
                "name": "delete",
                "arguments": {"id": 1},
                "message": "",
            },
        },
        'the MCP server crm asks for an approval of delete({"id": 1})',
    ),
    "origin": (
        {
            "type": "computer_use_approval_request",
            "request_id": "r",
            "request": {"type": "browser_origin_access", "origin": "https://a.example"},
        },
        "the browser asks for leave to open https://a.example",
    ),
    "sign-in": (
        {
            "type": "computer_use_approval_request",
            "request_id": "r",
            "request": {"type": "browser_authentication", "fields": [], "options": []},
        },
        "the browser asks for a sign-in at a web site",
    ),
    "connection": (
        {"type": "environment_connection", "environment_id": "env_1"},
        "the session asks for a connection to its environment env_1",
    ),
    "news": ({"type": "survey"}, "the session asks for survey"),
}


@pytest.mark.parametrize(("action", "told"), APPROVALS.values(), ids=APPROVALS.keys())
@WAYS
def test_approvals_that_nobody_can_give_end_the_case(
    action: Any, told: str, options: SmokeOptions
) -> None:
    server = SessionsServer(answer=lambda _: Act(actions=[action]))

    (found,) = smoke(server, case(), options=options)

    assert found.status is FAILED
    assert f"{told}, which nobody can give" in found.reason
    assert server.left == []


def test_a_call_of_a_subagent_is_answered_in_its_own_turn() -> None:
    def answer(items: list[Any]) -> Act:
        if items[-1]["type"] == "function_call_output":
            return Act([says("Done.")])
        return Act(actions=[wants("a", "call_a"), wants("b", "call_b")])

    server = SessionsServer(answer=answer)
    functions = {"a": (FixedOutput("1"),), "b": (FixedOutput("2"),)}

    (found,) = smoke(server, case(functions=functions, expect=expect(calls=["a", "b"])))

    assert found.status is PASSED, found.reason
    (sent,) = server.asked("POST /agents/sessions/*/events")
    assert [(e["call_id"], e["output"]) for e in sent["events"]] == [
        ("call_a", "1"),
        ("call_b", "2"),
    ]
    assert {e["turn_id"] for e in sent["events"]} == {server.made[0].turns[0]["id"]}


def test_a_call_that_nobody_answers_does_not_lock_the_session() -> None:
    def answer(items: list[Any]) -> Act:
        later = any("Never mind." in str(item.get("content")) for item in items)
        return hello(items) if later else weather(items)

    server = SessionsServer(answer=answer, habits=Habits(stays_busy=1))
    turns = (
        Turn(prompt="Weather?", expect=expect(status="requires_action")),
        Turn(prompt="Never mind.", expect=expect(contains="Hello")),
    )

    (found,) = smoke(server, case(turns=turns))

    assert found.status is PASSED, found.reason
    assert server.left == []


def test_a_turn_that_fails_says_why() -> None:
    error = {"code": "sandbox_error", "message": "No space left."}
    server = SessionsServer(answer=lambda _: Act(status="failed", error=error))

    (found,) = smoke(server, case())

    assert found.status is FAILED
    assert "failed: sandbox_error: No space left." in found.reason


def test_usage_that_never_comes_is_none() -> None:
    server = SessionsServer(habits=Habits(never_counts=True))

    (found,) = smoke(server, case(expect=expect(contains="Hello")))

    assert found.status is PASSED
    assert found.usage.total_tokens == 0


@pytest.fixture
def receipt(tmp_path: Path) -> LocalFile:
    source = tmp_path / "receipt.md"
    source.write_text("The total is 5632.34.", "utf-8")
    return LocalFile("receipts/receipt.md", source, 21)


@WAYS
@pytest.mark.parametrize("habits", [Habits(), Habits(prepares=20, stays_busy=3)])
def test_attachments_go_into_the_sandbox_before_they_are_spoken_of(
    receipt: LocalFile, habits: Habits, options: SmokeOptions
) -> None:
    server = SessionsServer(habits=habits, answer=remembers)
    attached = (Attachment(receipt, ("code_interpreter",)),)
    told = "Attached files:\n/workspace/receipts/receipt.md"
    turns = (
        Turn(prompt="one", attachments=attached, expect=expect(equals=f"one {told}")),
        Turn(prompt="two", attachments=attached, expect=expect(contains=f"two {told}")),
    )

    (found,) = smoke(server, case(turns=turns), agent=SANDBOXED, options=options)

    assert found.status is PASSED, found.reason
    assert server.made[0].files == {"/workspace/receipts/receipt.md": "The total is 5632.34."}
    assert {body["purpose"] for body in server.asked("POST /files")} == {"user_data"}
    assert server.left == []


def test_a_sandbox_that_cannot_be_prepared_is_an_error(receipt: LocalFile) -> None:
    server = SessionsServer(habits=Habits(prepares_in_vain=True))
    opening = OpeningThread(code_files=(receipt,))

    (found,) = smoke(server, case(thread=opening), agent=SANDBOXED)

    assert found.status is ERROR
    assert "the sandbox env_1 has failed" in found.reason
    assert server.left == []


@pytest.mark.parametrize("status", [400, 501])
def test_a_server_without_sandboxes_is_told(status: int) -> None:
    server = SessionsServer(habits=Habits(no_sandboxes=status))

    (found,) = smoke(server, case(), agent=SANDBOXED)

    assert found.status is ERROR
    assert f"HTTP {status} for POST /v1/agents/sessions" in found.reason


def test_the_judge_needs_no_sandbox() -> None:
    def answer(items: list[Any]) -> Act:
        judging = "rubric" in str(items[-1])
        return Act([says('{"score": 0.9, "reason": "Good."}' if judging else "Hello.")])

    server = SessionsServer(answer=answer)

    (found,) = smoke(
        server,
        case(expect=expect(judge={"rubric": "Is it polite?", "model": "gpt-5-mini"})),
        agent={**SANDBOXED, "text": {"format": {"type": "text"}, "verbosity": "low"}},
    )

    assert found.status is PASSED, found.reason
    first, judge = server.asked("POST /agents/sessions")
    assert first["environment"]["type"] == "openai_hosted"
    assert judge["environment"] == {"type": "none"}
    assert judge["agent"].keys() == {"instructions", "tools", "text", "model"}
    assert judge["agent"]["text"] == {"format": {"type": "text"}, "verbosity": "low"}
    assert judge["agent"]["tools"] == []
    assert server.left == []
    assert AGENT["model"] == "gpt-5"


HOLDS: list[tuple[str, Any]] = [
    ("contains", "sunny"),
    ("equals", '{"sky": "sunny"}'),
    ("matches", "s.nny"),
    ("json", {"schema": {"type": "object", "required": ["sky"]}}),
    ("uses", ["function", "shell"]),
    ("calls", {"name": "get_weather", "arguments": {"city": "Lisbon"}}),
    ("status", "completed"),
    ("max_seconds", 60),
    ("max_tokens", 42),
    ("judge", "Is it polite?"),
]
FAILS: list[tuple[str, Any]] = [
    ("contains", "rainy"),
    ("equals", "sunny"),
    ("matches", "^rain"),
    ("json", {"schema": {"type": "array"}}),
    ("uses", "web_search"),
    ("calls", {"name": "get_weather", "arguments": {"city": "Porto"}}),
    ("status", "failed"),
    ("max_tokens", 41),
    ("judge", "Is it rude?"),
    ("cites", "a.md"),
]


def reports(items: list[Any]) -> Act:
    """Asks for the weather, runs a command, and tells it; judges politeness."""
    asked = said_in(items)[-1]
    if "rubric" in asked:
        score = 0.9 if "polite" in asked else 0.1
        return Act([says(f'{{"score": {score}, "reason": "So it is."}}')])
    if items[-1]["type"] != "function_call_output":
        return weather(items)
    ran = {"type": "command_execution", "command": "date", "output": "", "status": "completed"}
    return Act([ran, says("Looking it up.", "commentary"), says('{"sky": "sunny"}')])


@pytest.mark.parametrize(("kind", "expected"), HOLDS, ids=[kind for kind, _ in HOLDS])
@WAYS
def test_every_expectation_is_met(kind: str, expected: Any, options: SmokeOptions) -> None:
    asking = case(functions={"get_weather": (FixedOutput("x"),)}, expect=expect(**{kind: expected}))

    (found,) = smoke(SessionsServer(answer=reports), asking, options=options)

    assert found.status is PASSED, found.reason


@pytest.mark.parametrize(("kind", "expected"), FAILS, ids=[kind for kind, _ in FAILS])
def test_every_expectation_is_missed(kind: str, expected: Any) -> None:
    asking = case(functions={"get_weather": (FixedOutput("x"),)}, expect=expect(**{kind: expected}))

    (found,) = smoke(SessionsServer(answer=reports), asking)

    assert found.status is FAILED
    assert found.reason.startswith(f"{kind}: ")


def test_a_refusal_is_what_the_agent_said() -> None:
    refused = says("") | {"content": [{"type": "refusal", "refusal": "Nein."}]}
    asking = case(expect=expect(equals="Nein.", refuses=True))

    (found,) = smoke(SessionsServer(answer=lambda _: Act([refused])), asking)

    assert found.status is PASSED, found.reason


@WAYS
def test_a_session_that_fails_before_its_turn_shows_says_why(options: SmokeOptions) -> None:
    server = SessionsServer(answer=hello, habits=Habits(fails="No capacity.", shows_turns_late=60))

    (found,) = smoke(server, case(), options=options)

    assert found.status is FAILED
    assert "failed: No capacity." in found.reason
    assert server.left == []


def test_a_refusal_names_the_permissions_that_a_key_needs() -> None:
    server = SessionsServer(habits=Habits(no_sandboxes=403))

    (found,) = smoke(server, case(), agent=SANDBOXED)

    assert found.status is ERROR
    assert "`api.agents.write` and `api.responses.write`" in found.reason
