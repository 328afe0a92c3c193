"""The three-way comparison: what the manifest changed, what somebody else did, what both did."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asstctl.model.canonical import Canonical, field_digest
from asstctl.model.json import JsonValue, canonical_json, digest
from asstctl.model.stamp import UNKNOWN, FieldStamp, Stamp
from asstctl.plan.change import Drift, FieldChange
from asstctl.plan.compare import Comparison, compare, explode
from support.strategies import json_values, names, near_pairs


def stamp(applied: Mapping[str, JsonValue], kept: Mapping[str, JsonValue] | None = None) -> Stamp:
    kept = applied if kept is None else kept
    fields = {
        name: FieldStamp(field_digest(applied.get(name)), field_digest(kept.get(name)))
        for name in {*applied, *kept}
    }
    return Stamp(project="acme", key="guide", fields=fields)


A, B, C = {"name": "A"}, {"name": "B"}, {"name": "C"}
UNSET: Canonical = {}


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "changed", "drifted", "conflict", "restamp"),
    [
        pytest.param(A, A, A, False, False, False, False, id="nothing"),
        pytest.param(A, A, B, True, False, False, False, id="the manifest only"),
        pytest.param(A, B, A, True, True, False, False, id="the account only"),
        pytest.param(A, B, B, False, False, False, True, id="both, to the same"),
        pytest.param(A, B, C, True, True, True, False, id="both, to different values"),
        pytest.param(UNSET, UNSET, A, True, False, False, False, id="set by the manifest"),
        pytest.param(A, A, UNSET, True, False, False, False, id="unset by the manifest"),
        pytest.param(UNSET, A, UNSET, True, True, False, False, id="set in the account"),
        pytest.param(A, UNSET, A, True, True, False, False, id="unset in the account"),
        pytest.param(A, UNSET, UNSET, False, False, False, True, id="unset by both"),
        pytest.param(A, UNSET, B, True, True, True, False, id="unset there, changed here"),
    ],
)
def test_base_theirs_and_ours_decide(
    base: Canonical,
    theirs: Canonical,
    ours: Canonical,
    changed: bool,
    drifted: bool,
    conflict: bool,
    restamp: bool,
) -> None:
    result = compare(ours, theirs, stamp(base))

    before, after = theirs.get("name"), ours.get("name")
    assert result.fields == ((FieldChange("name", before, after),) if changed else ())
    applied = None if conflict else after
    drift = Drift("name", applied, before, after, conflict, field_digest(base.get("name")))
    assert result.drift == ((drift,) if drifted else ())
    assert result.restamp is restamp


@pytest.mark.parametrize(
    ("kept", "theirs", "ours", "changed", "drifted"),
    [
        pytest.param(UNSET, UNSET, A, False, False, id="still not kept"),
        pytest.param(UNSET, UNSET, B, True, False, id="the manifest tries something else"),
        pytest.param(UNSET, UNSET, UNSET, False, False, id="the manifest gives up"),
        pytest.param(B, B, A, False, False, id="kept in another form"),
        pytest.param(B, C, A, True, True, id="edited in the account all the same"),
        pytest.param(UNSET, A, A, False, False, id="kept after all"),
    ],
)
def test_a_field_that_the_server_does_not_keep_is_left_in_peace(
    kept: Canonical, theirs: Canonical, ours: Canonical, changed: bool, drifted: bool
) -> None:
    result = compare(ours, theirs, stamp(A, kept))

    assert bool(result.fields) is changed
    assert bool(result.drift) is drifted


def test_what_the_server_chose_and_nobody_has_seen_is_stamped_and_no_drift() -> None:
    seen = {"name": FieldStamp("", UNKNOWN)}
    unseen = Stamp(project="acme", key="guide", fields=seen)

    for chosen in (A, B, UNSET):
        assert compare(UNSET, chosen, unseen) == Comparison(restamp=True)
    assert compare(A, B, unseen).drift == ()
    assert compare(A, B, unseen).fields == (FieldChange("name", "B", "A"),)


def test_a_stamp_without_fields_blames_nobody() -> None:
    bare = Stamp(project="acme", key="guide", fields=None)

    assert compare(A, A, bare) == Comparison(restamp=True)
    assert compare(A, B, bare) == Comparison((FieldChange("name", "B", "A"),), (), True)


def test_what_is_left_out_is_not_compared() -> None:
    assert compare(A, B, stamp(C), leave_out=("name",)) == Comparison()


@given(st.dictionaries(names, json_values))
def test_what_was_just_applied_is_equal(ours: Canonical) -> None:
    assert compare(ours, ours, stamp(ours)) == Comparison()


@given(*[st.dictionaries(st.sampled_from("abc"), json_values, max_size=3)] * 3)
def test_every_difference_is_told_and_blamed_on_somebody(
    base: Canonical, theirs: Canonical, ours: Canonical
) -> None:
    result = compare(ours, theirs, stamp(base))
    told = {change.path.split(".")[0] for change in result.fields}
    blamed = {drift.path.split(".")[0] for drift in result.drift}

    for name in {*base, *theirs, *ours}:
        o, t, b = (field_digest(side.get(name)) for side in (ours, theirs, base))
        assert (name in told) is (o != t)
        assert (name in blamed) is (o != t and t != b)


def patched(value: JsonValue, changes: list[FieldChange]) -> JsonValue:
    """``value`` with every change made; None takes a member away."""
    result: dict[str, Any] = {"root": value}
    for change in changes:
        *way, last = change.path.split(".")
        place = result
        for step in way:
            place[step] = dict(place[step])
            place = place[step]
        assert digest(place.get(last)) == digest(change.before)
        if change.after is None:
            place.pop(last, None)
        else:
            place[last] = change.after
    return result.get("root")


plain = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), names),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(plain, plain)
def test_the_smallest_differences_lead_from_before_to_after(
    before: JsonValue, after: JsonValue
) -> None:
    assume(digest(before) != digest(after))
    changes = explode("root", before, after)

    assert changes
    assert digest(patched(before, changes)) == digest(after)
    assert len({change.path for change in changes}) == len(changes)


@given(near_pairs())
def test_values_give_a_change_exactly_when_their_canonical_json_differs(
    pair: tuple[JsonValue, JsonValue],
) -> None:
    before, after = pair
    changes = explode("root", before, after)

    assert bool(changes) is (canonical_json(before) != canonical_json(after))
    assert all(canonical_json(one.before) != canonical_json(one.after) for one in changes)


@given(st.sampled_from(["tools", "metadata", "response_format"]), near_pairs())
def test_no_change_and_no_edit_is_too_small(name: str, pair: tuple[JsonValue, JsonValue]) -> None:
    ours, theirs = ({name: {"member": value}} for value in pair)
    edited = compare(ours, theirs, stamp(ours))
    written = compare(theirs, ours, stamp(ours))
    moved = canonical_json(pair[0]) != canonical_json(pair[1])

    assert (bool(edited.fields), bool(edited.drift)) == (moved, moved)
    assert (bool(written.fields), bool(written.drift)) == (moved, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"x": 1}, {"x": True}),
        ({"enum": [0, 1]}, {"enum": [False, True]}),
        ({"x": [[{"y": 0}]]}, {"x": [[{"y": False}]]}),
        ({"x": [""]}, {"x": [None]}),
        ({"x": ["a", "b"]}, {"x": ["b", "a"]}),
        ({"x": [1]}, {"x": [[1]]}),
        ({"x": None}, {}),
        ({"x": False}, {"x": 0}),
        ({"__x": 1}, {"__x": 2}),
        ({"x": 1e-13}, {"x": 2e-13}),
        ({"x": 10**30}, {"x": 10**30 + 1}),
        ({"x": 0.1}, {"x": 0.1000000000000001}),
        ({"": 1}, {"": 2}),
        ({"a'b\"": 1}, {"a'b\"": 2}),
    ],
)
def test_no_difference_is_too_small_to_be_told(before: JsonValue, after: JsonValue) -> None:
    assert len(explode("root", before, after)) == 1


def test_lists_stay_whole() -> None:
    before: JsonValue = {"a": [{"b": 1}, {"c": [2]}], "d": {"e": 1}}
    after: JsonValue = {"a": [{"b": 1}, {"c": [3]}], "d": {"e": 2, "f": 0}}

    assert [change.path for change in explode("root", before, after)] == [
        "root.a",
        "root.d.e",
        "root.d.f",
    ]


def test_a_null_that_is_absent_elsewhere_is_shown_by_what_holds_it() -> None:
    before: JsonValue = {"a": {"b": None, "c": {"d": 1}}, "e": 1}
    after: JsonValue = {"a": {"c": {"d": 2}}, "e": 2}

    assert [change.path for change in explode("root", before, after)] == ["root.a", "root.e"]
