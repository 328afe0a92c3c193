"""JSON values of an answer, read with tolerance: what is of another type is as good as absent.

Nothing here raises, whatever a server sends: numbers without end, digits without end, text that is
no Unicode.
"""

from collections.abc import Mapping
from typing import Final

from asstctl.model.json import JsonObject, JsonValue

_LARGEST: Final = 2.0**53
"""The largest whole number that every JSON reader keeps exact. No count or time is above it."""
_MILLISECONDS: Final = 1e11
"""A time stamp above this is in milliseconds: as seconds it would be the year 5138."""


def mapping(value: JsonValue) -> JsonObject:
    """A JSON object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: JsonValue) -> list[JsonValue]:
    """The members of an array; else none."""
    return value if isinstance(value, list) else []


def mappings(value: JsonValue) -> list[JsonObject]:
    """The objects in an array, without what else it holds."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def texts(value: JsonValue) -> list[str]:
    """The texts in an array, such as ids, without empty ones and what else it holds."""
    return [item for item in items(value) if isinstance(item, str) and item]


def text(value: JsonValue) -> str | None:
    """A text; else None."""
    return value if isinstance(value, str) else None


def number(value: JsonValue) -> float | None:
    """A number that is finite and of a size that is meant; else None. True is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    # NaN is in no order, and an int may be too large to become a float.
    return value if -_LARGEST <= value <= _LARGEST else None


def count(value: JsonValue) -> int:
    """A whole number of things; else 0."""
    return max(0, int(number(value) or 0))


def seconds(value: JsonValue) -> float:
    """A moment in seconds since 1970, whether given in seconds or milliseconds; else 0."""
    given = float(number(value) or 0)
    return given / 1000 if given > _MILLISECONDS else given
