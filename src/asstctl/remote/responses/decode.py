"""Wire → model: the request of a bundle's entry, in which anybody may have edited anything.

What is of a wrong type is read as absent, so that the edit shows as drift. A tool with options that
the model has no field for is kept in its own words, for the same reason.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    need_path,
)
from asstctl.model.dialect import RESPONSES
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.sensitive import MASK
from asstctl.model.stamp import without_stamp
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import read_metadata

AUTHORIZATION: Final = "authorization"
"""The option of an ``mcp`` tool that is never written down."""
_NESTED: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"format", "verbosity"}),
    "reasoning": frozenset({"effort", "summary"}),
}
_REQUEST: Final = frozenset(
    {
        "model",
        "instructions",
        "tools",
        "temperature",
        "top_p",
        "service_tier",
        "metadata",
        *_NESTED,
    }
)
_FILE_SEARCH: Final = frozenset({"type", "vector_store_ids", "max_num_results", "ranking_options"})
_RANKING: Final = frozenset({"ranker", "score_threshold", "hybrid_search"})
_CONTAINER: Final = frozenset({"type", "file_ids"})


def read_request(
    request: JsonObject, *, name: str | None = None, needs: Iterable[str] = ()
) -> AssistantSpec:
    """The bound spec of a request, without a stamp. The inverse of ``request_of``.

    ``name`` and ``needs`` are what an entry knows beside its request: the assistant's name, and the
    paths of secrets that the request leaves out (``tools.mcp.crm.authorization``).
    """
    tools = tuple(_tool(body, frozenset(needs)) for body in values.mappings(request.get("tools")))
    text = values.mapping(request.get("text"))
    reasoning = values.mapping(request.get("reasoning"))
    return AssistantSpec(
        model=values.text(request.get("model")) or "",
        name=name,
        instructions=values.text(request.get("instructions")),
        tools=tools,
        code_files=_code_files(request, tools),
        vector_store=_vector_store(request, tools),
        temperature=values.number(request.get("temperature")),
        top_p=values.number(request.get("top_p")),
        response_format=_format(text.get("format")),
        reasoning_effort=values.text(reasoning.get("effort")),
        reasoning_summary=values.text(reasoning.get("summary")),
        verbosity=values.text(text.get("verbosity")),
        service_tier=values.text(request.get("service_tier")),
        metadata=without_stamp(read_metadata(request.get("metadata"))),
        foreign=_foreign(request),
        dialect=RESPONSES,
    )


def _foreign(request: JsonObject) -> JsonObject:
    """What no manifest can have put there: an application would send it all the same."""
    found = {name: value for name, value in request.items() if name not in _REQUEST}
    for name, known in _NESTED.items():
        inside = values.mapping(request.get(name))
        found |= {f"{name}.{key}": inside[key] for key in inside.keys() - known}
    return {name: value for name, value in found.items() if value is not None}


def needs_of(tools: Iterable[Tool]) -> list[str]:
    """The paths of the secrets that somebody has to add to these tools, in order."""
    return sorted(
        need_path(tool, option)
        for tool in tools
        if isinstance(tool, HostedTool)
        for option in tool.needs
    )


def _format(value: JsonValue) -> JsonValue:
    if not isinstance(value, Mapping):
        return None
    if value.get("type") != "json_schema":
        return value
    schema = {name: member for name, member in value.items() if name != "type"}
    return {"type": "json_schema", "json_schema": schema}


def _tool(body: JsonObject, needs: frozenset[str]) -> Tool:
    match body.get("type"):
        case "code_interpreter" if _says_only(body.get("container"), _CONTAINER):
            return CodeInterpreter()
        case "file_search" if _is_plain_search(body):
            ranking = values.mapping(body.get("ranking_options"))
            return FileSearch(
                max_num_results=values.count(body.get("max_num_results")) or None,
                ranker=values.text(ranking.get("ranker")),
                score_threshold=values.number(ranking.get("score_threshold")),
                hybrid_search=values.mapping(ranking.get("hybrid_search")) or None,
            )
        case "function":
            return Function(
                name=values.text(body.get("name")) or "",
                description=values.text(body.get("description")),
                parameters=values.mapping(body.get("parameters")) or None,
                strict=_flag(body.get("strict")),
                defer_loading=_flag(body.get("defer_loading")),
            )
        case kind:
            return _hosted(values.text(kind) or "", body, needs)


def _hosted(kind: str, body: JsonObject, needs: frozenset[str]) -> HostedTool:
    """A tool in its own words; a secret that somebody wrote into it is not repeated."""
    options = {name: value for name, value in body.items() if name != "type" and value is not None}
    if AUTHORIZATION in options:
        options[AUTHORIZATION] = MASK
    tool = HostedTool(kind, options)
    wanted = need_path(tool, AUTHORIZATION) in needs
    return HostedTool(kind, options, (AUTHORIZATION,)) if wanted else tool


def _is_plain_search(body: JsonObject) -> bool:
    """Whether this says nothing that ``FileSearch`` and one vector store cannot say."""
    stores = values.texts(body.get("vector_store_ids"))
    return (
        body.keys() <= _FILE_SEARCH
        and len(stores) <= 1
        and values.mapping(body.get("ranking_options")).keys() <= _RANKING
    )


def _says_only(value: JsonValue, names: frozenset[str]) -> bool:
    return isinstance(value, Mapping) and value.keys() <= names


def _code_files(request: JsonObject, tools: Iterable[Tool]) -> tuple[str, ...]:
    body = _body_of("code_interpreter", request)
    if CodeInterpreter() not in tools:
        return ()
    return tuple(values.texts(values.mapping(body.get("container")).get("file_ids")))


def _vector_store(request: JsonObject, tools: Iterable[Tool]) -> str | None:
    if not any(isinstance(tool, FileSearch) for tool in tools):
        return None
    body = _body_of("file_search", request)
    return next(iter(values.texts(body.get("vector_store_ids"))), None)


def _body_of(kind: str, request: JsonObject) -> JsonObject:
    bodies = values.mappings(request.get("tools"))
    return next((body for body in bodies if body.get("type") == kind), {})


def _flag(value: JsonValue) -> bool | None:
    return value if isinstance(value, bool) else None
