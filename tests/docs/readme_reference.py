"""The manifest reference, made from the schemas: one table for each kind of thing.

Which API has a field is said by the dialects.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from readme_blocks import ROOT

from asstctl.manifest.spellings import names_of
from asstctl.model.dialect import DIALECTS, Dialect, Support

Schema = Mapping[str, Any]
Cell = Callable[[str], str]

_APART: Final = {
    "project.schema.json#/$defs/target": "`{api: …}`, below",
    "vector-store.schema.json#/$defs/chunking_strategy": "`auto` or mapping, below",
    "assistant.schema.json#/$defs/attachments": "list of `{path, tools}`",
    "assistant.schema.json#/$defs/function_name": "function name",
    "project.schema.json#/$defs/secret": "one whole `${env.NAME}`",
    "project.schema.json#/$defs/header": "text with `${env.NAME}`",
    "assistant.schema.json#/$defs/tool": "`{type: …}`, below",
    "assistant.schema.json#/$defs/smoke_case": "mapping, below",
    "assistant.schema.json#/$defs/expect": "mapping, below",
    "assistant.schema.json#/$defs/override": "mapping of fields",
    "vector-store.schema.json#/$defs/override": "mapping of fields",
    "assistant.schema.json#/$defs/path": "path or glob",
    "assistant.schema.json#/$defs/file_reference": "`{file: PATH}`",
    "assistant.schema.json#/$defs/json_schema": "JSON Schema",
    "assistant.schema.json#/$defs/call": "function name, `{name, arguments}`",
    "assistant.schema.json#/$defs/tool_filter": "`{tool_names, read_only}`",
}
"""What has a table or a word of its own, and is not taken apart where it is used."""
_WORDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true`, `false`",
    "object": "mapping",
    "array": "list",
}


_MANY: Final = 4
"""Fields that are too many to be named in a cell; they are listed below it anyway."""


@dataclass(frozen=True, slots=True)
class Node:
    """A schema and the document that its references start from."""

    schema: Schema
    file: str
    name: str = ""

    def at(self, schema: Schema) -> "Node":
        """A part of this schema, or what it refers to."""
        reference = schema.get("$ref")
        if reference is None:
            return Node(schema, self.file)
        file, _, path = reference.partition("#/")
        file = file or self.file
        found: Any = _document(file)
        for step in path.split("/"):
            found = found[step]
        here = {key: value for key, value in schema.items() if key != "$ref"}
        return Node({**found, **here}, file, f"{file}#/{path}")


@dataclass(slots=True)
class Row:
    """One line of a table. Variants of one field share it."""

    field: str
    types: list[str]
    default: str
    meaning: str
    apis: str = ""
    """The APIs that have it; empty for what is asstctl's own."""

    def add(self, other: "Row") -> None:
        """Another variant of the same field."""
        self.types += [word for word in other.types if word not in self.types]


def reference(name: str, cell: Cell) -> str:
    """The table called ``name``, as Markdown. ``cell`` makes text fit for a table."""
    rows = TABLES[name]()
    with_apis = any(row.apis for row in rows)
    header = ["field", "value", "default", *(["on"] if with_apis else []), "meaning"]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    for row in rows:
        types = " or ".join(row.types).replace("|", "\\|")
        cells = [f"`{row.field}`", types, row.default, *([row.apis] if with_apis else [])]
        lines.append(f"| {' | '.join(cells)} | {cell(row.meaning)} |")
    return "\n".join(lines) + "\n"


@cache
def _document(file: str) -> Any:
    return json.loads((ROOT / "schemas" / file).read_text(encoding="utf-8"))


def _node(file: str, name: str) -> Node:
    return Node({}, f"{file}.schema.json").at({"$ref": f"#/$defs/{name}"})


def _settings(file: str) -> list[Row]:
    return _rows(_node(file, "settings"), "", required=("kind",))


def _assistant() -> list[Row]:
    rows = _settings("assistant")
    for row in rows:
        row.apis = _on(_has_field, row.field)
    return rows


def _environment() -> list[Row]:
    """What a document says beside the fields that an assistant's own environment has too."""
    inside = {row.field.partition(".")[2] for row in _settings("assistant")} - {"key"}
    return [row for row in _settings("environment") if row.field not in inside]


