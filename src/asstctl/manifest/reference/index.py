"""Every field under its path from the kind of its document: ``assistant.tools.file_search``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from asstctl.manifest.reference.rows import Row
from asstctl.manifest.reference.tables import TABLES

_PLACES: Final = {
    "assistant": "assistant",
    "tools": "assistant.tools",
    "smoke": "assistant.smoke",
    "expect": "assistant.smoke.expect",
    "store": "vector_store",
    "environment": "environment",
    "chunking": "vector_store.chunking_strategy",
    "project": "project",
    "prices": "prices",
    "targets": "project.targets",
}
"""Where the fields of each table belong."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the manual has it, or one of several shapes of a value.

    ``path`` leaves out list entries and names of one's own. ``apis`` is empty for what is
    asstctl's own, and ``all`` for what every API has.
    """

    path: str
    types: tuple[str, ...]
    default: str
    meaning: str
    apis: str


@cache
def fields() -> tuple[Field, ...]:
    """Every field, in the order of the manual. Of one that stands twice, the first is meant."""
    found: dict[str, Field] = {}
    for table, place in _PLACES.items():
        for path, row in _with_paths(TABLES[table](), place):
            if path not in found:
                types = tuple(row.types)
                found[path] = Field(path, types, row.default, row.meaning, row.apis)
    return tuple(found.values())


def _with_paths(rows: list[Row], place: str) -> Iterator[tuple[str, Row]]:
    """Rows below one that tells shapes apart belong to that shape."""
    shape = place
    for row in rows:
        tag, is_shape, value = row.field.partition(": ")
        if is_shape and tag in {"type", "api"}:
            shape = f"{place}.{value}"
            yield shape, row
        else:
            own = row.field.startswith("… ")
            yield f"{shape if own else place}.{_plain(row.field.removeprefix('… '))}", row


def _plain(field: str) -> str:
    steps = field.replace("[]", "").split(".")
    return ".".join(step for step in steps if step != "NAME")
