"""``/threads/{id}/runs`` and ``/threads/runs``, polled or streamed."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asstctl.emulator import legacy, resources
from asstctl.emulator.conversation import add_message, create_thread
from asstctl.emulator.errors import bad_request
from asstctl.emulator.requests.common import read_back
from asstctl.emulator.requests.runs import CreateRun, CreateThreadAndRun, SubmitToolOutputs
from asstctl.emulator.requests.threads import CreateThread, UpdateMetadata
from asstctl.emulator.resources import Writer
from asstctl.emulator.routes.base import own_id, table
from asstctl.emulator.routes.threads import translate
from asstctl.emulator.runs import calls as tool_calls
from asstctl.emulator.runs import state
from asstctl.emulator.store.collections import ASSISTANTS, RUNS, STEPS, THREADS, Body, encode
from asstctl.emulator.wire import POLL_SOON, cursor, listing, parse, read, read_object, streamed
from asstctl.emulator.work.bus import Event, Queue
from asstctl.emulator.work.calls import to_store, unanswered, with_outputs

if TYPE_CHECKING:
    from asstctl.emulator.account import Account


def find(account: "Account", request: Request) -> Body:
    """Give the run that the path names, after those past their time have expired."""
    account.engine.expire_due()
    thread = THREADS.get(account.database, request.path_params["thread_id"])
    run_id = request.path_params["run_id"]
    return RUNS.get(account.database, run_id, thread_id=thread["id"])


def _fields(assistant: Body, params: CreateRun | CreateThreadAndRun) -> Body:
    """Give a run's settings: its own where given, else the assistant's."""
    given: dict[str, Any] = {
        name: value for name, value in params.given().items() if value is not None
    }
    instructions = given.get("instructions", assistant["instructions"]) or ""
    if extra := given.get("additional_instructions"):
        instructions = f"{instructions}\n\n{extra}" if instructions else extra
    truncation = given.get("truncation_strategy") or {"type": "auto"}
    return {
        "assistant_id": assistant["id"],
        "model": given.get("model", assistant["model"]),
        "instructions": instructions,
        "tools": read_back(params.tools) if params.tools is not None else assistant["tools"],
        "metadata": given.get("metadata", {}),
        "temperature": given.get("temperature", assistant["temperature"]),
        "top_p": given.get("top_p", assistant["top_p"]),
        "max_prompt_tokens": given.get("max_prompt_tokens"),
        "max_completion_tokens": given.get("max_completion_tokens"),
        "truncation_strategy": {"last_messages": None} | truncation,
        "tool_choice": given.get("tool_choice", "auto"),
        "parallel_tool_calls": params.parallel_tool_calls,
        "response_format": given.get("response_format", assistant["response_format"]),
    }


def _check_choice(fields: Body) -> None:
    """Refuse a tool choice that names a tool which the run does not have."""
    choice = fields["tool_choice"]
    if choice in {"none", "auto"} if isinstance(choice, str) else False:
        return
    tools = fields["tools"]
    if isinstance(choice, str):
        known = bool(tools)
    elif choice["type"] == "function":
        name = choice["function"]["name"]
        known = any(tool.get("function", {}).get("name") == name for tool in tools)
    else:
        known = any(tool["type"] == choice["type"] for tool in tools)
    if not known:
        raise bad_request(
            "Invalid value for 'tool_choice': the run has no such tool.",
            "tool_choice",
            "invalid_value",
        )


def _start(
    account: "Account", writer: Writer, thread: Body, params: CreateRun | CreateThreadAndRun
) -> Body:
    assistant = ASSISTANTS.get(account.database, params.assistant_id)
    fields = _fields(assistant, params)
    _check_choice(fields)
    asked = fields["model"]
    fields["model"] = account.worker.model.served(asked)
    inner: Body = {
        "model": asked,
        "reasoning_effort": params.reasoning_effort or assistant["reasoning_effort"],
        "tool_resources": assistant["tool_resources"],
    }
    if isinstance(params, CreateThreadAndRun) and params.tool_resources is not None:
        inner["tool_resources"] = resources.apply(writer, params.tool_resources)
    return state.create(writer, thread["id"], fields, inner)


def _answer(
    account: "Account", run: Body, *, stream: bool | None, before: tuple[Event, ...]
) -> Response:
    """Set a queued run to work, and answer with it or with its events."""
    queue = account.worker.bus.listen(run["id"]) if stream else None
    account.engine.start(run["id"])
    if queue is None:
        return _show(run)
    return streamed(_events(account, run["id"], queue, before))


async def _events(
    account: "Account", run_id: str, queue: Queue, before: tuple[Event, ...]
) -> AsyncIterator[bytes]:
    async for event in account.worker.bus.follow(run_id, queue, *before):
        yield event
    yield b"event: done\ndata: [DONE]\n\n"


def _show(run: Body) -> JSONResponse:
    return JSONResponse(run, headers=POLL_SOON)


def _created(run: Body) -> tuple[Event, ...]:
    return (("thread.run.created", run), ("thread.run.queued", run))


async def create(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}/runs``: refused (400) while another run of the thread is active."""
    thread_id = request.path_params["thread_id"]
    account.engine.expire_due()
    THREADS.get(account.database, thread_id)
    body = translate(account, legacy.tools(await read_object(request)), "additional_messages")
    params = parse(CreateRun, body)
    with account.write() as writer:
        thread = THREADS.get(account.database, thread_id)
        if state.active_in(account.database, thread_id):
            raise bad_request(f"Thread {thread_id} already has an active run.")
        for index, message in enumerate(params.additional_messages or ()):
            at = f"additional_messages[{index}]."
            thread, _ = add_message(writer, thread, message, at)
        run = _start(account, writer, thread, params)
    return _answer(account, run, stream=params.stream, before=_created(run))


