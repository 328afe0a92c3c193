"""Model → wire: an assistant as the request that an application sends with every input.

Nothing of Responses remembers an assistant, so the request says everything; what is unset is
absent. Tools stand in the order of their names, as a set has none of its own.
"""

from collections.abc import Mapping
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
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import without_stamp

_OLD_RANKER: Final = "default_2024_08_21"
"""What Assistants calls its ranker; here it is ``auto``."""


def request_of(spec: AssistantSpec) -> JsonObject:
    """The request of a bound spec, without its stamp and without what its tools still need."""
    return _present(
        {
            "model": spec.model,
            "instructions": spec.instructions,
            "tools": [_tool(tool, spec) for tool in sorted(spec.tools, key=tool_name)] or None,
            "temperature": spec.temperature,
            "top_p": spec.top_p,
            "text": _text(spec),
            "reasoning": _present(
                {"effort": spec.reasoning_effort, "summary": spec.reasoning_summary}
            )
            or None,
            "service_tier": spec.service_tier,
            "metadata": without_stamp(spec.metadata) or None,
        }
    )


def _present(fields: JsonObject) -> dict[str, JsonValue]:
    return {name: value for name, value in fields.items() if value is not None}


def _text(spec: AssistantSpec) -> JsonObject | None:
    text = {"format": text_format(spec.response_format), "verbosity": spec.verbosity}
    return _present(text) or None


def text_format(value: JsonValue) -> JsonValue:
    """``text.format`` of a ``response_format``; there is no word for ``auto``."""
    match value:
        case None | "auto":
            return None
        case {"type": "json_schema", "json_schema": Mapping() as schema}:
            return {"type": "json_schema", **schema}
        case _:
            return value


def _tool(tool: Tool, spec: AssistantSpec) -> JsonObject:
    match tool:
        case CodeInterpreter():
            files = list(spec.code_files) or None
            return {
                "type": "code_interpreter",
                "container": _present({"type": "auto", "file_ids": files}),
            }
        case FileSearch():
            ids = [spec.vector_store] if spec.vector_store else []
            return {"type": "file_search", "vector_store_ids": ids, **_file_search(tool)}
        case Function():
            return {"type": "function", **_function(tool)}
        case HostedTool(kind, options):
            return {"type": kind, **options}
        case _:
            assert_never(tool)


def _file_search(tool: FileSearch) -> JsonObject:
    ranker = "auto" if tool.ranker == _OLD_RANKER else tool.ranker
    ranking = _present(
        {
            "ranker": ranker,
            "score_threshold": tool.score_threshold,
            "hybrid_search": tool.hybrid_search,
        }
    )
    return _present({"max_num_results": tool.max_num_results, "ranking_options": ranking or None})


def _function(tool: Function) -> JsonObject:
    """``parameters`` and ``strict`` have to be there, whatever they are."""
    optional = _present({"description": tool.description, "defer_loading": tool.defer_loading})
    return {
        "name": tool.name,
        **optional,
        "parameters": tool.parameters,
        "strict": bool(tool.strict),
    }
