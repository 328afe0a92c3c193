"""What `strict: true` asks of a schema beyond being a schema.

The API takes a part of JSON Schema there and refuses the rest when the assistant is written: each
object closes itself with `additionalProperties: false`, and each of its properties is required.
https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

from collections.abc import Iterator

from asstctl.manifest.values import Fields, Path, Plain
from asstctl.text.words import shortened

_NAMED_SCHEMAS = ("properties", "$defs", "definitions")
_LISTED_SCHEMAS = ("anyOf", "allOf", "oneOf", "prefixItems")


def looseness(schema: Plain, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Each place where a schema leaves more open than `strict: true` allows, and what is open."""
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        yield from _open_ends(schema, properties if isinstance(properties, dict) else {}, path)
    for name in _NAMED_SCHEMAS:
        children = schema.get(name)
        if isinstance(children, dict):
            for key, child in children.items():
                yield from looseness(child, (*path, name, key))
    for name in _LISTED_SCHEMAS:
        choices = schema.get(name)
        if isinstance(choices, list):
            for i, child in enumerate(choices):
                yield from looseness(child, (*path, name, i))
    yield from looseness(schema.get("items"), (*path, "items"))


def _open_ends(schema: Fields, properties: Fields, path: Path) -> Iterator[tuple[Path, str]]:
    if schema.get("additionalProperties") is not False:
        where = (*path, "additionalProperties") if "additionalProperties" in schema else path
        yield where, "Under `strict` each object says `additionalProperties: false`."
    required = schema.get("required")
    named = set(map(str, required)) if isinstance(required, list) else set()
    optional = [shortened(name) for name in properties if name not in named]
    if optional:
        where = (*path, "required") if "required" in schema else path
        yield (
            where,
            f"Under `strict` every property is required, and {', '.join(optional)} is not in "
            "`required`. One that may be missing has `null` among its types.",
        )
