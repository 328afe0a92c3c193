"""What a run over Responses is judged by: its text, citations, tools, cost and end."""

import json
from pathlib import Path
from typing import Any

import pytest
from responses_fakes import ERROR, FAILED, GUIDE, PASSED, STREAMED, smoke
from smoke_fakes import case, expect

from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject
from asstctl.model.project import Secret
from asstctl.model.smoke import Attachment, OpeningThread, Turn
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Citation, ToolCall
from support.responses_server import Answer, Habits, ResponsesServer, says
from support.state import UNREADABLE

WAYS = pytest.mark.parametrize("options", [SmokeOptions(), STREAMED], ids=["polled", "streamed"])
FOUND: Any = {
    "type": "file_search_call",
    "queries": ["tram"],
    "status": "completed",
    "results": [
        {"file_id": "file_9", "filename": "lisbon.md", "score": 0.4, "text": "Old trams."},
        {"file_id": "file_9", "filename": "lisbon.md", "score": 0.87, "text": "Take\n tram 28."},
    ],
}
COMPUTED: Any = {
    "type": "code_interpreter_call",
    "code": "print(2 * 3)",
    "container_id": "cntr_1",
    "outputs": [{"type": "logs", "logs": "6"}, {"type": "image", "url": "https://x.example/i"}],
}
CITED = says(
    "Take tram 28.",
    annotations=[
        {"type": "file_citation", "file_id": "file_9", "filename": "lisbon.md", "index": 12},
        {"type": "url_citation", "url": "https://x.example", "start_index": 0, "end_index": 1},
    ],
)


def answers(*output: Any, **how: Any) -> ResponsesServer:
    """A server that always answers so."""
    return ResponsesServer(answer=lambda _: Answer(list(output), **how))


@pytest.fixture
def receipt(tmp_path: Path) -> LocalFile:
    source = tmp_path / "receipt.md"
    source.write_text("The total is 5632.34.", "utf-8")
    return LocalFile("receipts/receipt.md", source, source.stat().st_size)


@WAYS
def test_every_expectation_holds(options: SmokeOptions) -> None:
    server = answers(FOUND, COMPUTED, CITED)
    met = expect(
        contains="tram 28",
        not_contains="bus",
        equals="Take tram 28.",
        matches="tram [0-9]+",
        cites="lisbon.md",
        uses=["file_search", "code_interpreter"],
        not_uses="function",
        not_calls="get_weather",
        status="completed",
        max_seconds=60,
        max_tokens=42,
    )

    (found,) = smoke(server, case(expect=met), options=options)

    assert [v.detail for v in found.turns[0].verdicts if not v.passed] == []
    turn = found.turns[0]
    assert turn.reply == "Take tram 28."
    assert turn.citations == (Citation("file_9", "lisbon.md", quote="Take tram 28."),)
    assert turn.tool_calls == (
        ToolCall("file_search", None, "tram", "lisbon.md (0.40)\nlisbon.md (0.87)"),
        ToolCall("code_interpreter", None, "print(2 * 3)", "6"),
    )


def test_what_does_not_hold_is_said() -> None:
    missed = expect(
        contains="bus", cites="porto.md", uses="function", max_tokens=41, json=True, calls="pay"
    )

    (found,) = smoke(answers(FOUND, CITED), case(expect=missed))

    assert found.status is FAILED
    assert {v.kind: v.detail for v in found.turns[0].verdicts} == {
        "contains": 'the reply has no "bus"',
        "cites": 'cited: "lisbon.md"',
        "uses": "ran: file_search",
        "max_tokens": "used 42 of 41 tokens",
        "json": "the reply is no JSON: Expecting value at line 1, column 1",
        "calls": "no function was called",
    } | {"json": found.turns[0].verdicts[4].detail}


def test_json_is_judged() -> None:
    schema: JsonObject = {"type": "object", "required": ["total"]}

    (found,) = smoke(answers(says('{"total": 6}')), case(expect=expect(json={"schema": schema})))

    assert found.status is PASSED, found.reason


