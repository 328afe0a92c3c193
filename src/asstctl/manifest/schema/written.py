"""The schemas as texts for editors and other validators, which see manifests as they are written.

asstctl looks at a document once its references are replaced; who reads the file has them before
his eyes. So what may be a reference there is allowed to be one here: a text that is not free may
hold any, and in a smoke case whatever is made of data may be one whole ``${case.NAME}``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from asstctl.manifest.schema.schemas import (
    SUFFIX,
    file_text,
    resolved,
    schema,
    schema_address,
    validator,
)

REPLACED: Final = ("assistant", "environment", "project", "vector-store")
"""The schemas of documents in which references are replaced."""

_CASE: Final = "smoke_case"
_MADE_OF: Final = frozenset({"cases", "matrix"})
"""What a case is made of: there is no data yet, where it is read."""
_TEXT: Final = "text_with_reference"
_DATA: Final = "reference_to_data"
_REFERENCES: Final[Mapping[str, Mapping[str, str]]] = {
    _TEXT: {
        "description": "A text in which references are replaced: ${var.NAME}, ${env.NAME}, "
        "${target.name}, in a smoke case ${case.NAME} and ${matrix.NAME}.",
        "type": "string",
        "pattern": r"\$\{ *(var|env|target|case|matrix)\.",
    },
    _DATA: {
        "description": "The value that the row has in a column, or the choice of the matrix, as "
        "it is.",
        "type": "string",
        "pattern": r"^\$\{ *(case|matrix)\.[^{}]+\}$",
    },
}
_ANNOTATIONS: Final = frozenset({"title", "description", "default", "examples"})
_OF_VALUES: Final = ("properties", "patternProperties")
_OF_ALL: Final = ("additionalProperties", "items")
_SAME_VALUE: Final = ("anyOf", "oneOf", "allOf")


def schema_text(name: str) -> str:
    """A schema's text, whole: what it uses of other schemas is put into it.

    Raises KeyError for a name that is not in ``SCHEMA_NAMES``.
    """
    used: dict[str, Any] = {}
    value = _inlined(as_written(name), "", used)
    if not used and name not in REPLACED:
        return file_text(name)
    value["$defs"] = {**value.get("$defs", {}), **used}
    return text_of(value)


def text_of(value: Mapping[str, Any]) -> str:
    """A schema as it is printed."""
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n"


@cache
def as_written(name: str) -> Mapping[str, Any]:
    """A schema of what stands in a file, references included.

    Raises KeyError for a name that is not in ``SCHEMA_NAMES``.
    """
    return _Loosened.of(name).whole() if name in REPLACED else schema(name)


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
    other = file.removesuffix(SUFFIX) or home
    if other and "$ref" in node:
        part = pointer.removeprefix("/$defs/")
        name = f"{other.replace('-', '_')}_{part}"
        if name not in used:
            used[name] = {}  # a place is taken before going on: references may go round
            used[name] = _inlined(as_written(other)["$defs"][part], other, used)
        result["$ref"] = f"#/$defs/{name}"
    return result


@dataclass(frozen=True, slots=True)
class _Loosened:
    """Makes a schema that allows references of the ``strict`` one, which is called ``name``.

    ``in_case`` are the definitions that smoke cases use, ``shared`` those of them that the rest of
    a document uses as well. They are there twice, since a case may have more references.
    """

    name: str
    strict: Mapping[str, Any]
    in_case: frozenset[str]
    shared: frozenset[str]

    @classmethod
    def of(cls, name: str) -> "_Loosened":
        """The maker of one schema."""
        strict = schema(name)
        parts: Mapping[str, Any] = strict["$defs"]
        in_case = _reached([{"$ref": f"#/$defs/{_CASE}"}], parts)
        elsewhere = [_top(strict), *(parts[part] for part in parts.keys() - in_case)]
        shared = in_case & _reached(elsewhere, parts, but=_CASE)
        return cls(name, strict, in_case, shared)

    def whole(self) -> dict[str, Any]:
        """The schema."""
        found: dict[str, Any] = {}
        for part, node in self.strict["$defs"].items():
            place = f"/$defs/{part}"
            if part in self.shared or part not in self.in_case:
                found[part] = self._node(node, place, in_case=False)
            if part in self.in_case:
                found[self._name_in_case(part)] = self._node(node, place, in_case=True)
        top = self._node(_top(self.strict), "", in_case=False)
        return {**top, "$defs": {**found, **_REFERENCES}}

    def _name_in_case(self, part: str) -> str:
        return f"{part}_in_case" if part in self.shared else part

    def _node(self, node: Mapping[str, Any], place: str, *, in_case: bool) -> dict[str, Any]:
        """A schema with more allowed inside of what it describes, not in its own place."""
        result = dict(node)
        if in_case and (part := str(node.get("$ref", "")).removeprefix("#/$defs/")) in self.shared:
            result["$ref"] = f"#/$defs/{self._name_in_case(part)}"
        for key in node.keys() & _OF_VALUES:
            result[key] = self._fields(node[key], f"{place}/{key}", in_case=in_case)
        for key in _OF_ALL:
            if isinstance(node.get(key), dict):
                result[key] = self._value(node[key], f"{place}/{key}", in_case=in_case)
        for key in _SAME_VALUE:
            if key in node:
                result[key] = [
                    self._node(item, f"{place}/{key}/{i}", in_case=in_case)
                    for i, item in enumerate(node[key])
                ]
        return result

    def _fields(self, fields: Mapping[str, Any], place: str, *, in_case: bool) -> dict[str, Any]:
        """The schemas of the fields of a mapping, by name."""
        without_data = _MADE_OF if place == f"/$defs/{_CASE}/properties" else ()
        return {
            name: self._value(
                item, f"{place}/{_step(name)}", in_case=in_case and name not in without_data
            )
            if isinstance(item, dict)
            else item
            for name, item in fields.items()
        }

    def _value(self, node: Mapping[str, Any], place: str, *, in_case: bool) -> dict[str, Any]:
        """The schema of a value, which may be a reference."""
        result = self._node(node, place, in_case=in_case)
        allowed = [
            {"$ref": f"#/$defs/{name}"} for name in self._missing(node, place, in_case=in_case)
        ]
        if not allowed:
            return result
        told = {key: item for key, item in result.items() if key in _ANNOTATIONS}
        rest = {key: item for key, item in result.items() if key not in _ANNOTATIONS}
        shapes = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
        return {**told, "anyOf": [*shapes, *allowed]}

    def _missing(self, node: Mapping[str, Any], place: str, *, in_case: bool) -> Iterator[str]:
        """The references that may stand there, and that the strict schema refuses."""
        if "const" in node:
            return  # it tells shapes apart, for editors too
        judge = validator(self.name, place)
        if _takes_text(node, schema_address(self.name, place)) and not judge.is_valid("${env.X}"):
            yield _TEXT
        elif in_case and not judge.is_valid("${case.x}"):
            yield _DATA


def _top(whole: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without its definitions."""
    return {key: item for key, item in whole.items() if key != "$defs"}


def _takes_text(node: Mapping[str, Any], location: str) -> bool:
    """Whether some text is right there."""
    for part in resolved(node, location):
        kinds = part.get("type", ())
        if "string" in ((kinds,) if isinstance(kinds, str) else kinds):
            return True
        if any(isinstance(item, str) for item in part.get("enum", ())):
            return True
        if any(_takes_text(item, location) for item in part.get("anyOf", ())):
            return True
    return False


def _reached(nodes: list[Any], parts: Mapping[str, Any], *, but: str = "") -> frozenset[str]:
    """The definitions that schemas use, also by way of others; not those behind ``but``."""
    found: set[str] = set()
    left = list(nodes)
    while left:
        item = left.pop()
        if isinstance(item, dict):
            part = str(item.get("$ref", "")).removeprefix("#/$defs/")
            if part in parts and part not in found and part != but:
                found.add(part)
                left.append(parts[part])
            left += item.values()
        elif isinstance(item, list):
            left += item
    return frozenset(found)


def _step(name: str) -> str:
    """A name as a step of a JSON pointer inside an address."""
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
