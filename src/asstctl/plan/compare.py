"""The three-way comparison of one object's fields: last applied, desired, actual."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from asstctl.model.canonical import Canonical, field_digest
from asstctl.model.json import JsonValue, canonical_json, integral, text_digest
from asstctl.model.stamp import Stamp
from asstctl.plan.change import Drift, FieldChange

_COLLECTIONS: Final = frozenset({"tools", "metadata"})
"""Fields whose members are things of their own: unset means that there are none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs. ``restamp`` when nothing does, but the stamp no longer says so."""

    fields: tuple[FieldChange, ...] = ()
    drift: tuple[Drift, ...] = ()
    restamp: bool = False


def compare(
    ours: Canonical, theirs: Canonical, stamp: Stamp, *, leave_out: Collection[str] = ()
) -> Comparison:
    """Tell changes of the manifest from edits in the account, field by field.

    The last apply is known by digest only: of what was written and of what the server kept. A
    field that neither side changed since then is left in peace, even where the server does not
    hold what was written.
    """
    if _is_settled(ours, theirs, stamp, leave_out):
        return Comparison()
    fields: list[FieldChange] = []
    drift: list[Drift] = []
    restamp = stamp.fields is None
    for name in sorted({*ours, *theirs, *(stamp.fields or {})} - set(leave_out)):
        desired, actual = ours.get(name), theirs.get(name)
        base = stamp.base(name)
        manifest_changed = base is None or field_digest(desired) != base.applied
        account_changed = base is not None and field_digest(actual) != base.kept
        if not manifest_changed and not account_changed:
            continue
        if field_digest(desired) == field_digest(actual):
            restamp = True
            continue
        fields += explode(name, actual, desired)
        if base is not None and account_changed:
            drift += _drift(name, actual, desired, base.applied, conflict=manifest_changed)
    return Comparison(tuple(fields), tuple(drift), restamp)


def _is_settled(
    ours: Canonical, theirs: Canonical, stamp: Stamp, leave_out: Collection[str]
) -> bool:
    """Whether nothing moved at all: the usual case, told by one digest instead of one per field."""
    text = canonical_json(ours)
    if stamp.fields is None or stamp.digest != text_digest(text):
        return False
    if any(field.kept != field.applied for field in stamp.fields.values()):
        return False
    apart = {name: ours[name] for name in leave_out if name in ours}
    rest = {name: theirs[name] for name in theirs if name not in leave_out}
    # As text, since Python takes True for 1; JSON does not.
    return canonical_json(rest | apart) == text


def explode(path: str, before: JsonValue, after: JsonValue) -> list[FieldChange]:
    """The smallest differences between two values, with their dotted paths; lists stay whole.

    Values that differ always give at least one change.
    """
    if path in _COLLECTIONS:
        before, after = before or {}, after or {}
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return [FieldChange(path, before, after)]
    # DeepDiff is slow to import and only needed where something differs deep inside.
    from deepdiff import DeepDiff

    # Its own way of taking 1.0 for 1 also rounds numbers and takes True for 1.
    tree = DeepDiff(
        integral(before),
        integral(after),
        view="tree",
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    places = {_keys(node.path(output_format="list")) for nodes in tree.values() for node in nodes}
    return [
        FieldChange(".".join((path, *keys)), _at(before, keys), _at(after, keys))
        for keys in sorted(places)
    ]


def _keys(steps: Iterable[str | int]) -> tuple[str, ...]:
    """The way from the root to a difference, up to the first list."""
    return tuple(str(step) for step in takewhile(lambda step: isinstance(step, str), steps))


def _at(value: JsonValue, keys: Iterable[str]) -> JsonValue:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _drift(
    path: str, actual: JsonValue, desired: JsonValue, base: str, *, conflict: bool
) -> list[Drift]:
    """One entry per edited place; only an unchanged manifest still says what was applied."""
    return [
        Drift(
            path=change.path,
            applied=None if conflict else change.after,
            actual=change.before,
            desired=change.after,
            conflict=conflict,
            base=base,
        )
        for change in explode(path, actual, desired)
    ]