def test_a_judge_grades_in_a_conversation_of_its_own_without_tools() -> None:
    def answer(items: list[Any]) -> Answer:
        graded = "rubric" in str(items[-1]["content"])
        return Answer([says(json.dumps({"score": 1, "reason": "Fine."}) if graded else "Olá!")])

    server = ResponsesServer(answer=answer)
    tools: JsonObject = {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}
    format_: JsonObject = {"text": {"format": {"type": "text"}, "verbosity": "low"}}
    warm = expect(judge={"rubric": "Is it warm?", "model": "gpt-5-pro"})

    (found,) = smoke(server, case(expect=warm), request={**GUIDE, **tools, **format_})

    assert found.status is PASSED, found.reason
    asked = server.asked("POST /responses")[-1]
    assert (asked["model"], "tools" in asked, "include" in asked) == ("gpt-5-pro", False, False)
    assert asked["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert [label["asstctl_smoke"] for label in server.labels.values()] == [
        "guide · greets",
        "guide · greets · judge",
    ]
    assert server.left == []


def test_what_is_only_thought_aloud_is_no_part_of_the_reply() -> None:
    aloud, final = {**says("Let me see."), "phase": "commentary"}, says("Done.")

    (found,) = smoke(answers(aloud, final), case(expect=expect(equals="Done.")))

    assert found.status is PASSED, found.reason


@WAYS
@pytest.mark.parametrize(
    ("status", "fields", "reason"),
    [
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_output_tokens"}},
            "incomplete: max_output_tokens",
        ),
        (
            "failed",
            {"error": {"code": "rate_limit_exceeded", "message": "Slow down."}},
            "failed: rate_limit_exceeded: Slow down.",
        ),
    ],
)
def test_a_bad_end_is_told_and_can_be_expected(
    options: SmokeOptions, status: str, fields: Any, reason: str
) -> None:
    server = answers(says("Half"), status=status, fields=fields)

    bad, good = smoke(
        server,
        case(name="bad", expect=expect(contains="Half")),
        case(name="good", expect=expect(status=status)),
        options=options,
    )

    assert bad.reason == f"status: {reason}"
    assert good.status is PASSED
    assert server.left == []


def test_a_refusal_is_what_the_assistant_said() -> None:
    refused = says("")
    refused["content"] = [{"type": "refusal", "refusal": "I cannot do that."}]

    (found,) = smoke(answers(refused), case(expect=expect(contains="cannot", refuses=True)))

    assert found.status is PASSED, found.reason


def test_tokens_that_a_server_does_not_count_are_unknown() -> None:
    server = ResponsesServer(habits=Habits(no_usage=True))

    (found,) = smoke(server, case(expect=expect(max_tokens=100)))

    assert found.reason.startswith("max_tokens: cannot be known")


def test_a_citation_by_path_goes_by_the_attributes_of_the_store() -> None:
    server = answers(FOUND, CITED)
    server.plan(
        "GET /vector_stores/vs_docs/files/file_9",
        *[_attached({"asstctl_path": "docs/lisbon.md"})] * 2,
    )

    (found,) = smoke(server, case(expect=expect(cites="docs/*.md")), vector_store="docs")

    assert found.status is PASSED, found.reason
    assert found.turns[0].citations[0].paths == ("docs/lisbon.md",)


def _attached(attributes: dict[str, str]) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse({"id": "file_9", "status": "completed", "attributes": attributes})


# --- files and stores of the conversation --------------------------------------------------------


