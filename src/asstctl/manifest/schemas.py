"""The JSON Schemas: found as files, compiled once, asked whether a value is as it should be."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jsonschema_rs

_SUFFIX = ".schema.json"
_BASE = "asstctl:///schemas/"


def _folder() -> Traversable:
    """In a wheel the schemas are inside the package; in a checkout they are at its top."""
    packaged = resources.files("asstctl") / "schemas"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[3] / "schemas"


def _names() -> tuple[str, ...]:
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(n.removesuffix(_SUFFIX) for n in names if n.endswith(_SUFFIX)))


SCHEMA_NAMES: tuple[str, ...] = _names()
"""The names that ``schema_text`` knows, sorted."""

_OF_MANIFESTS = ("assistant", "project", "vector-store")


def schema_text(name: str) -> str:
    """The text of a schema. Raises KeyError for a name that is not in ``SCHEMA_NAMES``."""
    if name not in SCHEMA_NAMES:
        raise KeyError(name)
    return (_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A schema as a value."""
    value: Mapping[str, Any] = json.loads(schema_text(name))
    return value


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(
        [(f"{_BASE}{name}{_SUFFIX}", dict(schema(name))) for name in _OF_MANIFESTS]
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
    """A subschema, then what its ``$ref`` leads to, and so on."""
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
    from urllib.parse import unquote

    parts = pointer.split("/")[1:]
    return [unquote(step).replace("~1", "/").replace("~0", "~") for step in parts]
