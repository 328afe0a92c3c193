"""Mappings merged field by field (a deep merge), and what such a merge needs to give a result."""

from collections.abc import Collection

from asstctl.manifest.schema.file_reference import is_file_reference
from asstctl.manifest.values import Fields


def deep_merge(base: Fields, over: Fields) -> Fields:
    """``over`` laid on ``base``: mappings are merged, anything else is replaced, null removes.

    A mapping of another ``type`` is another thing: it replaces, as does a reference to a file.
    For example ``{"a": {"x": 1, "y": 2}, "b": [1]}`` with ``{"a": {"y": None}, "b": [2]}`` over it
    gives ``{"a": {"x": 1}, "b": [2]}``. Neither argument is changed.
    """
    result = dict(base)
    for name, value in over.items():
        below = base.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(below, dict) and isinstance(value, dict) and _is_same_thing(below, value):
            result[name] = deep_merge(below, value)
        else:
            result[name] = value
    return result


def difference(base: Fields, value: Fields, *, but: Collection[str] = ()) -> Fields:
    """What has to be laid on ``base`` to get ``value``; fields named in ``but`` are left alone.

    The inverse: ``deep_merge(base, difference(base, value)) == value`` where ``but`` is empty and
    no mapping in ``value`` has a null, which a merge takes for a removal.
    """
    result = dict(value)
    for name, below in base.items():
        if name in but:
            continue
        item = value.get(name)
        if name not in value:
            result[name] = None
        elif isinstance(below, dict) and isinstance(item, dict) and _is_same_thing(below, item):
            result[name] = difference(below, item)
    return result


def _is_same_thing(base: Fields, over: Fields) -> bool:
    """Whether two mappings describe one thing: of one ``type``, and none the name of a file.

    A ``type`` of null is a field that is removed, as the label of that name in ``metadata`` may be.
    """
    if is_file_reference(base) or is_file_reference(over):
        return False
    return over.get("type") is None or over["type"] == base.get("type")
