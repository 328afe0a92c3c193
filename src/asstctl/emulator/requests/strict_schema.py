"""What ``strict`` asks of a JSON Schema: every object closed, every property required."""

from collections.abc import Iterator, Mapping
from typing import Any


def problem(schema: Mapping[str, Any]) -> str | None:
    """Tell the first thing that keeps a schema from being a strict one, None when nothing does."""
    return next(_problems(schema, ()), None)


def _problems(schema: Any, at: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, Mapping):
        yield from _open(schema, properties or {}, at)
    for key in ("properties", "$defs", "definitions"):
        inner = schema.get(key)
        if isinstance(inner, Mapping):
            for name, part in inner.items():
                yield from _problems(part, (*at, key, str(name)))
    yield from _problems(schema.get("items"), (*at, "items"))
    choices = schema.get("anyOf")
    for index, part in enumerate(choices if isinstance(choices, list) else ()):
        yield from _problems(part, (*at, "anyOf", str(index)))


def _open(schema: Mapping[str, Any], properties: Mapping[str, Any], at: object) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield f"In context={at}, 'additionalProperties' is required to be supplied and to be false."
    required = schema.get("required")
    missing = [name for name in properties if name not in (required or ())]
    if missing:
        yield (
            f"In context={at}, 'required' is required to be supplied and to be an array including "
            f"every key in properties. Missing '{missing[0]}'."
        )
