"""The fields of documents as the schemas have them: what each holds, its default, its meaning."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from asstctl.manifest.schema.schemas import schema as schema_of

Schema = Mapping[str, Any]

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
    "assistant.schema.json#/$defs/call": "function name, `{name, arguments, times}`",
    "assistant.schema.json#/$defs/one_call": "function name, `{name, arguments}`",
    "assistant.schema.json#/$defs/graded": "text, `{rubric, …}`",
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


def node_of(file: str, name: str) -> Node:
    """A definition of a schema."""
    return Node({}, f"{file}.schema.json").at({"$ref": f"#/$defs/{name}"})


def root_of(file: str) -> Node:
    """A schema as a whole."""
    return Node(_document(f"{file}.schema.json"), f"{file}.schema.json")


def _document(file: str) -> Any:
    return schema_of(file.removesuffix(".schema.json"))


def rows_of(node: Node, prefix: str, required: tuple[str, ...] = ()) -> list[Row]:
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
        yield from rows_below(node, f"{path}.")


def rows_below(node: Node, prefix: str) -> Iterator[Row]:
    """The rows below a field of several shapes; required is what each of them needs."""
    below = (list(_below(inner, prefix)) for inner in _alternatives(node, whole=True))
    shapes = list(filter(None, below))
    shared = set.intersection(*({row.field for row in rows} for rows in shapes)) if shapes else {}
    found: dict[str, Row] = {}
    for row in chain.from_iterable(shapes):
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
        yield from rows_of(node, prefix)
    elif isinstance(entry := schema.get("additionalProperties"), Mapping):
        yield from _entries(node.at(entry), f"{path}.NAME.")
    elif "items" in schema:
        yield from _entries(node.at(schema["items"]), f"{path}[].")


def _entries(node: Node, prefix: str) -> Iterator[Row]:
    if node.name not in _APART:
        yield from rows_below(node, prefix)


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
    if "const" in schema or "enum" in schema:
        return _options(schema.get("enum") or [schema["const"]])
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


def _options(values: Sequence[object]) -> str:
    return ", ".join(f"`{_written(value)}`" for value in values if value is not None)


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
