"""An assistant's manifest, checked by its schema already, turned into what should exist."""

from dataclasses import dataclass, field
from typing import cast

from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.kinds.common import as_float, code_files, join, lifecycle_of
from asstctl.manifest.kinds.smoke import smoke_cases
from asstctl.manifest.kinds.vector_store import store_files
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.json_schemas import read_schema
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.canonical import ASSISTANT_FIELDS
from asstctl.model.desired import DesiredAssistant, DesiredFile, DesiredStore
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import VectorStoreSpec

MAX_INSTRUCTIONS = 256_000


@dataclass(slots=True)
class _Tools:
    """What the ``tools`` of an assistant amount to."""

    tools: list[Tool] = field(default_factory=list)
    code_files: tuple[LocalFile, ...] = ()
    vector_store: str | None = None
    own_files: tuple[DesiredFile, ...] | None = None


def assistant_of(
    variant: Variant, value: types.Assistant, document: Document, key: str
) -> tuple[DesiredAssistant, DesiredStore | None]:
    """The assistant, and the store of its own when its file_search names files.

    ``value`` is what the document is for the target of the ``variant``.
    """
    finder, reporter = variant.finder, variant.reporter
    tools = _tools_of(finder, value.get("tools") or [])
    if value.get("model") is None:
        reporter.report(
            codes.MISSING_FIELD,
            (),
            "model",
            detail="An assistant needs a model, here or in the project's `defaults`.",
            fix="Write a line such as `model: gpt-4o`.",
        )
    previously = tuple(value.get("previously") or ())
    spec = _spec_of(finder, value, tools, key)
    lifecycle = lifecycle_of(reporter, value.get("lifecycle"), ASSISTANT_FIELDS)
    assistant = DesiredAssistant(
        key=key,
        spec=spec,
        code_files=tools.code_files,
        lifecycle=lifecycle,
        previously=previously,
        smoke=smoke_cases(variant, value.get("smoke") or [], _function_names(spec)),
        location=document.location,
    )
    if tools.own_files is None:
        return assistant, None
    store = DesiredStore(
        key=key,
        spec=VectorStoreSpec(name=spec.name or key),
        store_files=tools.own_files,
        lifecycle=type(lifecycle)(protect=lifecycle.protect),
        previously=previously,
        location=document.location,
    )
    return assistant, store


def _spec_of(finder: FileFinder, value: types.Assistant, tools: _Tools, key: str) -> AssistantSpec:
    reasoning, text = value.get("reasoning") or {}, value.get("text") or {}
    return AssistantSpec(
        model=value.get("model") or "",
        name=value.get("name"),
        description=value.get("description"),
        instructions=_instructions_of(finder, value.get("instructions")),
        tools=tuple(tools.tools),
        vector_store=key if tools.own_files is not None else tools.vector_store,
        temperature=as_float(value.get("temperature")),
        top_p=as_float(value.get("top_p")),
        response_format=_response_format_of(finder, value.get("response_format")),
        reasoning_effort=value.get("reasoning_effort") or reasoning.get("effort"),
        reasoning_summary=reasoning.get("summary"),
        verbosity=text.get("verbosity"),
        service_tier=value.get("service_tier"),
        multi_agent=cast(JsonObject | None, value.get("multi_agent")),
        compaction=cast(JsonObject | None, value.get("compaction")),
        experimental=cast(JsonObject | None, value.get("experimental")),
        metadata=value.get("metadata") or {},
    )


def _function_names(spec: AssistantSpec) -> tuple[str, ...]:
    return tuple(tool.name for tool in spec.tools if isinstance(tool, Function))


