"""Attribute filters of vector store search."""

from collections.abc import Mapping
from typing import Any

from asstctl.emulator.requests.vectors import Comparison, Compound


def matches(condition: Comparison | Compound | None, attributes: Mapping[str, Any]) -> bool:
    """Tell whether a file's attributes pass a filter; no filter lets everything pass."""
    match condition:
        case None:
            return True
        case Compound(type="and"):
            return all(matches(item, attributes) for item in condition.filters)
        case Compound():
            return any(matches(item, attributes) for item in condition.filters)
        case Comparison():
            return _compare(condition, attributes.get(condition.key))


def _compare(condition: Comparison, found: Any) -> bool:
    """Compare; a missing attribute differs from everything and is in no order."""
    value = condition.value
    match condition.type:
        case "eq":
            return _same(found, value)
        case "ne":
            return not _same(found, value)
        case "in":
            return isinstance(value, list) and any(_same(found, item) for item in value)
        case "nin":
            return not (isinstance(value, list) and any(_same(found, item) for item in value))
    return _ordered(condition.type, found, value)


def _same(found: Any, value: Any) -> bool:
    """Compare without taking ``true`` for 1."""
    return isinstance(found, bool) == isinstance(value, bool) and bool(found == value)


def _ordered(sign: str, found: Any, value: Any) -> bool:
    numbers = all(
        isinstance(item, int | float) and not isinstance(item, bool) for item in (found, value)
    )
    texts = isinstance(found, str) and isinstance(value, str)
    if not (numbers or texts):
        return False
    return bool(
        {"gt": found > value, "gte": found >= value, "lt": found < value, "lte": found <= value}[
            sign
        ]
    )
