"""Wire → smoke values: sessions, their turns and items, with the tolerance that servers need."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id
from asstctl.remote.storage.smoke import usage_of
from asstctl.smoke.ports import FunctionCall, Reply, Run, ToolCall, Usage

_CALL: Final = "_call"
_FINAL: Final = frozenset({"completed", "failed", "cancelled"})
_COMMENTARY: Final = "commentary"
_FUNCTION: Final = "function_call"


def read_session(value: JsonValue) -> JsonObject:
    """A session. Raises AccountError without an id."""
    body = as_object(value)
    read_id(body)
    return body


def sandbox_of(session: JsonObject) -> str | None:
    """The id of the sandbox that a session runs in; None when it runs in none."""
    return _text(values.mapping(session.get("environment")), "id") or None


def is_root(turn: JsonObject) -> bool:
    """Whether it is a turn of the agent itself, not of one of its subagents."""
    return turn.get("subagent_id") is None


def is_over(turn: JsonObject) -> bool:
    """Whether the turn has ended, well or badly."""
    return turn.get("status") in _FINAL


def read_run(
    session: JsonObject,
    turn: JsonObject | None,
    conversation_id: str,
    *,
    is_stale: Callable[[JsonObject], bool] = lambda _: False,
    poll_after: float | None = None,
) -> Run:
    """The run that a turn is. While that is over, the session says nothing about it any more.

    Before the turn shows, ``turn`` is None, and what the session seems to be proves nothing: it may
    still be idle. What it asks for may be ``is_stale``.
    """
    body = turn or {}
    goes_on = not is_over(body)
    asked = [item for item in _actions(session) if goes_on and not is_stale(item)]
    has_failed = goes_on and session.get("status") == "failed"
    error = {"message": session.get("error")} if has_failed else values.mapping(body.get("error"))
    return Run(
        id=_text(body, "id"),
        conversation_id=conversation_id,
        status="failed" if has_failed else _status(body, asks=bool(asked)),
        calls=_calls(asked),
        approvals=_approvals(asked),
        error_code=_text(error, "code") or None,
        error_message=_text(error, "message") or None,
        usage=read_usage(body),
        poll_after=poll_after,
    )


def read_usage(turn: JsonObject) -> Usage | None:
    """What a turn cost; None while the server has not counted it."""
    return usage_of(turn.get("usage"), "input", "output")


def asking_turns(session: JsonObject) -> dict[str, str]:
    """The turn that each call waits in, by the id of the call: it may be a subagent's."""
    return {
        _text(action, "call_id"): _text(action, "turn_id")
        for action in _actions(session)
        if action.get("type") == _FUNCTION
    }


def read_reply(items: Iterable[JsonObject]) -> Reply:
    """What the agent said at the end of a turn. What it said on the way is no part of it."""
    said = [item for item in items if _is_said(item)]
    texts = ("".join(_texts(item)) for item in said)
    parts = (part for item in said for part in values.mappings(item.get("content")))
    refused = any(part.get("type") == "refusal" for part in parts)
    return Reply(text="\n\n".join(filter(None, texts)), refused=refused)


def read_tool_calls(items: Sequence[JsonObject]) -> tuple[ToolCall, ...]:
    """The tools that ran, in order."""
    outputs = {
        _text(item, "call_id"): _written(item.get("output")) or _text(item, "error")
        for item in items
        if item.get("type") == "function_call_output"
    }
    return tuple(
        _tool_call(item, outputs)
        for item in items
        if item.get("type") == _SHELL or _text(item, "type").endswith(_CALL)
    )


_SHELL: Final = "command_execution"


def _is_said(item: JsonObject) -> bool:
    """Whether it is a last word. Servers that know no phases give none."""
    is_reply = item.get("type") == "message" and item.get("role") == "assistant"
    return is_reply and item.get("phase") != _COMMENTARY


def _texts(item: JsonObject) -> Iterator[str]:
    parts = values.mappings(item.get("content"))
    return (_text(part, "text") or _text(part, "refusal") for part in parts)


def _status(turn: JsonObject, *, asks: bool) -> str:
    """The status of the run. A turn may read ``waiting`` when all that it waited for was given."""
    status = _text(turn, "status") or "queued"
    if asks:
        return "requires_action"
    return "in_progress" if status == "waiting" else status


def _actions(session: JsonObject) -> list[JsonObject]:
    return values.mappings(session.get("required_actions"))


def _calls(asked: Iterable[JsonObject]) -> tuple[FunctionCall, ...]:
    return tuple(
        FunctionCall(_text(item, "call_id"), _text(item, "name"), _given(item))
        for item in asked
        if item.get("type") == _FUNCTION
    )


def _approvals(asked: Iterable[JsonObject]) -> tuple[str, ...]:
    return tuple(_approval(action) for action in asked if action.get("type") != _FUNCTION)


def _approval(action: JsonObject) -> str:
    request = values.mapping(action.get("request"))
    match action.get("type"), request.get("type"):
        case "mcp_approval_request", _:
            return (
                f"the MCP server {_text(request, 'server_label')} asks for an approval of "
                f"{_text(request, 'name')}({_written(request.get('arguments'))})"
            )
        case "computer_use_approval_request", "browser_authentication":
            where = _text(request, "credential_origin") or "a web site"
            return f"the browser asks for a sign-in at {where}"
        case "computer_use_approval_request", _:
            return f"the browser asks for leave to open {_text(request, 'origin') or 'a web site'}"
        case "environment_connection", _:
            named = _text(action, "environment_id")
            return f"the session asks for a connection to its environment {named}"
        case kind, _:
            return f"the session asks for {kind}"


def _tool_call(item: JsonObject, outputs: Mapping[str, str]) -> ToolCall:
    match item.get("type"):
        case "command_execution":
            return ToolCall("shell", None, _text(item, "command"), _text(item, "output") or None)
        case "function_call":
            answered = outputs.get(_text(item, "call_id"))
            return ToolCall("function", _text(item, "name"), _given(item), answered)
        case "mcp_call":
            output = _written(item.get("output")) or _written(item.get("error"))
            return ToolCall("mcp", _text(item, "name"), _given(item), output or None)
        case "web_search_call":
            return ToolCall("web_search", None, _searched(values.mapping(item.get("action"))))
        case kind:
            return ToolCall(str(kind).removesuffix(_CALL))


def _given(item: JsonObject) -> str:
    return _written(item.get("arguments"))


def _searched(action: JsonObject) -> str | None:
    queries = "\n".join(values.texts(action.get("queries")))
    return queries or _text(action, "query") or _text(action, "url") or None


def _written(value: JsonValue) -> str:
    """A value as text: what is none as JSON, nothing as an empty one."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=dict)


def _text(body: JsonObject, name: str) -> str:
    return values.text(body.get(name)) or ""