def _instructions_of(finder: FileFinder, value: str | types.FileReference | None) -> str | None:
    if isinstance(value, str):
        finder.warn_of_path(value, ("instructions",))
    if not isinstance(value, dict):
        return value
    path: Path = ("instructions", "file")
    render = value.get("render", False)
    source = finder.text(value["file"], path, render=render)
    if source is None:
        return None
    text = finder.rendered_text(source) if render else source.text
    if text is None:
        return None
    length = len(text)
    if length > MAX_INSTRUCTIONS:
        detail = f"{source.path} has {length:,} characters; {MAX_INSTRUCTIONS:,} are allowed."
        finder.reporter.report(codes.TOO_LONG, path, "instructions", detail=detail)
    if not text.strip():
        detail = "Instructions need some text."
        finder.reporter.report(codes.EMPTY_FILE, path, source.path, detail=detail)
    return text


def _response_format_of(finder: FileFinder, value: types.ResponseFormat) -> JsonValue:
    form = cast(JsonValue, value)
    if not isinstance(value, dict) or value["type"] != "json_schema":
        return form
    answer = value["json_schema"]
    if "schema" not in answer:
        return form
    where = ("response_format", "json_schema", "schema")
    strict = answer.get("strict") is True
    schema = read_schema(finder, answer["schema"], where, strict=strict)
    json_schema = {**cast(JsonObject, answer), "schema": schema}
    return {"type": "json_schema", "json_schema": json_schema}


# --- tools --------------------------------------------------------------------------------------


def _tools_of(finder: FileFinder, items: list[types.Tool]) -> _Tools:
    found = _Tools()
    seen: dict[str, int] = {}
    for i, item in indexed(items):
        path: Path = ("tools", i)
        _check_twice(finder.reporter, item, path, seen)
        match item["type"]:
            case "code_interpreter":
                found.tools.append(CodeInterpreter())
                where = join(path, "files")
                found.code_files = code_files(finder, item.get("files") or [], where)
            case "file_search":
                found.tools.append(_file_search(item))
                _add_store(finder, item, path, found)
            case "function":
                found.tools.append(_function(finder, item["function"], join(path, "function")))
    return found


def _check_twice(reporter: Reporter, item: types.Tool, path: Path, seen: dict[str, int]) -> None:
    name, where = str(item["type"]), join(path, "type")
    if item["type"] == "function":
        name = f"function {item['function']['name']}"
        where = join(path, "function", "name")
    if name in seen:
        detail = f"Tool {seen[name]} of the list is the same; the API takes each once."
        reporter.report(codes.DUPLICATE_TOOL, where, name, detail=detail)
    seen.setdefault(name, int(path[-1]) + 1)


def _file_search(item: types.FileSearch) -> FileSearch:
    ranking = item.get("ranking_options")
    results = item.get("max_num_results")
    return FileSearch(
        max_num_results=None if results is None else int(results),
        ranker=ranking.get("ranker") if ranking else None,
        score_threshold=as_float(ranking["score_threshold"]) if ranking else None,
    )


def _add_store(finder: FileFinder, item: types.FileSearch, path: Path, found: _Tools) -> None:
    reporter = finder.reporter
    if "vector_store" in item:
        found.vector_store = item["vector_store"]
        for name in ("files", "chunking_strategy"):
            if name in item:
                detail = "file_search looks through one store: `vector_store` names a shared one, "
                detail += "`files` makes one of the assistant's own."
                where = join(path, name)
                reporter.report(codes.CONFLICTING_FIELDS, where, name, detail=detail, at_key=True)
        return
    if "files" in item:
        found.own_files = store_files(finder, item, path)
    elif "chunking_strategy" in item:
        detail = "It says how to cut `files`, and there are none here."
        where = join(path, "chunking_strategy")
        reporter.report(
            codes.CONFLICTING_FIELDS, where, "chunking_strategy", detail=detail, at_key=True
        )


def _function(finder: FileFinder, item: types.FunctionFunction, path: Path) -> Function:
    parameters: JsonObject | None = None
    schema = item.get("parameters")
    if schema is not None:
        where = join(path, "parameters")
        strict = item.get("strict") is True
        parameters = read_schema(finder, schema, where, of_object=True, strict=strict)
    return Function(
        name=item["name"],
        description=item.get("description"),
        parameters=parameters,
        strict=item.get("strict"),
    )
