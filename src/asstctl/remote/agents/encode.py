"""Model → wire for agents: bodies that say everything they mean and clear what is no longer meant.

An update keeps what it leaves out, and an object that it gives replaces the whole field. So its
objects are sent with all of their members, and what is to be no more is sent as null.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    tool_name,
)
from asstctl.model.canonical import Canonical, canonical_assistant
from asstctl.model.dialect import AGENTS
from asstctl.model.json import JsonObject, JsonValue

_HELD_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name",),
    "instructions": ("instructions",),
    "reasoning": ("reasoning_effort", "reasoning.summary"),
    "text": ("response_format", "text.verbosity"),
    "service_tier": ("service_tier",),
    "multi_agent": ("multi_agent",),
    "compaction": ("compaction",),
}
"""The fields of a body that null clears, with the canonical fields that each of them holds."""
_NO_PARAMETERS: Final[JsonObject] = {"type": "object", "properties": {}}


def agent_body(spec: AssistantSpec, *, was: AssistantSpec | None = None) -> JsonObject:
    """The body that creates an agent, or (with ``was``) that updates one.

    An update gives what differs from ``was``, so that an effort which the server chose stays its
    choice. A field that only ``was`` has is sent as null, unless it is at its default there.
    """
    said: JsonObject = {"model": spec.model, "metadata": dict(spec.metadata)}
    return {**said, **(_created(spec) if was is None else _changed(spec, was))}


def _created(spec: AssistantSpec) -> JsonObject:
    """What is set, without a null in the objects: there is nothing to clear."""
    fields = {name: _set(value) for name, value in _fields(spec).items() if value is not None}
    lists = {"tools": _tools(spec), "experimental": spec.experimental}
    return fields | {name: value for name, value in lists.items() if value}


def _changed(spec: AssistantSpec, was: AssistantSpec) -> JsonObject:
    """What is another than it was."""
    before, there = canonical_assistant(replace(was, dialect=AGENTS)), _fields(was)
    changed: dict[str, JsonValue] = {
        name: value
        for name, value in _fields(spec).items()
        if value != there[name]
        and (value is not None or not before.keys().isdisjoint(_HELD_BY[name]))
    }
    if spec.tools != was.tools:
        changed["tools"] = _tools(spec)
    if spec.experimental != was.experimental and (switched := _experimental(spec, before)):
        changed["experimental"] = switched
    return changed


def _fields(spec: AssistantSpec) -> JsonObject:
    """The fields that null clears; None where nothing is set."""
    return {
        "name": spec.name,
        "instructions": spec.instructions,
        "reasoning": _whole(effort=spec.reasoning_effort, summary=spec.reasoning_summary),
        "text": _whole(format=text_format(spec.response_format), verbosity=spec.verbosity),
        "service_tier": spec.service_tier,
        "multi_agent": spec.multi_agent,
        "compaction": spec.compaction,
    }


def _whole(**members: JsonValue) -> JsonObject | None:
    """An object with all of its members, as null where they are not set; None when none is."""
    return members if any(value is not None for value in members.values()) else None


def _set(value: JsonValue) -> JsonValue:
    if not isinstance(value, Mapping):
        return value
    return {name: member for name, member in value.items() if member is not None}


def text_format(response_format: JsonValue) -> JsonValue:
    """``text.format``, which keeps of a JSON Schema neither its name nor whether it is strict."""
    match response_format:
        case {"type": "json_schema", "json_schema": {"schema": schema}}:
            return {"type": "json_schema", "schema": schema}
        case "auto":
            return {"type": "text"}
        case _:
            return response_format


def _experimental(spec: AssistantSpec, before: Canonical) -> JsonObject:
    """The only object that an update merges: what is to be no more is switched off by name."""
    on = before.get("experimental")
    off = dict.fromkeys(on, False) if isinstance(on, Mapping) else {}
    return {**off, **(spec.experimental or {})}


def _tools(spec: AssistantSpec) -> list[JsonObject]:
    return [_tool(tool) for tool in spec.tools]


def _tool(tool: Tool) -> JsonObject:
    match tool:
        case Function(name, description, parameters, _, defer_loading):
            # All three are required: what was left out is said as nothing.
            function: dict[str, JsonValue] = {
                "type": "function",
                "name": name,
                "description": description or "",
                "parameters": parameters or _NO_PARAMETERS,
            }
            return (
                function if defer_loading is None else function | {"defer_loading": defer_loading}
            )
        case HostedTool(kind, options):
            return {"type": kind, **options}
        case CodeInterpreter() | FileSearch():
            raise AssertionError(f"agents have no {tool_name(tool)}: manifests are checked for it")
        case _:
            assert_never(tool)
