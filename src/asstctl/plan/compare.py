"""The three-way comparison of one object's fields: last applied, desired, actual."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from asstctl.model.canonical import Canonical, field_digest
from asstctl.model.json import JsonObject, JsonValue, canonical_json, is_same, text_digest
from asstctl.model.stamp import UNKNOWN, Stamp
from asstctl.plan.change import Drift, FieldChange

_COLLECTIONS: Final = frozenset({"tools", "metadata"})
"""Fields that are collections of named members: unset means that there are none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs. ``restamp`` when nothing does, but the stamp no longer says so.

    ``confided`` when what never reads back may differ, too.
    """

    fields: tuple[FieldChange, ...] = ()
    drift: tuple[Drift, ...] = ()
    restamp: bool = False
    confided: bool = False


def compare(
    desired: Canonical, actual: Canonical, stamp: Stamp, *, leave_out: Collection[str] = ()
) -> Comparison:
    """Tell changes of the manifest from edits in the account, field by field.

    Three digests per field are compared. The stamp has two of the last apply: of what was written
    (``applied``) and of what the server then held (``kept``). The manifest changed when its value
    is not ``applied``; the account was edited when its value is not ``kept``. Examples, of a field
    that was written as 1:

    ==================  ========  =======  ==========================================
    applied, kept       manifest  account  what it means
    ==================  ========  =======  ==========================================
    1, 1                1         1        nothing to do
    1, 1                2         1        a change: write 2
    1, 1                1         3        drift: edited there; to be put back
    1, 1                2         3        drift and a change: a conflict
    1, 1                2         2        both agree again: only the stamp is old
    1, null             1         null     the server lost it then: not planned again
    1, null             2         null     a change: write 2, it may keep that
    null, unknown       null      3        the server chose 3, and no apply has seen it: stamp it
    no stamp of fields  1         3        a change: which side changed is unknown
    ==================  ========  =======  ==========================================

    Both are canonical; fields in ``leave_out`` are compared by other means. ``restamp`` says that
    some field is as desired and its stamp is not.
    """
    if _is_unchanged(desired, actual, stamp, leave_out):
        return Comparison()
    fields: list[FieldChange] = []
    drift: list[Drift] = []
    restamp = stamp.fields is None
    for name in sorted({*desired, *actual, *(stamp.fields or {})} - set(leave_out)):
        before, after = actual.get(name), desired.get(name)
        base = stamp.base(name)
        manifest_changed = base is None or field_digest(after) != base.applied
        account_changed = base is not None and not base.holds(field_digest(before))
        if not manifest_changed and not account_changed:
            restamp |= base is not None and base.kept == UNKNOWN
            continue
        if is_same(before, after):
            restamp = True
            continue
        fields += explode(name, before, after)
        if base is not None and account_changed:
            drift += _drift(name, before, after, base.applied, conflict=manifest_changed)
    return Comparison(tuple(fields), tuple(drift), restamp)


def _is_unchanged(
    desired: Canonical, actual: Canonical, stamp: Stamp, leave_out: Collection[str]
) -> bool:
    """Whether nothing changed at all: the usual case, found by one digest instead of one per field.

    The manifest is as applied when its digest is the stamp's. The account is as the manifest says
    when both have the same canonical text. Neither says anything where the server kept other
    values than were written, so then every field is looked at. What is in ``leave_out`` is taken
    from the manifest on both sides, since it counts into the stamp's digest.
    """
    text = canonical_json(desired)
    if stamp.fields is None or stamp.digest != text_digest(text):
        return False
    if any(field.kept != field.applied for field in stamp.fields.values()):
        return False
    apart = {name: desired[name] for name in leave_out if name in desired}
    rest = {name: actual[name] for name in actual if name not in leave_out}
    # As text, since Python takes True for 1; JSON does not.
    return canonical_json(rest | apart) == text


def compare_read(
    desired: Canonical, actual: Canonical, *, leave_out: Collection[str], is_drift: bool
) -> Comparison:
    """Every difference, where no stamp tells field by field what was applied.

    ``is_drift`` says that the manifest is as it was applied, so that others made the difference.
    """
    fields: list[FieldChange] = []
    drift: list[Drift] = []
    for name in sorted({*desired, *actual} - set(leave_out)):
        before, after = actual.get(name), desired.get(name)
        fields += explode(name, before, after)
        if is_drift:
            drift += _drift(name, before, after, field_digest(after), conflict=False)
    return Comparison(tuple(fields), tuple(drift))


def explode(path: str, before: JsonValue, after: JsonValue) -> list[FieldChange]:
    """The smallest differences between two values, with their dotted paths; lists stay whole.

    Empty exactly when both have the same canonical JSON: nothing else decides what is equal. So
    ``[0]`` differs from ``[False]``, and ``1`` does not differ from ``1.0``.
    """
    if path in _COLLECTIONS:
        before, after = before or {}, after or {}
    if is_same(before, after):
        return []
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return [FieldChange(path, before, after)]
    # Without a smaller difference the whole value is the change.
    places = {_visible(before, after, keys) for keys in _places(before, after)} or {()}
    return [
        FieldChange(".".join((path, *keys)), _at(before, keys), _at(after, keys))
        for keys in sorted(places)
        if not any(keys[:length] in places for length in range(len(keys)))
    ]


def _places(before: JsonObject, after: JsonObject) -> set[tuple[str, ...]]:
    """The keys that lead from two mappings to each of their smallest differences."""
    if not before or not after:
        return {(name,) for name in (*before, *after)}
    # DeepDiff is slow to import, and needed only where something differs deep inside.
    from deepdiff import DeepDiff

    tree = DeepDiff(
        _as_texts(before),
        _as_texts(after),
        view="tree",
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    return {tuple(node.path(output_format="list")) for nodes in tree.values() for node in nodes}


def _visible(before: JsonObject, after: JsonObject, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The place itself, or what holds it where a null on one side is absent on the other."""
    return keys[:-1] if is_same(_at(before, keys), _at(after, keys)) else keys


def _as_texts(value: JsonValue) -> object:
    """Nested mappings with their leaves and lists as canonical JSON.

    DeepDiff takes False for 0 inside lists and rounds numbers; texts leave it nothing to decide.
    """
    if isinstance(value, Mapping):
        return {name: _as_texts(item) for name, item in value.items()}
    return canonical_json(value)


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
