"""JSON values, their one canonical text and the digest of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = (
    bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)
JsonObject: TypeAlias = Mapping[str, JsonValue]

# Made once: json.dumps would make an encoder for every value.
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict
).encode


def canonical_json(value: JsonValue) -> str:
    """The shortest text with sorted keys; ``1.0`` is written ``1``, as JSON sees no difference."""
    text = _encode(value)
    # Nearly no value has such a number, and looking for one in every member takes the most time.
    return _encode(_integral(value)) if ".0" in text or "e+" in text else text


def is_same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values have the same canonical text. Python's ``==`` takes True for 1."""
    return canonical_json(one) == canonical_json(other)


def digest(value: JsonValue) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return text_digest(canonical_json(value))


def text_digest(text: str) -> str:
    """SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _integral(value: JsonValue) -> JsonValue:
    """The value with whole numbers as integers, in plain dicts and lists."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: _integral(item) for key, item in value.items()}
    return [_integral(item) for item in value]
