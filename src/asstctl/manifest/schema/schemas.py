"""The JSON Schemas: found as files, compiled once, asked whether a value is as it should be."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import jsonschema_rs

SUFFIX: Final = ".schema.json"
_BASE = "asstctl:///schemas/"


def _folder() -> Path:
    """In a wheel the schemas are inside the package; in a checkout they are at its top."""
    package = Path(__file__).parents[2]
    packaged = package / "schemas"  # importlib.resources takes longer to import than all else here
    return packaged if packaged.is_dir() else package.parents[1] / "schemas"


def _names() -> tuple[str, ...]:
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(n.removesuffix(SUFFIX) for n in names if n.endswith(SUFFIX)))


SCHEMA_NAMES: tuple[str, ...] = _names()
"""The names that ``schema_text`` knows, sorted."""

OF_MANIFESTS = ("assistant", "environment", "manifest", "prices", "project", "vector-store")
"""The schemas of what a project is written in."""


def file_text(name: str) -> str:
    """The text of a schema's file. Raises KeyError for a name not in ``SCHEMA_NAMES``."""
    if name not in SCHEMA_NAMES:
        raise KeyError(name)
    return (_folder() / f"{name}{SUFFIX}").read_text(encoding="utf-8")


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A schema as it is in its file. Raises KeyError for a name not in ``SCHEMA_NAMES``."""
    value: Mapping[str, Any] = json.loads(file_text(name))
    return value


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(
        [(f"{_BASE}{name}{SUFFIX}", dict(schema(name))) for name in OF_MANIFESTS]
    )


@cache
def validator(name: str, pointer: str = "") -> jsonschema_rs.Validator:
    """The compiled validator of one of the manifests' schemas, or of a part of it."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": schema_address(name, pointer)}, registry=_registry(), offline=True
    )


def schema_address(name: str, pointer: str = "") -> str:
    """The absolute location of a schema, or of a part of it."""
    return f"{_BASE}{name}{SUFFIX}#{pointer}"


def part(location: str) -> Mapping[str, Any]:
    """The subschema that holds the keyword at an absolute ``location``, references followed."""
    address, _, pointer = location.partition("#")
    name = address.removeprefix(_BASE).removesuffix(SUFFIX)
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