@pytest.mark.parametrize("habits", [Habits(), Habits(conversations=404, stored=False)])
def test_attachments_reach_the_tools_and_are_gone_afterwards(
    receipt: LocalFile, habits: Habits
) -> None:
    server = ResponsesServer(habits=habits)
    turns = (
        Turn(prompt="one", attachments=(Attachment(receipt, ("file_search",)),)),
        Turn(prompt="two", attachments=(Attachment(receipt, ("code_interpreter",)),)),
        Turn(prompt="three", attachments=(Attachment(receipt, ("file_search",)),)),
    )
    opening = OpeningThread(code_files=(receipt,), vector_store="docs")
    own: JsonObject = {"tools": [{"type": "file_search", "vector_store_ids": ["vs_own"]}]}

    (found,) = smoke(server, case(thread=opening, turns=turns), request={**GUIDE, **own})

    assert found.status is PASSED, found.reason
    (search, compute) = server.asked("POST /responses")[-1]["tools"]
    assert search["vector_store_ids"][:2] == ["vs_own", "vs_docs"]
    assert len(search["vector_store_ids"]) == 3
    assert compute["container"]["type"] == "auto"
    assert len(compute["container"]["file_ids"]) == 2
    (made,) = server.asked("POST /vector_stores")
    assert made["metadata"] == {"asstctl_smoke": "guide · greets"}
    assert made["expires_after"]["days"] == 1
    assert server.left == []


def test_an_attachment_that_cannot_be_indexed_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "bad.md"
    source.write_bytes(UNREADABLE)
    turn = Turn(
        prompt="one", attachments=(Attachment(LocalFile("bad.md", source, 10), ("file_search",)),)
    )
    server = ResponsesServer()

    (found,) = smoke(server, case(turns=(turn,)))

    assert found.status is ERROR
    assert "could not index" in found.reason
    assert server.left == []


# --- mcp and what else there is -----------------------------------------------------------------

CRM: JsonObject = {
    "type": "mcp",
    "server_label": "crm",
    "server_url": "https://crm.example/mcp",
    "require_approval": "always",
}


def test_a_server_of_tools_gets_its_authorization_from_the_manifest() -> None:
    called = {
        "type": "mcp_call",
        "server_label": "crm",
        "name": "find",
        "arguments": "{}",
        "error": {"type": "http_error", "message": "Gone."},
    }
    server = answers({"type": "mcp_list_tools", "tools": []}, called, says("Sorry."))

    (found,) = smoke(
        server,
        case(expect=expect(uses="mcp")),
        request={**GUIDE, "tools": [CRM]},
        credentials={"tools.mcp.crm.authorization": Secret("sesame")},
    )

    assert found.status is PASSED, found.reason
    assert found.turns[0].tool_calls == (ToolCall("mcp", "crm.find", "{}", "Gone."),)
    assert server.asked("POST /responses")[0]["tools"] == [{**CRM, "authorization": "sesame"}]


@pytest.mark.parametrize("habits", [Habits(), Habits(conversations=404, stored=False)])
def test_an_approval_that_nobody_can_give_ends_the_run(habits: Habits) -> None:
    asks = {
        "type": "mcp_approval_request",
        "id": "mcpr_1",
        "server_label": "crm",
        "name": "delete",
        "arguments": '{"id": 7}',
    }

    def answer(items: list[Any]) -> Answer:
        return Answer([says("Fine.") if items[-1].get("content") == "Never mind." else asks])

    server = ResponsesServer(habits=habits, answer=answer)
    turns = (
        Turn(prompt="Delete it.", expect=expect(status="requires_action")),
        Turn(prompt="Never mind.", expect=expect(equals="Fine.")),
    )
    request: JsonObject = {**GUIDE, "tools": [CRM]}

    failed, passed = smoke(server, case(name="one"), case(name="two", turns=turns), request=request)

    assert failed.reason == (
        'status: the MCP server crm asks for an approval of delete({"id": 7}), '
        "which nobody can give"
    )
    assert passed.status is PASSED, passed.reason
    refusal = {"type": "mcp_approval_response", "approval_request_id": "item_0", "approve": False}
    sent = server.asked("POST /responses")[-1]["input"]
    assert {**refusal, "approval_request_id": "mcpr_1"} in sent


def test_a_search_of_the_web_is_a_tool_that_ran() -> None:
    searched = {"type": "web_search_call", "action": {"type": "search", "query": "trams"}}

    (found,) = smoke(answers(searched, says("28")), case(expect=expect(uses="web_search")))

    assert found.turns[0].tool_calls == (ToolCall("web_search", None, "trams"),)
    assert found.status is PASSED
