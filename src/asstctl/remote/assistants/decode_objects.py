"""Wire → model: tolerant of everything that servers of this protocol get wrong."""

from collections.abc import Mapping

from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.json import JsonValue
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id, read_metadata
from asstctl.sync.ports import RemoteAssistant


def read_assistant(value: JsonValue) -> RemoteAssistant:
    """An assistant object, as a spec with its id. Raises AccountError without an id.

    Fields of a wrong type are read as absent, and tools of an unknown type are left out.
    """
    body = as_object(value)
    resources = values.mapping(body.get("tool_resources"))
    code_interpreter = values.mapping(resources.get("code_interpreter"))
    file_search = values.mapping(resources.get("file_search"))
    spec = AssistantSpec(
        model=values.text(body.get("model")) or "",
        name=values.text(body.get("name")),
        description=values.text(body.get("description")),
        instructions=values.text(body.get("instructions")),
        tools=tuple(tool for item in values.items(body.get("tools")) for tool in _read_tool(item)),
        code_files=tuple(values.texts(code_interpreter.get("file_ids"))),
        vector_store=next(iter(values.texts(file_search.get("vector_store_ids"))), None),
        temperature=values.number(body.get("temperature")),
        top_p=values.number(body.get("top_p")),
        response_format=_read_format(body.get("response_format")),
        reasoning_effort=values.text(body.get("reasoning_effort")),
        metadata=read_metadata(body.get("metadata")),
    )
    return RemoteAssistant(
        id=read_id(body), spec=spec, created_at=values.seconds(body.get("created_at"))
    )


def _read_format(value: JsonValue) -> JsonValue:
    """A response format is a word or an object; anything else says nothing."""
    return value if isinstance(value, str | Mapping) else None


def _read_tool(value: JsonValue) -> tuple[Tool, ...]:
    """One tool; none for a kind that asstctl does not know, such as a server's own."""
    body = values.mapping(value)
    match body.get("type"):
        case "code_interpreter":
            return (CodeInterpreter(),)
        case "file_search" | "retrieval":
            options = values.mapping(body.get("file_search"))
            ranking = values.mapping(options.get("ranking_options"))
            return (
                FileSearch(
                    max_num_results=values.count(options.get("max_num_results")) or None,
                    ranker=values.text(ranking.get("ranker")),
                    score_threshold=values.number(ranking.get("score_threshold")),
                ),
            )
        case "function":
            function = values.mapping(body.get("function"))
            strict = function.get("strict")
            return (
                Function(
                    name=values.text(function.get("name")) or "",
                    description=values.text(function.get("description")),
                    parameters=values.mapping(function.get("parameters")) or None,
                    strict=strict if isinstance(strict, bool) else None,
                ),
            )
        case _:
            return ()
