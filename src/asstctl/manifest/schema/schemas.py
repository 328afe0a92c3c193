"""The JSON Schemas: found as files, compiled once, asked whether a value is as it should be."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

_SUFFIX = ".schema.json"
_BASE = "asstctl:///schemas/"


def _folder() -> Traversable:
    """In a wheel the schemas are inside the package; in a checkout they are at its top."""
    packaged = resources.files("asstctl") / "schemas"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[4] / "schemas"


def _names() -> tuple[str, ...]:
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(n.removesuffix(_SUFFIX) for n in names if n.endswith(_SUFFIX)))


SCHEMA_NAMES: tuple[str, ...] = _names()
"""The names that ``schema_text`` knows, sorted."""

OF_MANIFESTS = ("assistant", "environment", "manifest", "prices", "project", "vector-store")
"""The schemas of what a project is written in."""


def schema_text(name: str) -> str:
    """A schema's text, whole: what it uses of other schemas is put into it.

    Raises KeyError for a name that is not in ``SCHEMA_NAMES``.
    """
    text = _file_text(name)
    used: dict[str, Any] = {}
    value = _inlined(json.loads(text), "", used)
    if not used:
        return text
    value["$defs"] = {**value.get("$defs", {}), **used}
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n"


def _inlined(node: Any, home: str, used: dict[str, Any]) -> Any:
    """``node`` with references into other files turned to ``used``, where they are collected.

    ``home`` is the schema that the node comes from; empty, when that is the one being printed.
    """
    if isinstance(node, list):
        return [_inlined(item, home, used) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _inlined(item, home, used) for key, item in node.items()}
    file, _, pointer = str(node.get("$ref", "")).partition("#")
    other = file.removesuffix(_SUFFIX) or home
    if other and "$ref" in node:
        part = pointer.removeprefix("/$defs/")
        name = f"{other.replace('-', '_')}_{part}"
        if name not in used:
            used[name] = {}  # a place is taken before going on: references may go round
            used[name] = _inlined(schema(other)["$defs"][part], other, used)
        result["$ref"] = f"#/$defs/{name}"
    return result


def _file_text(name: str) -> str:
    if name not in SCHEMA_NAMES:
        raise KeyError(name)
    return (_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A schema as it is in its file. Raises KeyError for a name not in ``SCHEMA_NAMES``."""
    value: Mapping[str, Any] = json.loads(_file_text(name))
    return value


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(
        [(f"{_BASE}{name}{_SUFFIX}", dict(schema(name))) for name in OF_MANIFESTS]
    )


@cache
def validator(name: str, pointer: str = "") -> jsonschema_rs.Validator:
    """The compiled validator of one of the manifests' schemas, or of a part of it."""
    reference = f"{_BASE}{name}{_SUFFIX}#{pointer}"
    return jsonschema_rs.Draft202012Validator(
        {"$ref": reference}, registry=_registry(), offline=True
    )


def part(location: str) -> Mapping[str, Any]:
    """The subschema that holds the keyword at an absolute ``location``, references followed."""
    address, _, pointer = location.partition("#")
    name = address.removeprefix(_BASE).removesuffix(_SUFFIX)
    node: Any = schema(name)
    for step in _steps(pointer)[:-1]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node if isinstance(node, Mapping) else {}


def resolved(node: Mapping[str, Any], location: str) -> Iterator[Mapping[str, Any]]:
    """A subschema, then what its ``$ref`` leads to, and so on; ``location`` is where it stands."""
    while True:
        yield node
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return
        file, _, pointer = reference.partition("#")
        base = f"{_BASE}{file}" if file else location.partition("#")[0]
        location = f"{base}#{pointer}"
        node = part(f"{location}/-")


def _steps(pointer: str) -> list[str]:
    parts = pointer.split("/")[1:]
    return [unquote(step).replace("~1", "/").replace("~0", "~") for step in parts]
