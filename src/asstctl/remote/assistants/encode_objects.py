"""Model → wire: request bodies that say everything they mean and clear what is no longer meant."""

from typing import Final, assert_never

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
)
from asstctl.model.json import JsonObject, JsonValue

_SCALARS: Final = (
    "name",
    "description",
    "instructions",
    "temperature",
    "top_p",
    "response_format",
    "reasoning_effort",
)
_CLEARED: Final[JsonObject] = {
    # Some servers ignore a null here and keep the old text.
    "name": "",
    "description": "",
    "instructions": "",
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
    "reasoning_effort": None,
}


def assistant_body(spec: AssistantSpec, *, was: AssistantSpec | None = None) -> JsonObject:
    """The body that creates an assistant, or (with ``was``) that updates one.

    Every field that is set is sent, since some servers reset what an update leaves out. A field
    that only ``was`` has is sent as its cleared value; one that is at its default is left alone,
    since some models refuse even the default.
    """
    body: dict[str, JsonValue] = {"model": spec.model}
    for name in _SCALARS:
        value, before, default = getattr(spec, name), getattr(was, name, None), _CLEARED[name]
        if value is not None and not value == before == default:
            body[name] = value
        elif value is None and before not in (None, default):
            body[name] = default
    if spec.tools or was is not None:
        body["tools"] = [_tool(tool) for tool in spec.tools]
    resources = _resources(spec, was)
    if resources:
        body["tool_resources"] = resources
    body["metadata"] = dict(spec.metadata)
    return body


def _resources(spec: AssistantSpec, was: AssistantSpec | None) -> JsonObject:
    """Only what is set or was: some servers refuse resources of a tool that is not there."""
    resources: dict[str, JsonValue] = {}
    if spec.code_files or (was is not None and was.code_files):
        resources["code_interpreter"] = {"file_ids": list(spec.code_files)}
    if spec.vector_store or (was is not None and was.vector_store):
        ids = [spec.vector_store] if spec.vector_store else []
        resources["file_search"] = {"vector_store_ids": ids}
    return resources


def _tool(tool: Tool) -> JsonObject:
    match tool:
        case CodeInterpreter():
            return {"type": "code_interpreter"}
        case FileSearch():
            options = _file_search(tool)
            return {"type": "file_search"} | ({"file_search": options} if options else {})
        case Function(name, description, parameters, strict):
            function: dict[str, JsonValue] = {"name": name}
            if description is not None:
                function["description"] = description
            if parameters is not None:
                function["parameters"] = parameters
            if strict is not None:
                function["strict"] = strict
            return {"type": "function", "function": function}
        case HostedTool(kind, options):
            return {"type": kind, **options}
        case _:
            assert_never(tool)


def _file_search(tool: FileSearch) -> JsonObject:
    options: dict[str, JsonValue] = {}
    if tool.max_num_results is not None:
        options["max_num_results"] = tool.max_num_results
    if tool.ranker is not None or tool.score_threshold is not None:
        # The API requires a threshold as soon as there are ranking options at all.
        ranking: dict[str, JsonValue] = {"score_threshold": tool.score_threshold or 0.0}
        if tool.ranker is not None:
            ranking["ranker"] = tool.ranker
        options["ranking_options"] = ranking
    return options
