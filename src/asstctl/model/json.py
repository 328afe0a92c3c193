"""JSON values, their one canonical text and the digest of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = (
    bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)
JsonObject: TypeAlias = Mapping[str, JsonValue]


def canonical_json(value: JsonValue) -> str:
    """The shortest text with sorted keys; ``1.0`` is written ``1``, as JSON sees no difference."""
    return json.dumps(
        integral(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict
    )


def digest(value: JsonValue) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def integral(value: JsonValue) -> JsonValue:
    """The value with whole numbers as integers, in plain dicts and lists."""
    match value:
        case bool() | str() | int() | None:
            return value
        case float():
            return int(value) if value.is_integer() else value
        case Mapping():
            return {key: integral(item) for key, item in value.items()}
        case _:
            return [integral(item) for item in value]
