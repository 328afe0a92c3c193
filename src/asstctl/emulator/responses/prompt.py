"""What the model is told in one turn of a response."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from asstctl.emulator.errors import bad_request
from asstctl.emulator.models.base import FunctionCall, Prompt, Round
from asstctl.emulator.responses.history import Entry
from asstctl.emulator.store.collections import Body
from asstctl.emulator.store.database import Database
from asstctl.emulator.work.budget import fit
from asstctl.emulator.work.made import code_files
from asstctl.emulator.work.work import OverBudgetError

_WEB = "web_search"


def build(
    database: Database,
    response: Body,
    model: str,
    told: tuple[tuple[Entry, ...], tuple[Round, ...]],
    own: tuple[Round, ...] = (),
    spent: int = 0,
) -> Prompt:
    """Put a prompt together, of any size.

    ``model`` is the one that was asked for, ``told`` what `history.tell` gave, ``own`` what this
    response called since, ``spent`` how many tokens it has written. Raises `OverBudgetError` when
    none are left.
    """
    choice = tool_choice(response)
    text = response["text"]
    history, since = told
    return Prompt(
        model=model,
        instructions=response["instructions"] or "",
        history=history,
        rounds=(*since, *own),
        tools=_usable(response, own),
        # What was forced is done: forced again, the response would never end.
        tool_choice="auto" if own and choice != "none" else choice,
        response_format=_format(text["format"]),
        parallel_tool_calls=response["parallel_tool_calls"],
        temperature=response["temperature"],
        top_p=response["top_p"],
        reasoning_effort=response["reasoning"]["effort"],
        max_completion_tokens=_rest(response["max_output_tokens"], spent),
        has_stores=bool(store_ids(response)),
        code_files=code_files(database, code_file_ids(response)),
        truncates=response["truncation"] == "auto",
        verbosity=text["verbosity"] if text["verbosity"] != "medium" else None,
    )


def check_size(prompt: Prompt, context: int) -> None:
    """Raise ApiError (400) for a prompt that does not fit and may not be cut, or not enough."""
    with suppress(OverBudgetError):
        if fit(prompt, context) == prompt or prompt.truncates:
            return
    raise bad_request(
        "Your input exceeds the context window of this model. Please adjust your input and try "
        "again.",
        "input",
        "context_length_exceeded",
    )


def _rest(limit: int | None, spent: int) -> int | None:
    if limit is None:
        return None
    if spent >= limit:
        raise OverBudgetError("max_output_tokens")
    return limit - spent


def _format(given: Body) -> str | Body:
    """Give the answer's shape as chat completions and runs say it."""
    match given["type"]:
        case "text":
            return "auto"
        case "json_schema":
            inner = {name: value for name, value in given.items() if name != "type"}
            return {"type": "json_schema", "json_schema": inner}
    return given


# --- tools ---


def _usable(response: Body, own: tuple[Round, ...]) -> tuple[Mapping[str, Any], ...]:
    """Leave out the account's own tools once they were called as often as they may be."""
    limit = response["max_tool_calls"]
    hosted = [call for done in own for call in done.calls if not isinstance(call, FunctionCall)]
    is_spent = limit is not None and len(hosted) >= limit
    tools = allowed(response)
    return tuple(tool for tool in tools if tool["type"] == "function" or not is_spent)


def allowed(response: Body) -> tuple[Mapping[str, Any], ...]:
    """Give the tools that may be used, as the models know them: functions are nested there."""
    tools = response["tools"]
    choice = response["tool_choice"]
    if not isinstance(choice, str) and choice["type"] == "allowed_tools":
        tools = [
            tool for tool in tools if any(_is(tool, _identity(one)) for one in choice["tools"])
        ]
    return tuple(_nested(tool) for tool in tools)


def _is(tool: Body, named: Body) -> bool:
    return all(tool.get(name) == value for name, value in named.items())


def _nested(tool: Body) -> Body:
    if tool["type"] == "function":
        names = ("name", "description", "parameters", "strict")
        return {"type": "function", "function": {n: tool[n] for n in names if tool[n] is not None}}
    return {"type": _WEB} if tool["type"].startswith(_WEB) else tool


def tool_choice(response: Body) -> str | Body:
    """Give the choice as the models know it; what is not there to be used is left to them."""
    choice = response["tool_choice"]
    if isinstance(choice, str):
        return choice
    match choice["type"]:
        case "function":
            return {"type": "function", "function": {"name": choice["name"]}}
        case "allowed_tools":
            mode: str = choice["mode"]
            return mode
        case "file_search" | "code_interpreter":
            return dict(choice)
    return "auto"


def check_choice(response: Body) -> None:
    """Raise ApiError (400) for a tool choice that names a tool which the response does not have."""
    choice, tools = response["tool_choice"], response["tools"]
    if choice == "required" and not tools:
        raise bad_request(
            "Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice"
        )
    if isinstance(choice, str):
        return
    for one in choice["tools"] if choice["type"] == "allowed_tools" else [choice]:
        if not any(_is(tool, _identity(one)) for tool in tools):
            name = one.get("name") or one.get("server_label") or one.get("type")
            raise bad_request(
                f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice"
            )


def _identity(named: Body) -> Body:
    """Give what tells a named tool from others; the tools of an MCP server are one."""
    names = {"type", "server_label"} if named.get("type") == "mcp" else {"type", "name"}
    return {name: value for name, value in named.items() if name in names}


def of_type(response: Body, kind: str) -> list[Body]:
    """Give the tools of a type."""
    return [tool for tool in response["tools"] if tool["type"] == kind]


def store_ids(response: Body) -> tuple[str, ...]:
    """Give the vector stores that file search works on."""
    found = (one for tool in of_type(response, "file_search") for one in tool["vector_store_ids"])
    return tuple(dict.fromkeys(found))


def code_file_ids(response: Body) -> list[str]:
    """Give the code interpreter's files."""
    containers = (tool["container"] for tool in of_type(response, "code_interpreter"))
    return [one for found in containers for one in found["file_ids"]]
