"""Tool calls of a run: as its steps show them, and as they are found in its steps again."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from asstctl.emulator.models.base import (
    Call,
    CodeCall,
    FileSearchCall,
    FunctionCall,
    Round,
)
from asstctl.emulator.store.collections import Body, decode
from asstctl.emulator.store.database import Database, Row
from asstctl.emulator.work.calls import from_store
from asstctl.emulator.work.made import is_image

RESULT_CONTENT = "step_details.tool_calls[*].file_search.results[*].content"


def to_wire(call: Call, ranking: Body) -> Body:
    """Give a call as a step shows it. File search results carry their text until `show`."""
    match call:
        case FileSearchCall():
            results = [
                {
                    "file_id": found.file_id,
                    "file_name": found.file_name,
                    "score": found.score,
                    "content": [{"type": "text", "text": found.text}],
                }
                for found in call.results
            ]
            details: Body = {"ranking_options": ranking, "results": results}
            return {"id": call.id, "type": "file_search", "file_search": details}
        case CodeCall():
            details = {"input": call.code, "outputs": outputs(call)}
            return {"id": call.id, "type": "code_interpreter", "code_interpreter": details}
        case FunctionCall():
            details = {"name": call.name, "arguments": call.arguments, "output": call.output}
            return {"id": call.id, "type": "function", "function": details}
        case _:
            assert_never(call)


def outputs(call: CodeCall) -> list[Body]:
    """Give what came of some code: what it printed, and the images that it made."""
    logs: list[Body] = [{"type": "logs", "logs": call.logs}] if call.logs else []
    images = [file for file in call.files if is_image(file)]
    return [*logs, *({"type": "image", "image": {"file_id": file.id}} for file in images)]


def to_deltas(call: Call, index: int) -> Iterator[Body]:
    """Give a call as a stream tells of it: that it begins, and then what it says.

    Clients take the first delta of an index for its beginning, and show the later ones as they
    come.
    """
    head: Body = {"index": index, "id": call.id}
    match call:
        case FileSearchCall():
            yield head | {"type": "file_search", "file_search": {}}
        case CodeCall():
            kind = "code_interpreter"
            yield head | {"type": kind, kind: {"input": "", "outputs": []}}
            yield {"index": index, "type": kind, kind: {"input": call.code}}
        case FunctionCall():
            yield function_delta(index, call.id, call.name)
            yield arguments_delta(index, call.arguments)
        case _:
            assert_never(call)


def function_delta(index: int, call_id: str, name: str) -> Body:
    """Give the delta that begins the call of a function."""
    begun = {"name": name, "arguments": "", "output": None}
    return {"index": index, "id": call_id, "type": "function", "function": begun}


def arguments_delta(index: int, text: str) -> Body:
    """Give the delta that adds to the arguments of a call."""
    return {"index": index, "type": "function", "function": {"arguments": text}}


def output_delta(index: int, place: int, output: Body) -> Body:
    """Give the delta that adds to one output of a call, both counted from 0."""
    kind = "code_interpreter"
    return {"index": index, "type": kind, kind: {"outputs": [{"index": place} | output]}}


def rounds(database: Database, run_id: str) -> tuple[Round, ...]:
    """Rebuild what the model did in a run so far."""
    done = []
    text = ""
    for row in step_rows(database, run_id):
        inner = decode(row["inner"])
        if "calls" in inner:
            done.append(Round(text, from_store(inner)))
            text = ""
        else:
            text += inner.get("text", "")
    return tuple(done)


def step_rows(database: Database, run_id: str) -> list[Row]:
    """Give the steps of a run, oldest first."""
    return database.rows("SELECT * FROM steps WHERE run_id = ? ORDER BY seq", (run_id,))


def show(steps: Sequence[Body], include: Sequence[str]) -> list[Body]:
    """Give steps as the wire shows them: the text of search results only on request."""
    shown = list(steps)
    if RESULT_CONTENT not in include:
        shown = copy.deepcopy(shown)
        for step in shown:
            for call in step["step_details"].get("tool_calls", ()):
                for result in (call.get("file_search") or {}).get("results", ()):
                    result.pop("content", None)
    return shown


def pending(database: Database, run_id: str) -> tuple[Body, tuple[Call, ...], Body] | None:
    """Give the step whose function calls wait for outputs, with its calls and its usage."""
    for row in reversed(step_rows(database, run_id)):
        step = decode(row["body"])
        if step["status"] == "in_progress" and step["type"] == "tool_calls":
            inner = decode(row["inner"])
            return step, from_store(inner), inner["usage"]
    return None


def required_action(calls: Iterable[FunctionCall]) -> Body:
    """Give what a run shows while it waits for the client."""
    listed = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in calls
    ]
    return {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": listed}}
