"""An assistant's manifest, checked by its schema already, turned into what should exist."""

from dataclasses import dataclass, field
from typing import Any

from asstctl.manifest import codes
from asstctl.manifest.document import Context, Document
from asstctl.manifest.kinds.common import as_float, join, lifecycle_of, previously_of
from asstctl.manifest.kinds.smoke import smoke_cases
from asstctl.manifest.kinds.vector_store import store_files
from asstctl.manifest.schema.json_schemas import read_schema
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.canonical import ASSISTANT_FIELDS
from asstctl.model.desired import DesiredAssistant, DesiredFile, DesiredStore
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonValue
from asstctl.model.vector_store import VectorStoreSpec

MAX_INSTRUCTIONS = 256_000
MAX_CODE_FILES = 20


@dataclass(slots=True)
class _Tools:
    """What the ``tools`` of an assistant amount to."""

    tools: list[Tool] = field(default_factory=list)
    code_files: dict[str, LocalFile] = field(default_factory=dict)
    vector_store: str | None = None
    own_files: tuple[DesiredFile, ...] | None = None


def assistant_of(
    ctx: Context, document: Document, key: str
) -> tuple[DesiredAssistant, DesiredStore | None]:
    """The assistant, and the store of its own when its file_search names files."""
    value = ctx.value
    tools = _tools_of(ctx, value.get("tools") or [])
    if value.get("model") is None:
        ctx.report(
            codes.MISSING_FIELD,
            (),
            "model",
            detail="An assistant needs a model, here or in the project's `defaults`.",
            fix="Write a line such as `model: gpt-4o`.",
        )
    previously = previously_of(ctx)
    spec = AssistantSpec(
        model=value.get("model") or "",
        name=value.get("name"),
        description=value.get("description"),
        instructions=_instructions_of(ctx, value.get("instructions")),
        tools=tuple(tools.tools),
        vector_store=key if tools.own_files is not None else tools.vector_store,
        temperature=as_float(value.get("temperature")),
        top_p=as_float(value.get("top_p")),
        response_format=_response_format_of(ctx, value.get("response_format")),
        reasoning_effort=value.get("reasoning_effort"),
        metadata=value.get("metadata") or {},
    )
    lifecycle = lifecycle_of(ctx, ASSISTANT_FIELDS)
    assistant = DesiredAssistant(
        key=key,
        spec=spec,
        code_files=tuple(tools.code_files[path] for path in sorted(tools.code_files)),
        lifecycle=lifecycle,
        previously=previously,
        smoke=smoke_cases(ctx, value.get("smoke") or [], _function_names(spec)),
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


def _function_names(spec: AssistantSpec) -> tuple[str, ...]:
    return tuple(tool.name for tool in spec.tools if isinstance(tool, Function))


def _instructions_of(ctx: Context, value: str | dict[str, Any] | None) -> str | None:
    if isinstance(value, str):
        ctx.warn_of_path(value, ("instructions",))
    if not isinstance(value, dict):
        return value
    path: Path = ("instructions", "file")
    render = value.get("render", False)
    source = ctx.text(value["file"], path, render=render)
    if source is None:
        return None
    text = ctx.rendered_text(source) if render else source.text
    if text is None:
        return None
    length = len(text)
    if length > MAX_INSTRUCTIONS:
        detail = f"{source.path} has {length:,} characters; {MAX_INSTRUCTIONS:,} are allowed."
        ctx.report(codes.TOO_LONG, path, "instructions", detail=detail)
    if not text.strip():
        ctx.report(codes.EMPTY_FILE, path, source.path, detail="Instructions need some text.")
    return text


def _response_format_of(ctx: Context, value: JsonValue) -> JsonValue:
    if not isinstance(value, dict) or "json_schema" not in value:
        return value
    form = dict(value["json_schema"])
    if "schema" in form:
        where = ("response_format", "json_schema", "schema")
        strict = form.get("strict") is True
        form["schema"] = read_schema(ctx, form["schema"], where, strict=strict)
    return {**value, "json_schema": form}


# --- tools --------------------------------------------------------------------------------------


def _tools_of(ctx: Context, items: list[dict[str, Any]]) -> _Tools:
    found = _Tools()
    seen: dict[str, int] = {}
    for i, item in indexed(items):
        path: Path = ("tools", i)
        _check_twice(ctx, item, path, seen)
        match item["type"]:
            case "code_interpreter":
                found.tools.append(CodeInterpreter())
                _add_code_files(ctx, item, path, found)
            case "file_search":
                found.tools.append(_file_search(item))
                _add_store(ctx, item, path, found)
            case "function":
                found.tools.append(_function(ctx, item["function"], join(path, "function")))
    return found


def _check_twice(ctx: Context, item: dict[str, Any], path: Path, seen: dict[str, int]) -> None:
    kind = item["type"]
    name = f"function {item['function']['name']}" if kind == "function" else kind
    if name in seen:
        where = join(path, "function", "name") if kind == "function" else join(path, "type")
        detail = f"Tool {seen[name]} of the list is the same; the API takes each once."
        ctx.report(codes.DUPLICATE_TOOL, where, name, detail=detail)
    seen.setdefault(name, int(path[-1]) + 1)


def _add_code_files(ctx: Context, item: dict[str, Any], path: Path, found: _Tools) -> None:
    for i, pattern in indexed(item.get("files") or []):
        for file in ctx.uploads(pattern, join(path, "files", i)):
            found.code_files[file.path] = file
    if len(found.code_files) > MAX_CODE_FILES:
        detail = f"They name {len(found.code_files)} files; {MAX_CODE_FILES} are allowed."
        ctx.report(codes.TOO_MANY, join(path, "files"), "files", detail=detail, at_key=True)


def _file_search(item: dict[str, Any]) -> FileSearch:
    ranking = item.get("ranking_options") or {}
    results = item.get("max_num_results")
    return FileSearch(
        max_num_results=None if results is None else int(results),
        ranker=ranking.get("ranker"),
        score_threshold=as_float(ranking.get("score_threshold")),
    )


def _add_store(ctx: Context, item: dict[str, Any], path: Path, found: _Tools) -> None:
    if "vector_store" in item:
        found.vector_store = item["vector_store"]
        for name in ("files", "chunking_strategy"):
            if name in item:
                detail = "file_search looks through one store: `vector_store` names a shared one, "
                detail += "`files` makes one of the assistant's own."
                where = join(path, name)
                ctx.report(codes.CONFLICTING_FIELDS, where, name, detail=detail, at_key=True)
        return
    if "files" in item:
        found.own_files = store_files(ctx, item, path)
    elif "chunking_strategy" in item:
        detail = "It says how to cut `files`, and there are none here."
        where = join(path, "chunking_strategy")
        ctx.report(codes.CONFLICTING_FIELDS, where, "chunking_strategy", detail=detail, at_key=True)


def _function(ctx: Context, item: dict[str, Any], path: Path) -> Function:
    parameters = item.get("parameters")
    if parameters is not None:
        where = join(path, "parameters")
        strict = item.get("strict") is True
        parameters = read_schema(ctx, parameters, where, of_object=True, strict=strict)
    return Function(
        name=item["name"],
        description=item.get("description"),
        parameters=parameters,
        strict=item.get("strict"),
    )
