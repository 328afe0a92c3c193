"""Smoke values → wire: a bundle's request made into that of one response, and messages as items."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.dialect import RESPONSES
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.project import Secret
from asstctl.remote.responses.encode import text_format
from asstctl.remote.storage import values
from asstctl.remote.storage.smoke import raise_if_inexpressible
from asstctl.smoke.ports import ConversationMessage, FunctionResult

_EVIDENCE: Final = {
    "file_search": "file_search_call.results",
    "code_interpreter": "code_interpreter_call.outputs",
}
"""What has to be asked for to be seen, by the tool."""
_SAME: Final = frozenset(
    {"model", "instructions", "temperature", "top_p", "parallel_tool_calls", "metadata"}
)


@dataclass(slots=True)
class ExtraFiles:
    """What a conversation lets the tools read besides the assistant's own, by the account's ids."""

    stores: list[str] = field(default_factory=list)
    code_files: list[str] = field(default_factory=list)


def response_body(
    request: JsonObject, options: JsonObject, extra: ExtraFiles, credentials: Mapping[str, Secret]
) -> JsonObject:
    """What is sent for one response of a run, its input and its conversation aside.

    ``options`` are in the words of manifests. Raises AccountError for one that has no translation.
    """
    raise_if_inexpressible(RESPONSES, options)
    body = dict(request)
    for name, value in options.items():
        body |= {name: value} if name in _SAME else _TRANSLATIONS[name](body, value)
    tools = _with_files(values.mappings(body.get("tools")), extra)
    if not tools:
        return {name: value for name, value in body.items() if name not in _ABOUT_TOOLS}
    return {**body, "tools": _with_credentials(tools, credentials), **_evidence(tools)}


def _evidence(tools: Sequence[JsonObject]) -> JsonObject:
    kinds = {tool.get("type") for tool in tools}
    include = [evidence for kind, evidence in _EVIDENCE.items() if kind in kinds]
    return {"include": include} if include else {}


def continued(body: JsonObject) -> JsonObject:
    """The body for a further response of the run: a call that was forced is not forced again."""
    if body.get("tool_choice") in ("none", "auto"):
        return body
    return {name: value for name, value in body.items() if name != "tool_choice"}


def message_item(message: ConversationMessage) -> JsonObject:
    """A message as an item of input."""
    return {"role": message.role, "content": message.content}


def output_item(result: FunctionResult) -> JsonObject:
    """The answer to a call as an item of input."""
    return {"type": "function_call_output", "call_id": result.call_id, "output": result.output}


def _with_files(tools: Sequence[JsonObject], extra: ExtraFiles) -> list[JsonObject]:
    """The tools, which also read the conversation's own files; a tool that is missing is added."""
    searching = _reading(tools, "file_search", extra.stores, _searching)
    return _reading(searching, "code_interpreter", extra.code_files, _computing)


def _reading(
    tools: Sequence[JsonObject],
    kind: str,
    ids: Sequence[str],
    reading: Callable[[JsonObject, Sequence[str]], JsonObject],
) -> list[JsonObject]:
    if not ids:
        return list(tools)
    if not any(tool.get("type") == kind for tool in tools):
        tools = [*tools, {"type": kind}]
    return [reading(tool, ids) if tool.get("type") == kind else tool for tool in tools]


def _searching(tool: JsonObject, stores: Sequence[str]) -> JsonObject:
    known = values.texts(tool.get("vector_store_ids"))
    return {**tool, "vector_store_ids": list(dict.fromkeys([*known, *stores]))}


def _computing(tool: JsonObject, files: Sequence[str]) -> JsonObject:
    container = values.mapping(tool.get("container"))
    known = values.texts(container.get("file_ids"))
    together = list(dict.fromkeys([*known, *files]))
    return {**tool, "container": {"type": "auto", **container, "file_ids": together}}


def _with_credentials(
    tools: Sequence[JsonObject], credentials: Mapping[str, Secret]
) -> list[JsonObject]:
    return [_with_credential(tool, credentials) for tool in tools]


def _with_credential(tool: JsonObject, credentials: Mapping[str, Secret]) -> JsonObject:
    secret = credentials.get(f"tools.mcp.{tool.get('server_label')}.authorization")
    if tool.get("type") != "mcp" or secret is None:
        return tool
    return {**tool, "authorization": secret.reveal()}


def _appended(body: JsonObject, value: JsonValue) -> JsonObject:
    return {"instructions": "\n\n".join(values.texts([body.get("instructions"), value]))}


def _formatted(body: JsonObject, value: JsonValue) -> JsonObject:
    text = {**values.mapping(body.get("text")), "format": text_format(value)}
    return {"text": {name: item for name, item in text.items() if item is not None}}


def _reasoning(body: JsonObject, value: JsonValue) -> JsonObject:
    return {"reasoning": {**values.mapping(body.get("reasoning")), "effort": value}}


def _tools(body: JsonObject, value: JsonValue) -> JsonObject:
    """Tools of a run in place of the assistant's, which read what those read."""
    own = {tool.get("type"): tool for tool in values.mappings(body.get("tools"))}
    return {"tools": [_tool(tool, own) for tool in values.mappings(value)]}


def _tool(tool: JsonObject, own: Mapping[JsonValue, JsonObject]) -> JsonObject:
    match tool.get("type"):
        case "function":
            blank = {"parameters": None, "strict": False}
            return {"type": "function", **blank, **values.mapping(tool.get("function"))}
        case "code_interpreter" as kind:
            return {"container": {"type": "auto"}, **own.get(kind, {}), **tool}
        case kind:
            return {**own.get(kind, {}), **tool}


def _tool_choice(_: JsonObject, value: JsonValue) -> JsonObject:
    match value:
        case {"type": "function", "function": {"name": name}}:
            return {"tool_choice": {"type": "function", "name": name}}
        case _:
            return {"tool_choice": value}


_ABOUT_TOOLS: Final = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
_TRANSLATIONS: Final[Mapping[str, Callable[[JsonObject, JsonValue], JsonObject]]] = {
    "max_completion_tokens": lambda _, value: {"max_output_tokens": value},
    "truncation_strategy": lambda _, value: {"truncation": values.mapping(value).get("type")},
    "additional_instructions": _appended,
    "response_format": _formatted,
    "reasoning_effort": _reasoning,
    "tools": _tools,
    "tool_choice": _tool_choice,
}
