"""The tools of an assistant as a target's API has them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

from asstctl.manifest.kinds.projection.judge import Judge
from asstctl.manifest.kinds.tools import function_in
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.model.assistant import (
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
    Tool,
    tool_name,
)
from asstctl.model.dialect import DIALECTS, Options, Support
from asstctl.model.json import is_same
from asstctl.text.words import listed


def projected_tools(
    judge: Judge, value: types.Assistant, tools: Iterable[Tool]
) -> tuple[Tool, ...]:
    """What the target can have of the ``tools`` made of a document; the rest is reported."""
    kept: list[Tool] = []
    items = indexed(value.get("tools") or [])
    for (i, item), tool in zip(items, tools, strict=True):
        options = judge.dialect.tools.get(item["type"])
        if options is not None:
            kept.append(_projected(judge, options, item, tool, ("tools", i)))
        else:
            _report_missing(judge, cast(Fields, value), cast(Fields, item), ("tools", i))
    return tuple(kept)


def _report_missing(judge: Judge, value: Fields, item: Fields, path: Path) -> None:
    """A kind of tool that the API does not have; perhaps a field does its work there."""
    kind = str(item["type"])
    field = judge.dialect.replaced.get(kind)
    if field is None:
        judge.impossible(kind, path, f"There is no {kind} in {judge.api}.")
    elif not value.get(field):
        detail = f"In {judge.api} that is the work of `{field}`, and there is none."
        judge.impossible(kind, path, detail)
    elif item.get("files"):
        detail = f"In {judge.api} files are those of `{field}`."
        judge.impossible(f"files of {kind}", (*path, "files"), detail)


def _projected(judge: Judge, options: Options, item: types.Tool, tool: Tool, path: Path) -> Tool:
    """One tool without what is lost of it."""
    fields, within = cast(Fields, item), path
    if item["type"] == "function":
        function, way = function_in(item)
        fields, within = cast(Fields, function), (*path, *way)
    what = _words(tool)
    lost: set[str] = set()
    told = False
    for option, found in _members(fields, options):
        support = options.support(option, found)
        if support is Support.KEPT:
            continue
        lost.add(option)
        if _is_default(item["type"], option, found):
            continue
        told = told or support is Support.IMPOSSIBLE
        report = judge.lost if support is Support.LOST else judge.impossible
        detail = f"{item['type']} has no such {option} in {judge.api}."
        report(f"{option} of {what}", (*within, *option.split(".")), detail)
    for group in judge.missing(options, fields, within) if not told else ():
        names = [f"`{name}`" for name in group]
        detail = f"It needs {listed(names, 'or')} in {judge.api}."
        judge.impossible(f"{what} without {group[0]}", path, detail, fix=judge.addition(path))
    return _without(tool, lost)


def _words(tool: Tool) -> str:
    return tool_name(tool).replace(".", " ", 1)


def _members(fields: Fields, options: Options) -> Iterator[tuple[str, Plain]]:
    """Every option that says something, by its path; only the APIs' own are looked into."""
    inside = options.lost | options.lacks | options.values.keys()
    for name, value in fields.items():
        if name in {"type", "function"} or value in (None, "", {}, []):
            continue
        yield name, value
        for path in sorted(inside):
            holder, _, member = path.partition(".")
            if holder == name and isinstance(value, dict) and member in value:
                yield path, value[member]


def _is_default(kind: str, option: str, value: Plain) -> bool:
    """Whether an option says what an API does without it that has it."""
    knowing = (dialect.tools[kind] for dialect in DIALECTS.values() if kind in dialect.tools)
    defaults = (default for known in knowing for default in known.defaults.get(option, ()))
    return any(is_same(value, default) for default in defaults)


def _without(tool: Tool, lost: set[str]) -> Tool:
    attributes: dict[str, Any] = {path.rpartition(".")[2]: None for path in lost}
    match tool:
        case HostedTool():
            kept = {name: item for name, item in tool.options.items() if name not in lost}
            return replace(tool, options=kept)
        case FileSearch() | Function():
            return replace(tool, **attributes)
        case CodeInterpreter():
            return tool
