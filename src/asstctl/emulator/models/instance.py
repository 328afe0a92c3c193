"""Making a value that fits a JSON Schema: the same schema and prompt always give the same one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

_MAX_DEPTH = 12
_QUOTED = re.compile(r"[\"“'‘`]([^\"”'’`]{1,80})[\"”'’`]")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b([A-ZÀ-Þ][\w'’-]+(?:\s+[A-ZÀ-Þ][\w'’-]+)*)")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_FORMATS = {
    "date": "2000-01-01",
    "date-time": "2000-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "email": "nobody@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "hostname": "example.com",
}


class Instances:
    """Fills schemas; words and numbers of ``prompt`` are used up in the order they stand there.

    From "Send 3 mails to 'Ann'" an object that requires a string ``to`` and an integer ``count``
    is ``{"to": "Ann", "count": 3}``. Where the prompt has nothing left there is ``placeholder``,
    and for a number its lower bound or 0.
    """

    def __init__(self, root: Schema, prompt: str = "", placeholder: str = "string") -> None:
        self._root = root
        self._prompt = prompt
        self._placeholder = placeholder
        # "Ask get_weather about Lisbon": names are likelier to be arguments than other words.
        self._words = [*_QUOTED.findall(prompt), *_NAME.findall(prompt)]
        self._numbers = [float(text) for text in _NUMBER.findall(prompt)]

    def build(self) -> Any:
        """Give a value of the root schema."""
        return self._value(self._root, 0)

    def _value(self, schema: object, depth: int) -> Any:
        if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
            return None
        schema = self._resolve(schema)
        for name in ("const", "default", "example"):
            if name in schema:
                return schema[name]
        for name in ("enum", "examples"):
            if isinstance(schema.get(name), Sequence) and schema[name]:
                return self._mentioned(schema[name])
        return self._typed(schema, depth)

    def _resolve(self, schema: Schema) -> Schema:
        """Follow references and take the first way of every choice."""
        for _ in range(_MAX_DEPTH):
            reference = schema.get("$ref")
            if isinstance(reference, str):
                schema = self._lookup(reference)
                continue
            choices = schema.get("anyOf") or schema.get("oneOf")
            if isinstance(choices, Sequence) and choices and isinstance(choices[0], Mapping):
                rest = {k: v for k, v in schema.items() if k not in {"anyOf", "oneOf"}}
                schema = {**rest, **choices[0]}
                continue
            parts = schema.get("allOf")
            if isinstance(parts, Sequence) and parts:
                schema = self._merge(schema, parts)
                continue
            break
        return schema

    def _merge(self, schema: Schema, parts: Sequence[Any]) -> Schema:
        merged = {name: value for name, value in schema.items() if name != "allOf"}
        for part in parts:
            if not isinstance(part, Mapping):
                continue
            for name, value in self._resolve(part).items():
                known = merged.get(name)
                if isinstance(known, dict) and isinstance(value, Mapping):
                    merged[name] = known | dict(value)
                elif isinstance(known, list) and isinstance(value, list):
                    merged[name] = [*known, *value]
                else:
                    merged[name] = value
        return merged

    def _lookup(self, reference: str) -> Schema:
        here: Any = self._root
        for step in reference.removeprefix("#").strip("/").split("/"):
            if step:
                key = step.replace("~1", "/").replace("~0", "~")
                here = here.get(key) if isinstance(here, Mapping) else None
        return here if isinstance(here, Mapping) else {}

    def _mentioned(self, values: Sequence[Any]) -> Any:
        """Prefer a value that the prompt names."""
        for value in values:
            if isinstance(value, str) and re.search(
                rf"(?<!\w){re.escape(value)}(?!\w)", self._prompt, re.IGNORECASE
            ):
                return value
        return values[0]

    def _typed(self, schema: Schema, depth: int) -> Any:
        kind = _kind(schema)
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer" | "number":
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return False
            case "null":
                return None
        return self._string(schema)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or ()
        return {name: self._value(properties.get(name, {}), depth + 1) for name in required}

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        if not schema.get("items"):
            return []
        count = max(1, int(schema.get("minItems") or 0))
        return [self._value(schema["items"], depth + 1) for _ in range(min(count, 100))]

    def _number(self, schema: Schema, *, whole: bool) -> int | float:
        """Use up the prompt's first number that fits, or else the lower bound, or 0."""
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        for index, number in enumerate(self._numbers):
            fits = (low is None or number >= low) and (high is None or number <= high)
            if fits and (number.is_integer() or not whole):
                del self._numbers[index]
                return int(number) if number.is_integer() else number
        edge = _edge(schema, low, high)
        return int(edge) if whole else edge

    def _string(self, schema: Schema) -> str:
        shape = schema.get("format")
        if isinstance(shape, str) and shape in _FORMATS:
            return _FORMATS[shape]
        text = self._words.pop(0) if self._words else self._placeholder
        shortest, longest = schema.get("minLength") or 0, schema.get("maxLength")
        text = text.ljust(min(int(shortest), 10_000), ".")
        return text if longest is None else text[: int(longest)]


def _kind(schema: Schema) -> object:
    """Give the type of a schema: the first that is not null; an object if it has properties."""
    kind = schema.get("type")
    if kind is None and "properties" in schema:
        return "object"
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        return next((item for item in kind if item != "null"), "null")
    return kind


def _edge(schema: Schema, low: float | None, high: float | None) -> float:
    if low is not None:
        return low + 1 if "exclusiveMinimum" in schema else low
    if high is not None:
        return min(0, high - 1 if "exclusiveMaximum" in schema else high)
    return 0
