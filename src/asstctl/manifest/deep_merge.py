"""Mappings merged field by field (a deep merge), and what such a merge needs to give a result."""

from collections.abc import Collection
from typing import Any

from asstctl.manifest.schema.json_schemas import is_file_reference
from asstctl.manifest.values import Plain


def deep_merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``: mappings are merged, anything else is replaced, null removes.

    A mapping of another ``type`` is another thing: it replaces, as does a reference to a file.
    For example ``{"a": {"x": 1, "y": 2}, "b": [1]}`` with ``{"a": {"y": None}, "b": [2]}`` over it
    gives ``{"a": {"x": 1}, "b": [2]}``. Neither argument is changed.
    """
    result = dict(base)
    for name, value in over.items():
        if value is None:
            result.pop(name, None)
        elif _mergeable(result.get(name), value):
            result[name] = deep_merge(result[name], value)
        else:
            result[name] = value
    return result


def difference(base: dict[str, Any], value: dict[str, Any], *, but: Collection[str] = ()) -> Plain:
    """What has to be laid on ``base`` to get ``value``; fields named in ``but`` are left alone.

    The inverse: ``deep_merge(base, difference(base, value)) == value`` where ``but`` is empty and
    no mapping in ``value`` has a null, which a merge takes for a removal.
    """
    result = dict(value)
    for name, below in base.items():
        if name in but:
            continue
        if name not in value:
            result[name] = None
        elif _mergeable(below, value[name]):
            result[name] = difference(below, value[name])
    return result


def _mergeable(base: Plain, over: Plain) -> bool:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return False
    if is_file_reference(base) or is_file_reference(over):
        return False
    return "type" not in over or over["type"] == base.get("type")
