"""The adapter against a server that misbehaves: what is lost is found, nothing happens twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest
from smoke_fakes import case, expect
from starlette.responses import JSONResponse, PlainTextResponse, Response

from asstctl.model.file import LocalFile
from asstctl.remote.assistants.conversations import Conversations
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.ports import (
    Attached,
    ConversationMessage,
    ConversationStart,
    FunctionCall,
    FunctionResult,
    Reply,
    Run,
    StreamEvent,
    Token,
    Usage,
)
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.smoke.runner import run_smoke
from asstctl.sync.ports import AccountError, Failure
from support.clock import run
from support.conversation import RunScript
from support.engine import Engine
from support.server import Server

AT_ONCE = "POST /threads/runs"
RUNS = "POST /threads/*/runs"
LOOK = "GET /threads/*/runs/*"
MESSAGES = "POST /threads/*/messages"
STEPS = "GET /threads/*/runs/*/steps"
OUTPUTS = "POST /threads/*/runs/*/submit_tool_outputs"
HELLO = ConversationMessage("user", "Hi")


@asynccontextmanager
async def conversations(server: Server) -> AsyncIterator[Conversations]:
    async with Engine(server).wire() as wire:
        yield Conversations(wire, "shop")


def dropped() -> Exception:
    return httpx2.ReadError("connection reset")


def stepwise(**script: Any) -> Server:
    """A server that has no request for a thread and its run."""
    return Server(script=RunScript(begins_threads=False, **script))


async def begun(account: Conversations, *prompts: str) -> tuple[str, Run]:
    """A conversation and its first run, or that after the last of several prompts."""
    conversation = await account.open_conversation(ConversationStart(label="guide · greets"))
    for prompt in prompts or ("Hi",):
        await account.add_message(conversation, ConversationMessage("user", prompt))
        started = await account.start_run(conversation, "asst_1", {})
    return conversation, started


class Silent(Response):
    """An answer that does not come."""

    async def __call__(self, *_: object) -> None:
        await asyncio.sleep(1e6)


def thread_of(server: Server) -> str:
    (thread,) = server.conversation.threads
    return thread


START = ConversationStart(
    messages=(ConversationMessage("assistant", "Welcome."),),
    code_files=("file_1",),
    vector_store="vs_1",
    label="guide · greets",
)
PROMPT = ConversationMessage("user", "Hi", (Attached("file_2", ("file_search",)),))
WELCOME_BODY = {"role": "assistant", "content": "Welcome."}
PROMPT_BODY = {
    "role": "user",
    "content": "Hi",
    "attachments": [{"file_id": "file_2", "tools": [{"type": "file_search"}]}],
}
THREAD_BODY = {
    "metadata": {"asstctl_smoke": "shop", "asstctl_case": "guide · greets", "asstctl_mark": ANY},
    "tool_resources": {
        "code_interpreter": {"file_ids": ["file_1"]},
        "file_search": {"vector_store_ids": ["vs_1"]},
    },
}


async def talked(server: Server, options: dict[str, Any], *, times: int = 1) -> None:
    """Conversations of one turn, each deleted again."""
    async with conversations(server) as account:
        for _ in range(times):
            conversation = await account.open_conversation(START)
            await account.add_message(conversation, PROMPT)
            started = await account.start_run(conversation, "asst_1", options)
            looked = await account.retrieve_run(conversation, started.id)
            await account.delete_conversation(conversation)
            assert (started.status, looked.status) == ("queued", "in_progress")
            assert started.conversation_id == conversation
            server.script.statuses[:] = ["in_progress"]


def test_a_thread_and_its_run_are_made_by_one_request() -> None:
    server = Server()

    run(talked(server, {"temperature": 0.5}))

    thread = THREAD_BODY | {"messages": [WELCOME_BODY, PROMPT_BODY]}
    assert server.asked(AT_ONCE) == [
        {"assistant_id": "asst_1", "temperature": 0.5, "thread": thread}
    ]
    assert len(server.journal) == 3
    assert server.conversation.threads == {}


@pytest.mark.parametrize("options", [{}, {"additional_instructions": "Be brief."}], ids=str)
def test_without_such_a_request_thread_prompt_and_run_follow_one_another(
    options: dict[str, Any],
) -> None:
    server = Server() if options else stepwise()

    run(talked(server, options))

    assert server.asked("POST /threads") == [THREAD_BODY | {"messages": [WELCOME_BODY]}]
    assert server.asked(MESSAGES) == [PROMPT_BODY]
    assert server.asked(RUNS) == [{"assistant_id": "asst_1", **options}]
    assert len(server.asked(AT_ONCE)) == (0 if options else 1)
    assert not server.asked("GET /threads")  # what was refused has left nothing to look for
    assert server.conversation.threads == {}


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"error": {"message": "No thread found with id 'runs'"}}, 404),
        JSONResponse({"detail": "extra fields not permitted"}, 422),
        JSONResponse({"id": "runs", "object": "thread", "metadata": {}}),
        Response(b"null", media_type="application/json"),
        501,
    ],
    ids=["404", "422", "a thread", "null", "501"],
)
def test_that_a_server_takes_the_request_for_another_is_found_out_once(answer: Any) -> None:
    server = stepwise()
    server.plan(AT_ONCE, answer)

    run(talked(server, {}, times=3))

    assert len(server.asked(AT_ONCE)) == 1
    assert len(server.asked(RUNS)) == 3
    assert server.conversation.threads == {}


@pytest.mark.parametrize("failure", [503, 500, dropped()], ids=["503", "500", "dropped"])
@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
@pytest.mark.parametrize("stream", [False, True], ids=["polled", "streamed"])
def test_a_thread_whose_answer_was_lost_is_found_where_threads_are_listed(
    failure: int | Exception, landed: bool, stream: bool
) -> None:
    events = [("thread.run.created", {}), ("thread.run.completed", {"status": "completed"})]
    server = Server(script=RunScript(lists_threads=True, events=events))
    server.conversation.create_thread({"metadata": {"asstctl_mark": "another"}})
    server.plan(AT_ONCE, ("then", failure) if landed else failure)

    async def talk() -> str:
        async with conversations(server) as account:
            conversation = await account.open_conversation(ConversationStart())
            await account.add_message(conversation, HELLO)
            if stream:
                told = account.stream_run(conversation, "asst_1", {})
                last = [event async for event in told][-1]
                assert isinstance(last, Run)
            else:
                last = await account.start_run(conversation, "asst_1", {})
            await account.delete_conversation(conversation)
            return last.id

    last = run(talk())

    assert list(server.conversation.runs) == [last]
    assert len(server.conversation.threads) == 1


@pytest.mark.parametrize("failure", [503, 500, dropped()], ids=["503", "500", "dropped"])
@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
def test_a_run_is_started_once_whatever_becomes_of_the_answer(
    failure: int | Exception, landed: bool
) -> None:
    server = stepwise()
    server.plan(RUNS, ("then", failure) if landed else failure)

    async def talk() -> Run:
        async with conversations(server) as account:
            return (await begun(account))[1]

    started = run(talk())

    assert list(server.conversation.runs) == [started.id]
    assert len(server.asked(RUNS)) == (1 if landed else 2)


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
def test_a_prompt_is_posted_once_whatever_becomes_of_the_answer(landed: bool) -> None:
    server = stepwise()
    server.plan(MESSAGES, ("then", 502) if landed else 502)

    async def talk() -> None:
        async with conversations(server) as account:
            await begun(account)

    run(talk())

    said = server.conversation.messages[thread_of(server)]
    assert [message["role"] for message in said] == ["assistant", "user"]


def test_an_earlier_run_of_the_thread_is_not_taken_for_the_lost_one() -> None:
    server = Server(script=RunScript(statuses=[]))

    async def talk() -> tuple[Run, Run]:
        async with conversations(server) as account:
            conversation, first = await begun(account)
            server.plan(RUNS, 500)
            return first, await account.start_run(conversation, "asst_1", {})

    first, second = run(talk())

    assert first.id != second.id
    assert len(server.conversation.runs) == 2


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
def test_outputs_are_submitted_once(landed: bool) -> None:
    server = Server(script=RunScript(statuses=[]))
    server.plan(OUTPUTS, ("then", 500) if landed else 500)
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}

    async def talk() -> Run:
        async with conversations(server) as account:
            thread, started = await begun(account)
            server.conversation.runs[started.id] |= {
                "status": "requires_action",
                "required_action": {"submit_tool_outputs": {"tool_calls": [call]}},
            }
            waiting = await account.retrieve_run(thread, started.id)
            assert waiting.calls == (FunctionCall("c1", "f", "{}"),)
            return await account.submit_outputs(waiting, (FunctionResult("c1", "42"),))

    assert run(talk()).status == "queued"
    sent = server.asked(OUTPUTS)
    assert sent == [{"tool_outputs": [{"tool_call_id": "c1", "output": "42"}]}] * len(sent)
    assert len(sent) == (1 if landed else 2)


def test_reads_survive_a_storm() -> None:
    server = Server()
    limited = JSONResponse({"error": {"message": "Slow down"}}, 429, {"retry-after": "7"})
    server.plan(LOOK, 500, dropped(), limited, 503)

    async def talk() -> Run:
        async with conversations(server) as account:
            thread, started = await begun(account)
            return await account.retrieve_run(thread, started.id)

    assert run(talk()).status == "in_progress"


def test_a_server_that_stays_down_is_an_error() -> None:
    server = Server()
    for way in (AT_ONCE, "POST /threads"):
        server.plan(way, *[503] * 99)

    async def talk() -> None:
        async with conversations(server) as account:
            await begun(account)

    with pytest.raises(AccountError) as caught:
        run(talk())
    assert caught.value.failure is Failure.SERVER
    assert caught.value.why == "Overloaded"
    assert len(server.asked(AT_ONCE)) == 1
    assert 1 < len(server.asked("POST /threads")) < 10


def test_a_refusal_is_not_repeated() -> None:
    server = stepwise()
    server.plan(RUNS, JSONResponse({"detail": "no such assistant"}, 400))

    async def talk() -> None:
        async with conversations(server) as account:
            await begun(account)

    with pytest.raises(AccountError) as caught:
        run(talk())
    assert caught.value.why == "no such assistant"
    assert len(server.asked(RUNS)) == 1


def test_the_poll_hint_is_passed_on() -> None:
    server = Server(script=RunScript(poll_after="2500"))

    async def talk() -> Run:
        async with conversations(server) as account:
            thread, started = await begun(account)
            return await account.retrieve_run(thread, started.id)

    assert run(talk()).poll_after == 2.5


def test_a_null_body_is_garbage() -> None:
    server = Server()
    server.plan(LOOK, Response(b"null", media_type="application/json"))

    async def talk() -> None:
        async with conversations(server) as account:
            conversation, started = await begun(account)
            await account.retrieve_run(conversation, started.id)

    with pytest.raises(AccountError) as caught:
        run(talk())
    assert caught.value.failure is Failure.GARBAGE


def test_a_run_that_cannot_be_cancelled_any_more_is_no_error() -> None:
    server = Server()
    path = "POST /threads/*/runs/*/cancel"
    server.plan(path, PlainTextResponse("Cannot cancel run with status 'completed'", 400))

    async def talk() -> Run | None:
        async with conversations(server) as account:
            thread, started = await begun(account)
            assert await account.cancel_run(thread, started.id) is None
            return await account.cancel_run(thread, started.id)

    stopped = run(talk())
    assert stopped is not None
    assert stopped.status == "cancelling"


@pytest.mark.parametrize(
    "gone",
    [
        JSONResponse({"error": {"message": "none"}}, 404),
        JSONResponse({"id": "thread_1", "deleted": False}),
        Response(b"null", media_type="application/json"),
        Response(status_code=204),
    ],
    ids=["404", "false", "null", "204"],
)
def test_deleting_what_is_gone_is_fine(gone: Response) -> None:
    server = Server()
    server.plan("DELETE /threads/*", gone)

    async def talk() -> None:
        async with conversations(server) as account:
            conversation, _ = await begun(account)
            await account.delete_conversation(conversation)
            assert len(server.asked("DELETE /threads/*")) == 1
            await account.delete_conversation(conversation)

    run(talk())
    assert "content-type" not in server.headers[-1]


@pytest.mark.parametrize("with_run_ids", [True, False])
def test_the_reply_is_what_this_run_said(with_run_ids: bool) -> None:
    server = Server(script=RunScript(statuses=[], with_run_ids=with_run_ids))

    async def talk() -> str:
        async with conversations(server) as account:
            _, started = await begun(account, "one", "two")
            said = {"run_id": started.id} if with_run_ids else {}
            server.conversation.say(thread_of(server), "assistant", "And more.", **said)
            return (await account.reply(started)).text

    assert run(talk()) == "Hello.\n\nAnd more."


def test_citations_carry_file_names_also_when_the_file_cannot_be_read() -> None:
    server = Server()
    upload = {"filename": "receipt.pdf", "content": b"%PDF", "purpose": "assistants"}
    receipt = server.state.upload(upload)["id"]
    annotations = [
        {"type": "file_citation", "text": "【4:0†source】", "file_citation": {"file_id": receipt}},
        {"type": "file_citation", "text": "【4:1†b.md】", "file_citation": {"file_id": "file_2"}},
        {"type": "file_citation", "text": "【4:2†source】", "file_citation": {"file_id": "file_3"}},
        {"type": "file_path", "text": "sandbox:/a", "file_path": {"file_id": "file_4"}},
        {"type": "file_citation", "text": "[4]"},
    ]

    async def talk() -> list[str]:
        async with conversations(server) as account:
            _, started = await begun(account)
            server.conversation.messages[thread_of(server)][0]["content"][0]["text"][
                "annotations"
            ] = annotations
            reply = await account.reply(started)
            await account.reply(started)
            return [citation.filename for citation in reply.citations]

    assert run(talk()) == ["receipt.pdf", "b.md", "file_3"]
    assert len(server.asked("GET /files/*")) == 3


def test_the_api_says_what_a_refusal_is() -> None:
    server = Server()

    async def talk() -> tuple[Reply, Reply]:
        async with conversations(server) as account:
            _, started = await begun(account)
            before = await account.reply(started)
            message = server.conversation.messages[thread_of(server)][0]
            message["content"] = [{"type": "refusal", "refusal": "Nein."}]
            return before, await account.reply(started)

    before, after = run(talk())

    assert (before.refused, after.refused, after.text) == (False, True, "Nein.")


ODD_CONTENTS = {
    "a list of texts": [{"type": "text", "text": [{"value": "One "}, {"value": "two."}]}],
    "text alone": [{"type": "text", "text": "One two."}],
    "a part alone": {"type": "text", "text": {"value": "One two."}},
    "texts as parts": ["One two."],
    "only text": "One two.",
}
UNREADABLE_CONTENTS = {
    "a number": ([{"type": "text", "text": {"value": 7}}], "a `text` that holds a number"),
    "nothing": ([{"type": "text"}], "a `text` that holds nothing"),
    "another name": ([{"type": "text", "text": {"content": "x"}}], "a `text` that holds nothing"),
    "a list in it": ([{"type": "text", "text": [[1]]}], "a `text` that holds a list"),
    "numbers": ([1, 2], "a part that is a number"),
}


@pytest.mark.parametrize("content", ODD_CONTENTS.values(), ids=ODD_CONTENTS)
def test_a_reply_in_another_shape_is_read_where_it_can_mean_one_thing(content: Any) -> None:
    assert "".join(run(_reply_with(content)).split()) == "Onetwo."


@pytest.mark.parametrize(("content", "told"), UNREADABLE_CONTENTS.values(), ids=UNREADABLE_CONTENTS)
def test_a_reply_that_cannot_be_read_is_no_empty_reply(content: Any, told: str) -> None:
    with pytest.raises(AccountError, match=told) as caught:
        run(_reply_with(content))

    assert "GET /v1/threads/" in str(caught.value)


async def _reply_with(content: Any) -> str:
    server = Server()
    async with conversations(server) as account:
        _, started = await begun(account)
        server.conversation.messages[thread_of(server)][0]["content"] = content
        return (await account.reply(started)).text


def test_the_path_that_a_store_keeps_of_a_file_is_asked_for_once() -> None:
    server = Server()
    upload = {"filename": "README.md", "content": b"Read", "purpose": "assistants"}
    held, other = server.state.upload(upload)["id"], server.state.upload(upload)["id"]
    store = server.state.create_store({})["id"]
    kept = {"file_id": held, "attributes": {"asstctl_path": "a/README.md"}}
    server.state.attach(store, {"files": [kept]})

    async def talk() -> list[str]:
        async with conversations(server) as account:
            return [await account.stored_path(store, file) for file in (held, other) * 2]

    assert run(talk()) == ["a/README.md", ""] * 2
    assert len(server.asked("GET /vector_stores/*/files/*")) == 2


def test_steps_tell_which_tools_ran() -> None:
    calls = [
        {"type": "file_search", "file_search": {"results": [{"file_name": "a.md", "score": 0.9}]}},
        {
            "type": "code_interpreter",
            "code_interpreter": {
                "input": "print(1)",
                "outputs": [{"type": "logs", "logs": "1"}, {"type": "image", "image": {}}],
            },
        },
        {"type": "function", "function": {"name": "f", "arguments": "{}", "output": None}},
    ]
    details = {"type": "tool_calls", "tool_calls": calls}
    server = Server(script=RunScript(steps=[{"step_details": {"type": "message_creation"}}]))
    server.script.steps.append({"step_details": details})

    async def talk() -> None:
        async with conversations(server) as account:
            _, started = await begun(account)
            tools = await account.tool_calls(started)
            assert tools is not None
            assert [(tool.type, tool.name, tool.input, tool.output) for tool in tools] == [
                ("file_search", None, None, "a.md (0.90)"),
                ("code_interpreter", None, "print(1)", "1"),
                ("function", "f", "{}", None),
            ]
            server.plan(STEPS, 404, 405, 501)
            for _ in range(3):
                assert await account.tool_calls(started) is None

    run(talk())


def test_uploads_are_streamed_under_their_own_name(tmp_path: Path) -> None:
    source = tmp_path / "x"
    source.write_bytes(b"12345")
    server = Server()
    server.plan("POST /files", JSONResponse({"error": {"message": "slow"}}, 429))

    async def talk() -> str:
        async with conversations(server) as account:
            return await account.upload(LocalFile("docs/näme.pdf", source, 5))

    made = server.state.files[run(talk())]
    assert (made.filename, made.content, made.purpose) == ("näme.pdf", b"12345", "assistants")


def test_only_stores_made_for_the_thread_are_scratch() -> None:
    server = Server()
    server.state.create_store({})

    async def talk() -> tuple[tuple[str, ...], str]:
        async with conversations(server) as account:
            conversation, _ = await begun(account)
            for own in ({"name": "Docs"}, {"metadata": {"a": "b"}}):
                server.state.create_store(own)
            scratch = server.state.create_store({})["id"]
            server.conversation.threads[thread_of(server)]["tool_resources"] = {
                "file_search": {"vector_store_ids": list(server.state.stores)}
            }
            return await account.scratch_stores(conversation), scratch

    found, scratch = run(talk())
    assert found == (scratch,)


@pytest.mark.parametrize(
    ("models", "offline"),
    [
        ([{"id": "gpt-4o", "owned_by": "asstctl-offline"}], True),
        ([{"id": "gpt-4o", "owned_by": "openai"}], False),
        ([{"id": "gpt-4o"}, "nonsense"], False),
        ([], False),
    ],
)
def test_the_owner_of_the_models_tells_that_the_offline_model_answers(
    models: list[Any], offline: bool
) -> None:
    server = Server(models=models)

    async def ask() -> str | None:
        async with conversations(server) as account:
            return await account.offline_reason()

    assert (run(ask()) is not None) is offline


def test_no_list_of_models_means_not_offline() -> None:
    server = Server()
    server.plan("GET /models", *[500] * 99)

    async def ask() -> str | None:
        async with conversations(server) as account:
            return await account.offline_reason()

    assert run(ask()) is None


def delta(text: str) -> dict[str, object]:
    return {"delta": {"content": [{"index": 0, "type": "text", "text": {"value": text}}]}}


async def followed(server: Server) -> list[StreamEvent]:
    async with conversations(server) as account:
        thread = await account.open_conversation(ConversationStart())
        return [event async for event in account.stream_run(thread, "asst_1", {})]


def test_a_stream_tells_tokens_and_runs() -> None:
    usage: dict[str, Any] = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    usage |= {"prompt_token_details": {"cached_tokens": 7}}
    events: list[tuple[str, Any]] = [
        ("thread.run.created", {}),
        ("thread.run.step.created", {"id": "step_1", "status": "in_progress"}),
        ("thread.message.delta", delta("Hel")),
        ("thread.message.delta", delta("lo")),
        ("thread.message.delta", {"delta": {}}),
        ("thread.run.completed", {"status": "completed", "usage": usage}),
        ("done", "[DONE]"),
    ]
    server = Server(script=RunScript(events=events))

    told = run(followed(server))

    assert [event.text for event in told if isinstance(event, Token)] == ["Hel", "lo"]
    runs = [event for event in told if isinstance(event, Run)]
    assert [event.status for event in runs] == ["queued", "completed"]
    assert runs[-1].usage == Usage(1, 2, 3, cached_tokens=1)
    (asked,) = server.asked(AT_ONCE)
    assert (asked["assistant_id"], asked["stream"]) == ("asst_1", True)


@pytest.mark.parametrize(
    "events",
    [[], [("thread.run.created", {}), ("error", '{"error": {"message": "Boom"}}')]],
    ids=["silent", "broken"],
)
def test_a_stream_that_breaks_off_leaves_the_run_to_polling(events: list[tuple[str, str]]) -> None:
    server = Server(script=RunScript(events=events, statuses=[]))

    last = run(followed(server))[-1]

    assert isinstance(last, Run)
    assert last.id in server.conversation.runs
    assert last.status == "queued"


def test_a_stream_that_is_refused_is_an_error() -> None:
    server = stepwise()
    server.plan(RUNS, JSONResponse({"error": {"message": "No assistant"}}, 404))

    with pytest.raises(AccountError) as caught:
        run(followed(server))
    assert caught.value.failure is Failure.MISSING


def test_a_stream_that_is_turned_away_is_asked_for_again() -> None:
    limited = JSONResponse({"error": {"message": "Slow down"}}, 429, {"retry-after": "3"})
    server = stepwise(events=[("thread.run.completed", {"status": "completed"})])
    server.plan(RUNS, 503, limited)

    (last,) = run(followed(server))

    assert isinstance(last, Run)
    assert last.status == "completed"
    assert list(server.conversation.runs) == [last.id]


@pytest.mark.parametrize(
    ("request_", "stream"), [(RUNS, False), (LOOK, False), (RUNS, True)], ids=str
)
@pytest.mark.parametrize("status", [429, 500])
def test_a_deadline_missed_for_failing_requests_is_an_error(
    request_: str, stream: bool, status: int
) -> None:
    server = stepwise(statuses=["in_progress"])
    server.plan(request_, *[status] * 99)

    async def hold() -> SmokeResult:
        async with conversations(server) as account:
            return await run_smoke(
                account,
                [Subject(key="g", assistant_id="a", cases=(case(expect=expect(max_seconds=2)),))],
                target="here",
                options=SmokeOptions(stream=stream),
            )

    (found,) = run(hold()).cases
    assert found.status is CaseStatus.ERROR
    assert f"HTTP {status}" in found.reason
    assert server.conversation.threads == {}


@pytest.mark.parametrize(("tools", "requests"), [([], 4), ([{"type": "file_search"}], 5)])
def test_a_case_of_one_turn_takes_five_requests_at_most(tools: Any, requests: int) -> None:
    server = Server(script=RunScript(statuses=["completed"], tools=tools))

    async def hold() -> SmokeResult:
        async with conversations(server) as account:
            return await run_smoke(
                account,
                [Subject(key="g", assistant_id="a", cases=(case(expect=expect(equals="Hello.")),))],
                target="here",
                options=SmokeOptions(),
            )

    assert run(hold()).summary.passed == 1
    assert len(server.journal) == requests
    assert server.conversation.threads == {}


def test_a_thread_is_found_that_an_interrupted_request_has_made() -> None:
    server = Server(script=RunScript(lists_threads=True))
    server.plan(AT_ONCE, ("then", Silent()))

    async def hold() -> SmokeResult:
        async with conversations(server) as account:
            return await run_smoke(
                account,
                [Subject(key="g", assistant_id="a", cases=(case(expect=expect(max_seconds=2)),))],
                target="here",
                options=SmokeOptions(),
            )

    (found,) = run(hold()).cases
    assert "had not even started" in found.reason
    assert server.conversation.threads == {}