def _on(has: Callable[[Dialect, str], bool], name: str) -> str:
    """The APIs that have something, in words."""
    having = [str(api) for api, dialect in DIALECTS.items() if has(dialect, name)]
    return "all" if len(having) == len(DIALECTS) else ", ".join(having)


def _has_field(dialect: Dialect, field: str) -> bool:
    for name in names_of(field.partition("[")[0]):
        top, _, below = name.partition(".json_schema.")
        if below and top == "response_format":
            return below.partition(".")[0] in dialect.json_schema.names
        steps = name.split(".")
        paths = (".".join(steps[:end]) for end in range(1, len(steps) + 1))
        if any(dialect.support(path) is Support.KEPT for path in paths):
            return True
    return field == "text"


def _tools() -> list[Row]:
    kinds = tuple(
        part["$ref"].rpartition("/")[2] for part in _node("assistant", "tool").schema["anyOf"]
    )
    rows = _variants("assistant", kinds, "type")
    kind = ""
    for row in rows:
        if row.field.startswith("type: "):
            kind = row.field.removeprefix("type: ")
            row.apis = _on(lambda dialect, name: name in dialect.tools, kind)
        else:
            path = row.field.removeprefix("… ").replace("[]", "").removeprefix("function.")
            row.apis = _on(partial(_has_option, kind), path)
    return rows


def _has_option(kind: str, dialect: Dialect, path: str) -> bool:
    options = dialect.tools.get(kind)
    if options is None:
        return False
    some_value = next(iter(options.values.get(path, ())), None)
    return path == "function" or options.support(path, some_value) is Support.KEPT


def _project() -> list[Row]:
    return _rows(Node(_document("project.schema.json"), "project.schema.json"), "")


def _variants(file: str, names: tuple[str, ...], tag: str) -> list[Row]:
    """Mappings that a field tells apart, each under a line of its own."""
    found: list[Row] = []
    for name in names:
        node = _node(file, name)
        value = node.schema["properties"][tag]["const"]
        found.append(Row(f"{tag}: {value}", [], "", str(node.schema["description"])))
        found += [row for row in _rows(node, "… ") if row.field != f"… {tag}"]
    return found


def _chunking() -> list[Row]:
    return list(_below_all(_node("vector-store", "chunking_strategy"), ""))


def _smoke() -> list[Row]:
    rows = _rows(_node("assistant", "smoke_case"), "")
    attached = _node("assistant", "attachments")
    below = _rows(attached.at(attached.schema["items"]), "attachments[].")
    after = 1 + next(i for i, row in enumerate(rows) if row.field == "attachments")
    for row in rows:
        run, _, option = row.field.partition("run.")
        if not run and option:
            row.apis = _on(_has_run_option, option.partition(".")[0])
    return [*rows[:after], *below, *rows[after:]]


def _has_run_option(dialect: Dialect, option: str) -> bool:
    return any(name.partition(".")[0] == option for name in dialect.run_options)


def _expect() -> list[Row]:
    rows = _rows(_node("assistant", "expect"), "")
    for row in rows:
        cites = row.field == "cites"
        row.apis = _on(lambda dialect, _: dialect.has_citations, "") if cites else "all"
    return [row for row in rows if not row.field.startswith("not_")]


def _rows(node: Node, prefix: str, required: tuple[str, ...] = ()) -> list[Row]:
    """A row for each field of a mapping, with those below it."""
    needed = (*node.schema.get("required", ()), *required)
    found: dict[str, Row] = {}
    for name, part in node.schema.get("properties", {}).items():
        child = node.at(part)
        if "not" in child.schema:
            continue
        for row in _field(child, f"{prefix}{name}", needed=name in needed):
            if row.field in found:
                found[row.field].add(row)
            else:
                found[row.field] = row
    return list(found.values())


def _field(node: Node, path: str, *, needed: bool) -> Iterator[Row]:
    default = _written(node.schema["default"]) if "default" in node.schema else ""
    cell = f"`{default}`" if default else "*required*" if needed else ""
    meaning = str(node.schema.get("description", ""))
    for inner in _alternatives(node):
        meaning = meaning.replace(_limits(inner.schema) or "\0", "")
    yield Row(path, _types(node), cell, meaning)
    if node.name not in _APART:
        yield from _below_all(node, f"{path}.")


