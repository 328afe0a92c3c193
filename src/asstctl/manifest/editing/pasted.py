"""A field of a plan as YAML, for whoever has to write it into a manifest."""

from collections.abc import Iterable
from typing import Final

from asstctl.manifest.editing.place import place_of
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.manifest.writing.draft import escaped, plain
from asstctl.manifest.yaml.text import field_lines
from asstctl.model.canonical import CODE_FILES, ENVIRONMENT_FILES, STORE_FILES
from asstctl.model.json import JsonValue

_CONTENTS: Final = frozenset({CODE_FILES, STORE_FILES, ENVIRONMENT_FILES})
"""Fields that tell files by their content, as no manifest does."""


def pasted(field: str, value: JsonValue, tools: Iterable[str]) -> tuple[str, ...]:
    """The lines of a manifest that say it; none for what is unset, or has no name there.

    ``field`` is its dotted path, ``tools`` are the names of those that the account has.
    """
    head, _, rest = field.partition(".")
    if value is None or any(f"{field}.".startswith(f"{name}.") for name in _CONTENTS):
        return ()
    written = escaped(plain(value))
    if head != "tools":
        way = place_of({}, field) or tuple(field.split("."))
        return tuple(field_lines(str(way[0]), _wrapped(written, way[1:]), 0))
    whole = [name for name in tools if f"{rest}.".startswith(f"{name}.")]
    name = max(whole, key=len, default=rest)
    inside = tuple(filter(None, rest.removeprefix(name).split(".")))
    return tuple(field_lines(head, [_tool(name, _wrapped(written, inside))], 0))


def _wrapped(value: Plain, way: Path) -> Plain:
    for step in reversed(way):
        value = {str(step): value}
    return value


def _tool(name: str, options: Plain) -> Fields:
    """A tool as a manifest has it; options that are no mapping are none."""
    kind, _, label = name.partition(".")
    own: Fields = dict(options) if isinstance(options, dict) else {}
    if kind == "function":
        return {"type": kind, "function": {"name": label, **own}}
    own.pop("needs", None)  # secrets, which the account does not tell
    return {"type": kind, **({"server_label": label} if label else {}), **own}
