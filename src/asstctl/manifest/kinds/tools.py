"""The ``tools`` of an assistant's manifest, checked by its schema already."""

from dataclasses import dataclass, field
from typing import Final, cast

from asstctl.manifest import codes
from asstctl.manifest.credentials import secret_of
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.kinds.common import as_float, code_files, join
from asstctl.manifest.kinds.vector_store import store_files
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.json_schemas import read_schema
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.spellings import report_second
from asstctl.manifest.values import Fields, Path, at
from asstctl.model.assistant import (
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    need_path,
    tool_name,
)
from asstctl.model.desired import DesiredFile
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject
from asstctl.model.project import Secret
from asstctl.model.sensitive import Sensitive

AUTHORIZATION: Final = "authorization"
"""The option of a tool that holds a secret."""


@dataclass(slots=True)
class Tools:
    """What the ``tools`` of an assistant amount to: one tool for each entry, in their order."""

    tools: list[Tool] = field(default_factory=list)
    code_files: tuple[LocalFile, ...] = ()
    vector_store: str | None = None
    own_files: tuple[DesiredFile, ...] | None = None
    credentials: dict[str, Secret] = field(default_factory=dict)


def function_in(item: types.Function) -> tuple[types.FunctionFunction, Path]:
    """The fields of a function in either spelling, and the way to them."""
    if "function" in item:
        return item["function"], ("function",)
    return cast(types.FunctionFunction, item), ()


def tools_of(finder: FileFinder, items: list[types.Tool]) -> Tools:
    """The tools of one assistant, with what they bring along."""
    found = Tools()
    for i, item in indexed(items):
        path: Path = ("tools", i)
        match item["type"]:
            case "code_interpreter":
                found.tools.append(CodeInterpreter())
                where = join(path, "files")
                found.code_files = code_files(finder, item.get("files") or [], where)
            case "file_search":
                found.tools.append(_file_search(item))
                _add_store(finder, item, path, found)
            case "function":
                found.tools.append(_function(finder, item, path))
            case _:
                found.tools.append(_hosted(finder.reporter, cast(Fields, item), path, found))
    _check_twice(finder.reporter, items, found.tools)
    return found


def _check_twice(reporter: Reporter, items: list[types.Tool], tools: list[Tool]) -> None:
    seen: dict[str, int] = {}
    for (i, item), tool in zip(indexed(items), tools, strict=True):
        name = tool_name(tool)
        where: Path = ("tools", i, "type")
        if item["type"] == "function":
            where = join(("tools", i), *function_in(item)[1], "name")
        elif item["type"] == "mcp":
            where = ("tools", i, "server_label")
        if name in seen:
            detail = f"Tool {seen[name]} of the list is the same; the API takes each once."
            reporter.report(codes.DUPLICATE_TOOL, where, name.replace(".", " ", 1), detail=detail)
        seen.setdefault(name, i + 1)


def _file_search(item: types.FileSearch) -> FileSearch:
    ranking = item.get("ranking_options")
    results = item.get("max_num_results")
    return FileSearch(
        max_num_results=None if results is None else int(results),
        ranker=ranking.get("ranker") if ranking else None,
        score_threshold=as_float(ranking["score_threshold"]) if ranking else None,
        hybrid_search=_hybrid_search(ranking.get("hybrid_search")) if ranking else None,
    )


def _hybrid_search(weights: types.HybridSearch | None) -> JsonObject | None:
    if weights is None:
        return None
    return {
        "embedding_weight": as_float(weights["embedding_weight"]),
        "text_weight": as_float(weights["text_weight"]),
    }


def _add_store(finder: FileFinder, item: types.FileSearch, path: Path, found: Tools) -> None:
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


def _function(finder: FileFinder, item: types.Function, path: Path) -> Function:
    function, within = function_in(item)
    if within:
        flat = (name for name in item if name not in {"type", "function"})
        for name in flat:
            report_second(finder.reporter, join(path, "function"), join(path, name))
    parameters: JsonObject | None = None
    schema = function.get("parameters")
    if schema is not None:
        where = join(path, *within, "parameters")
        strict = function.get("strict") is True
        parameters = read_schema(finder, schema, where, of_object=True, strict=strict)
    return Function(
        name=function["name"],
        description=function.get("description"),
        parameters=parameters,
        strict=function.get("strict"),
        defer_loading=function.get("defer_loading"),
    )


def _hosted(reporter: Reporter, item: Fields, path: Path, found: Tools) -> HostedTool:
    """A tool in the API's own words, apart from the secret that it may need."""
    but = {"type", AUTHORIZATION}
    options = {name: value for name, value in item.items() if name not in but and value is not None}
    reference = at(item, AUTHORIZATION)
    if not isinstance(reference, str):
        return HostedTool(str(item["type"]), options)
    tool = HostedTool(str(item["type"]), options, needs=(AUTHORIZATION,))
    scope = reporter.replacements.scope
    secret = secret_of(reporter, reference, join(path, AUTHORIZATION), scope)
    if secret is not None:
        reporter.replacements.sensitive |= Sensitive(secret.parts)
        found.credentials[need_path(tool, AUTHORIZATION)] = secret
    return tool
