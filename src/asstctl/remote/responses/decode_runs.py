"""Wire → smoke values: the responses of a run, decoded with the tolerance that servers need."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id
from asstctl.remote.storage.smoke import usage_of
from asstctl.smoke.ports import Citation, FunctionCall, Reply, Run, ToolCall, Usage, total_usage

"""Characters of a passage that a citation shows."""
_CALL: Final = "_call"
_GOING_ON: Final = frozenset({"queued", "in_progress"})


def read_response(value: JsonValue) -> JsonObject:
    """A response object. Raises AccountError without an id: it could not be followed."""
    body = as_object(value)
    read_id(body)
    return body


def id_of_response(body: JsonObject) -> str:
    """The id of a response; empty when it has none."""
    return values.text(body.get("id")) or ""


def status_of(body: JsonObject) -> str:
    """The status of a response; from what it holds where the server does not say."""
    said = values.text(body.get("status"))
    return said or ("completed" if values.items(body.get("output")) else "in_progress")


def is_over(body: JsonObject) -> bool:
    """Whether the server works on the response no longer."""
    return status_of(body) not in _GOING_ON


def read_run(
    bodies: Sequence[JsonObject], conversation_id: str, poll_after: float | None = None
) -> Run:
    """The run whose responses these are, the last one as the one that is going on.

    A response that calls functions, or needs approvals, is ``completed`` for the server; the run
    is not.
    """
    last = bodies[-1]
    calls, approvals = _calls(last), _approvals(last)
    status = status_of(last)
    if status == "completed" and (calls or approvals):
        status = "requires_action"
    error = values.mapping(last.get("error"))
    incomplete = values.mapping(last.get("incomplete_details"))
    return Run(
        id=id_of_response(last),
        conversation_id=conversation_id,
        status=status,
        calls=calls,
        approvals=approvals,
        error_code=values.text(error.get("code")) or None,
        error_message=values.text(error.get("message")) or None,
        incomplete_reason=values.text(incomplete.get("reason")) or None,
        usage=_usage(bodies),
        poll_after=poll_after,
    )


def has_usage(body: JsonObject) -> bool:
    """Whether the server says what the response cost."""
    return isinstance(body.get("usage"), Mapping)


def read_reply(bodies: Sequence[JsonObject]) -> Reply:
    """What the assistant said in a run. What it thought aloud on the way is no part of it."""
    messages = [item for item in _items(bodies) if item.get("type") == "message"]
    final = [item for item in messages if item.get("phase") != "commentary"] or messages
    passages = _passages(bodies)
    texts: list[str] = []
    citations: list[Citation] = []
    parts = [part for message in final for part in values.mappings(message.get("content"))]
    for part in parts:
        texts.append(_text(part, "text") or _text(part, "refusal"))
        citations.extend(_citations(part, passages))
    refused = any(part.get("type") == "refusal" for part in parts)
    return Reply("\n\n".join(filter(None, texts)), tuple(citations), refused)


def read_tool_calls(
    bodies: Sequence[JsonObject], outputs: Mapping[str, str]
) -> tuple[ToolCall, ...]:
    """The tools that ran, in order. ``outputs`` are what functions were answered, by the call."""
    return tuple(
        _tool_call(item, kind, outputs)
        for item in _items(bodies)
        if (kind := _text(item, "type")).endswith(_CALL)
    )


def open_answers(body: JsonObject, why: str) -> tuple[JsonObject, ...]:
    """Input that ends what a response waits for without giving it; ``why`` is for the model."""
    calls: list[JsonObject] = [
        {"type": "function_call_output", "call_id": call.id, "output": why} for call in _calls(body)
    ]
    approvals: list[JsonObject] = [
        {
            "type": "mcp_approval_response",
            "approval_request_id": _text(item, "id"),
            "approve": False,
        }
        for item in _asked_approvals(body)
    ]
    return (*calls, *approvals)


def as_input(body: JsonObject) -> Iterator[JsonObject]:
    """What a response said and called, as input for a server that remembers nothing of it."""
    for item in _items([body]):
        match item.get("type"):
            case "message":
                parts = values.mappings(item.get("content"))
                said = (_text(part, "text") or _text(part, "refusal") for part in parts)
                yield {"role": "assistant", "content": "\n\n".join(filter(None, said))}
            case "function_call":
                kept = ("type", "call_id", "name", "arguments")
                yield {name: _text(item, name) for name in kept}
            case "mcp_approval_request":
                yield item
            case _:
                continue


def _items(bodies: Sequence[JsonObject]) -> Iterator[JsonObject]:
    for body in bodies:
        yield from values.mappings(body.get("output"))


def _calls(body: JsonObject) -> tuple[FunctionCall, ...]:
    return tuple(
        FunctionCall(
            _text(item, "call_id") or _text(item, "id"),
            _text(item, "name"),
            _text(item, "arguments"),
        )
        for item in _items([body])
        if item.get("type") == "function_call"
    )


def _asked_approvals(body: JsonObject) -> Iterator[JsonObject]:
    return (item for item in _items([body]) if item.get("type") == "mcp_approval_request")


def _approvals(body: JsonObject) -> tuple[str, ...]:
    return tuple(
        f"the MCP server {_text(item, 'server_label')} asks for an approval of "
        f"{_text(item, 'name')}({_text(item, 'arguments')})"
        for item in _asked_approvals(body)
    )


def _usage(bodies: Sequence[JsonObject]) -> Usage | None:
    """What all responses cost together; None when the server counts for none of them."""
    found = (usage_of(body.get("usage"), "input", "output") for body in bodies)
    counted = [usage for usage in found if usage is not None]
    return total_usage(counted) if counted else None


def _citations(part: JsonObject, passages: Mapping[str, str]) -> Iterator[Citation]:
    for note in values.mappings(part.get("annotations")):
        if note.get("type") == "file_citation":
            file_id = _text(note, "file_id")
            yield Citation(file_id, _text(note, "filename"), quote=passages.get(file_id, ""))


def _passages(bodies: Sequence[JsonObject]) -> dict[str, str]:
    """The best passage of each file that a search found."""
    found = [
        result
        for item in _items(bodies)
        for result in values.mappings(item.get("results"))
        if item.get("type") == "file_search_call"
    ]
    found.sort(key=lambda result: values.number(result.get("score")) or 0)
    return {_text(result, "file_id"): " ".join(_text(result, "text").split()) for result in found}


def _tool_call(item: JsonObject, kind: str, outputs: Mapping[str, str]) -> ToolCall:
    tool = kind.removesuffix(_CALL)
    match tool:
        case "function":
            answered = outputs.get(_text(item, "call_id"))
            return ToolCall(tool, _text(item, "name"), _text(item, "arguments"), answered)
        case "mcp":
            output = _text(item, "output") or _error(item.get("error"))
            name = f"{_text(item, 'server_label')}.{_text(item, 'name')}"
            return ToolCall(tool, name, _text(item, "arguments"), output or None)
        case "code_interpreter":
            logs = (_text(output, "logs") for output in values.mappings(item.get("outputs")))
            return ToolCall(tool, None, _text(item, "code"), "\n".join(filter(None, logs)) or None)
        case "file_search":
            hits = map(_hit, values.mappings(item.get("results")))
            return ToolCall(tool, None, _queries(item), "\n".join(hits) or None)
        case "web_search":
            return ToolCall(tool, None, _searched(values.mapping(item.get("action"))))
        case _:
            return ToolCall(tool)


def _queries(item: JsonObject) -> str | None:
    return "\n".join(values.texts(item.get("queries"))) or None


def _searched(action: JsonObject) -> str | None:
    return _queries(action) or _text(action, "query") or _text(action, "url") or None


def _hit(result: JsonObject) -> str:
    score = values.number(result.get("score"))
    shown = "" if score is None else f" ({score:.2f})"
    return f"{_text(result, 'filename') or _text(result, 'file_id')}{shown}"


def _error(value: JsonValue) -> str:
    error = values.mapping(value)
    return values.text(value) or _text(error, "message") or _text(error, "content")


def _text(body: JsonObject, name: str) -> str:
    return values.text(body.get(name)) or ""
