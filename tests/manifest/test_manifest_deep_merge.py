"""Mappings merged field by field, and what a merge needs to give a result."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.manifest.deep_merge import deep_merge, difference
from asstctl.manifest.values import Fields
from support.examples import tries

scalars = st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"])
values = st.recursive(
    scalars | st.lists(scalars, max_size=2),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "file", "type"]), inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3)


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": 1}}, {"a": {"x": None}}, {"a": {}}),
        ({"a": 1}, {"a": None, "b": None}, {}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"type": "x", "b": 1}}, {"a": {"type": "y"}}, {"a": {"type": "y"}}),
        ({"a": {"type": "x", "b": 1}}, {"a": {"c": 2}}, {"a": {"type": "x", "b": 1, "c": 2}}),
        ({"a": {"type": "x", "b": 1}}, {"a": {"type": None}}, {"a": {"b": 1}}),
        ({"a": {"file": "p.md"}}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": {"file": "p.md"}}, {"a": {"file": "p.md"}}),
    ],
)
def test_what_lies_above_wins(base: Fields, over: Fields, result: Fields) -> None:
    assert deep_merge(base, over) == result


@tries(0.5)
@given(mappings, mappings)
def test_neither_side_changes(base: Fields, over: Fields) -> None:
    before = deepcopy((base, over))

    deep_merge(base, over)

    assert (base, over) == before


@tries(0.5)
@given(mappings, mappings)
def test_a_difference_laid_on_gives_the_value(base: Fields, value: Fields) -> None:
    assert deep_merge(base, difference(base, value)) == value


def test_fields_that_are_left_alone_stay() -> None:
    assert difference({"a": 1, "b": 2}, {"c": 3}, but=["a"]) == {"b": None, "c": 3}