async def create_with_thread(account: "Account", request: Request) -> Response:
    """``POST /threads/runs``; an id that is asked for is the thread's."""
    body = legacy.tools(await read_object(request))
    if isinstance(body.get("thread"), dict):
        body |= {"thread": translate(account, body["thread"])}
    params = parse(CreateThreadAndRun, body)
    with account.write() as writer:
        ASSISTANTS.get(account.database, params.assistant_id)
        thread_id = own_id(account, request, THREADS, "thread_")
        thread = create_thread(writer, params.thread or CreateThread(), thread_id)
        run = _start(account, writer, thread, params)
    events = (("thread.created", thread), *_created(run))
    return _answer(account, run, stream=params.stream, before=events)


async def get(account: "Account", request: Request) -> Response:
    """``GET /threads/{id}/runs/{run_id}``."""
    return _show(find(account, request))


async def list_all(account: "Account", request: Request) -> Response:
    """``GET /threads/{id}/runs``."""
    account.engine.expire_due()
    thread = THREADS.get(account.database, request.path_params["thread_id"])
    return listing(RUNS.page(account.database, cursor(request), thread_id=thread["id"]))


async def update(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}/runs/{run_id}``: only metadata can change."""
    find(account, request)
    params = await read(request, UpdateMetadata)
    with account.write() as writer:
        run = find(account, request)
        if "metadata" in params.model_fields_set:
            run["metadata"] = params.metadata or {}
        RUNS.save(writer.connection, run)
    return JSONResponse(run)


async def cancel(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}/runs/{run_id}/cancel``: refused (400) when the run has ended."""
    run = find(account, request)
    cancelling = account.engine.cancel(run["id"])
    if cancelling is None:
        raise bad_request(f"Cannot cancel run with status '{run['status']}'.")
    return _show(cancelling)


async def submit(account: "Account", request: Request) -> Response:
    """``POST /threads/{id}/runs/{run_id}/submit_tool_outputs``: all outputs of a step at once."""
    run = find(account, request)
    params = await read(request, SubmitToolOutputs)
    outputs = {item.tool_call_id: item.output for item in params.tool_outputs}
    with account.write() as writer:
        run = find(account, request)
        step = _take_outputs(account, writer, run, outputs)
        queued = state.move(writer, run["id"], ("requires_action",), "queued")
    if queued is None:
        raise _no_outputs(run)
    events: tuple[Event, ...] = (
        ("thread.run.step.completed", step),
        ("thread.run.queued", queued),
    )
    return _answer(account, queued, stream=params.stream, before=events)


def _no_outputs(run: Body) -> Exception:
    return bad_request(f'Runs in status "{run["status"]}" do not accept tool outputs.')


def _take_outputs(account: "Account", writer: Writer, run: Body, outputs: dict[str, str]) -> Body:
    """Complete the step that waits; every call must be answered, and nothing else."""
    waiting = tool_calls.pending(account.database, run["id"])
    if run["status"] != "requires_action" or waiting is None:
        raise _no_outputs(run)
    step, calls, usage = waiting
    expected = [call.id for call in unanswered(calls)]
    if set(expected) != set(outputs):
        raise bad_request(
            f"Expected tool outputs for call_ids {expected}, got {list(outputs)}", "tool_outputs"
        )
    calls = with_outputs(calls, outputs)
    for shown in step["step_details"]["tool_calls"]:
        if shown["id"] in outputs:
            shown["function"]["output"] = outputs[shown["id"]]
    step |= {"status": "completed", "completed_at": writer.now, "usage": usage}
    STEPS.save(writer.connection, step, inner=encode(to_store(calls)))
    return tool_calls.show([step], ())[0]


def routes(account: "Account") -> list[Route]:
    """Give the routes of this module."""
    runs = "/threads/{thread_id}/runs"
    one = f"{runs}/{{run_id}}"
    return table(
        account,
        {
            ("POST", "/threads/runs"): create_with_thread,
            ("POST", runs): create,
            ("GET", runs): list_all,
            ("GET", one): get,
            ("POST", one): update,
            ("POST", f"{one}/cancel"): cancel,
            ("POST", f"{one}/submit_tool_outputs"): submit,
        },
    )
