"""What documents are made of, and the way to a place in one."""

from typing import TypeAlias

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can say."""

Fields: TypeAlias = dict[str, Plain]
"""A mapping as it was read: nothing is known of its fields yet."""

Path: TypeAlias = tuple[str | int, ...]
"""The way from a document's top to a value: field names and list positions."""


def at(value: Plain, *path: str | int) -> Plain:
    """What stands in ``value`` at the end of a path; None when nothing does."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
