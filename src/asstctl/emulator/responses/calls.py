"""Calls of the model as output items, and the events that tell of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import Call, CodeCall, FileSearchCall, FunctionCall
from asstctl.emulator.requests.items import PREFIXES
from asstctl.emulator.store.collections import Body

Told = tuple[tuple[str, Body], ...]


@dataclass(frozen=True, slots=True)
class CallItem:
    """An item from its beginning to its end.

    ``before`` and ``after`` are the events on the way, without ``response.`` and without what says
    which item they are of. ``finish`` gives the item once the call was carried out.
    """

    begun: Body
    before: Told
    after: Told
    finish: Callable[[Call], Body]


def container_of(response_id: str) -> str:
    """Give the id of the one container of a response: all of its code has the same files."""
    return f"cntr_{response_id.removeprefix('resp_')}"


def begun_function(call_id: str, name: str) -> Body:
    """Give the item of a function's call before its arguments are known."""
    return _head("function_call") | {"call_id": call_id, "name": name, "arguments": ""}


def arguments_delta(text: str) -> tuple[str, Body]:
    """Give the event that adds to the arguments of a call."""
    return "function_call_arguments.delta", {"delta": text}


def open_call(call: Call, response_id: str) -> CallItem:
    """Begin the item of a call."""
    match call:
        case FileSearchCall():
            return _search(call)
        case CodeCall():
            return _code(call, container_of(response_id))
        case FunctionCall():
            begun = begun_function(call.id, call.name)
            told = function_told(begun, call)
            return replace(told, before=(arguments_delta(call.arguments), *told.before))
        case _:
            assert_never(call)


def _head(kind: str) -> Body:
    return {"id": new_id(PREFIXES[kind]), "type": kind, "status": "in_progress"}


def _search(call: FileSearchCall) -> CallItem:
    begun = _head("file_search_call") | {"queries": [call.query], "results": None}

    def finish(done: Call) -> Body:
        found = done.results if isinstance(done, FileSearchCall) else ()
        results = [
            {
                "file_id": result.file_id,
                "filename": result.file_name,
                "score": result.score,
                "text": result.text,
                "attributes": dict(result.attributes),
            }
            for result in found
        ]
        return begun | {"status": "completed", "results": results}

    before: Told = (("file_search_call.in_progress", {}), ("file_search_call.searching", {}))
    return CallItem(begun, before, (("file_search_call.completed", {}),), finish)


def _code(call: CodeCall, container: str) -> CallItem:
    begun = _head("code_interpreter_call")
    begun |= {"code": "", "container_id": container, "outputs": None}

    def finish(done: Call) -> Body:
        logs = done.logs if isinstance(done, CodeCall) else ""
        outputs = [{"type": "logs", "logs": logs}] if logs else []
        return begun | {"status": "completed", "code": call.code, "outputs": outputs}

    before: Told = (
        ("code_interpreter_call.in_progress", {}),
        ("code_interpreter_call_code.delta", {"delta": call.code}),
        ("code_interpreter_call_code.done", {"code": call.code}),
        ("code_interpreter_call.interpreting", {}),
    )
    return CallItem(begun, before, (("code_interpreter_call.completed", {}),), finish)


def function_told(begun: Body, call: FunctionCall) -> CallItem:
    """Give the item of a function's call whose arguments were told already."""

    def finish(_: Call) -> Body:
        return begun | {"status": "completed", "arguments": call.arguments}

    before: Told = (("function_call_arguments.done", {"arguments": call.arguments}),)
    return CallItem(begun, before, (), finish)