def _below_all(node: Node, prefix: str) -> Iterator[Row]:
    """The rows below a field of several shapes; required is what each of them needs."""
    shapes = [list(_below(inner, prefix)) for inner in _alternatives(node, whole=True)]
    shapes = [rows for rows in shapes if rows]
    shared = set.intersection(*({row.field for row in rows} for rows in shapes)) if shapes else {}
    found: dict[str, Row] = {}
    for row in (row for rows in shapes for row in rows):
        if row.field in found:
            found[row.field].add(row)
            continue
        top = "." not in row.field.removeprefix(prefix)
        if top and row.field not in shared and row.default == "*required*":
            row.default = ""
        found[row.field] = row
    yield from found.values()


def _below(node: Node, prefix: str) -> Iterator[Row]:
    """The rows of what lies below one shape of a field."""
    schema, path = node.schema, prefix.removesuffix(".")
    if "properties" in schema and node.name not in _APART:
        yield from _rows(node, prefix)
    elif isinstance(entry := schema.get("additionalProperties"), Mapping):
        yield from _entries(node.at(entry), f"{path}.NAME.")
    elif "items" in schema:
        yield from _entries(node.at(schema["items"]), f"{path}[].")


def _entries(node: Node, prefix: str) -> Iterator[Row]:
    if node.name not in _APART:
        yield from _below_all(node, prefix)


def _alternatives(node: Node, *, whole: bool = False) -> list[Node]:
    """The shapes that a value can have; null, which is a field left out, is none.

    ``whole`` takes apart even what has a word of its own.
    """
    schema = node.schema
    shapes = schema.get("anyOf", ())
    apart = node.name in _APART and not whole
    if apart or not all({"type", "$ref", "enum", "const"} & {*s} for s in shapes):
        shapes = ()
    return [node.at(s) for s in shapes if s != {"type": "null"}] if shapes else [node]


def _types(node: Node) -> list[str]:
    found: list[str] = []
    for inner in _alternatives(node):
        words = _type(inner) if inner is node else " or ".join(_types(inner))
        if words and words not in found:
            found.append(words)
    return found


def _type(node: Node) -> str:
    if node.name in _APART:
        return _APART[node.name]
    schema = node.schema
    if "const" in schema:
        return f"`{_written(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{_written(value)}`" for value in schema["enum"] if value is not None)
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    if not kinds:
        return "anything"
    if kinds == ["array"]:
        return _list(node)
    if kinds == ["object"]:
        return _mapping(schema)
    words = ", ".join(_WORDS[kind] for kind in kinds)
    return f"{words}{_limits(schema)}"


def _list(node: Node) -> str:
    schema = node.schema
    entry = node.at(schema["items"])
    words = " or ".join(_types(entry))
    most = f" (at most {schema['maxItems']})" if "maxItems" in schema else ""
    least = " (1 or more)" if schema.get("minItems") else ""
    return f"list of {words}{most or least}"


def _mapping(schema: Schema) -> str:
    if fields := schema.get("properties"):
        needed = [name for name in fields if name in schema.get("required", ())]
        shown = needed or list(fields)
        if len(shown) > _MANY:
            return "mapping"
        more = ["…"] if len(shown) < len(fields) else []
        return f"`{{{', '.join([*shown, *more])}}}`"
    most = f", at most {schema['maxProperties']}" if "maxProperties" in schema else ""
    return f"mapping{most}"


def _limits(schema: Schema) -> str:
    if "maxLength" in schema:
        return f", at most {schema['maxLength']:,} characters"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    above = "above " if "exclusiveMinimum" in schema else ""
    match low, high:
        case None, None:
            return ""
        case _, None:
            return f", {above}{low}" if above else f", {low} or more"
        case _:
            return f", {above}{low} to {high}"


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


TABLES: Final[Mapping[str, Callable[[], list[Row]]]] = {
    "project": _project,
    "targets": lambda: _variants(
        "project",
        ("local_target", "assistants_target", "responses_target", "agents_target"),
        "api",
    ),
    "assistant": _assistant,
    "tools": _tools,
    "store": lambda: _settings("vector-store"),
    "environment": _environment,
    "chunking": _chunking,
    "smoke": _smoke,
    "expect": _expect,
}
