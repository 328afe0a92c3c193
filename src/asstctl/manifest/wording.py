"""Words for messages: values, types and paths, short and on one line."""

from collections.abc import Mapping

from asstctl.manifest.values import Path, Plain
from asstctl.text.words import shortened


def shown(value: Plain) -> str:
    """A value for a message, short and on one line."""
    match value:
        case str():
            return f'"{shortened(value)}"'
        case bool():
            return "true" if value else "false"
        case None:
            return "empty"
        case _:
            return shortened(str(value))


TYPES: Mapping[str, str] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
"""JSON Schema's types as a person would say them."""


def kind_of(value: Plain) -> str:
    """What a value is, for a message."""
    match value:
        case None:
            return "empty"
        case bool() | int() | float():
            return shown(value)
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case _:
            return "a mapping"


def named(path: Path) -> str:
    """A path for a message: ``metadata.team``, ``files[2]``."""
    if path[:1] == ("overrides",) and len(path) > 2:
        path = path[2:]  # the same name as in the document that it is merged into
    if path[:1] == ("smoke",) and len(path) > 2:
        path = path[2:]  # which case it is, the place says: one entry may make many
    if len(path) > 4:
        path = path[-4 if isinstance(path[-3], int) else -3 :]
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{shortened(step, 40)}"
    return text.lstrip(".") or "the document"
