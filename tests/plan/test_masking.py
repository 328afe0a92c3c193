"""What a plan may show: no secret in any field, and no digest by which one could be guessed."""

import pytest

from asstctl.model.canonical import CODE_FILES, STORE_FILES, VECTOR_STORE
from asstctl.model.json import JsonValue
from asstctl.model.sensitive import MASK, NOTHING, Sensitive
from asstctl.plan.change import Drift, FieldChange
from asstctl.plan.compare import Comparison
from asstctl.plan.masking import masked_comparison, masked_drift, masked_fields

SECRET = "sk-0123456789"
HIDING = Sensitive(frozenset({SECRET}))


@pytest.mark.parametrize(
    ("before", "after", "shown_before", "shown_after"),
    [
        pytest.param("a", "b", "a", "b", id="nothing secret"),
        pytest.param(None, SECRET, None, MASK, id="set"),
        pytest.param(SECRET, None, MASK, None, id="unset"),
        pytest.param("yesterday's", SECRET, MASK, MASK, id="what it was before may be one too"),
        pytest.param(SECRET, "b", MASK, "b", id="taken away"),
        pytest.param({"a": SECRET, "b": 1}, {"b": 2}, {"a": MASK, "b": 1}, {"b": 2}, id="inside"),
    ],
)
def test_the_values_of_a_field(
    before: JsonValue, after: JsonValue, shown_before: JsonValue, shown_after: JsonValue
) -> None:
    shown = masked_fields((FieldChange("metadata.key", before, after),), HIDING)

    assert shown == (FieldChange("metadata.key", shown_before, shown_after),)


@pytest.mark.parametrize("path", [CODE_FILES, STORE_FILES, VECTOR_STORE])
def test_keys_and_hashes_are_never_masked(path: str) -> None:
    field = FieldChange(path, [SECRET], [SECRET, "b"])
    edit = Drift(path, SECRET, [SECRET], SECRET, base="0123abcd")

    assert masked_fields((field,), HIDING) == (field,)
    assert masked_drift((edit,), HIDING) == (edit,)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"tools.function.{SECRET}", f"tools.function.{MASK}"),
        (f"tools.function.{SECRET}.description", f"tools.function.{MASK}.description"),
        ("tools.function.weather.strict", "tools.function.weather.strict"),
        ("name", "name"),
    ],
)
def test_the_name_of_a_function_is_part_of_its_path(path: str, shown: str) -> None:
    assert masked_fields((FieldChange(path, None, 1),), HIDING)[0].path == shown
    assert masked_drift((Drift(path, None, 1, 2),), HIDING)[0].path == shown


def test_drift_of_a_secret_shows_neither_side_nor_its_digest() -> None:
    edit = Drift("metadata.key", "earlier", "theirs", SECRET, base="0123abcd")

    assert masked_drift((edit,), HIDING) == (Drift("metadata.key", MASK, MASK, MASK, base=MASK),)


def test_drift_of_anything_else_keeps_its_digest() -> None:
    edit = Drift("name", "a", f"now {SECRET}", "b", base="0123abcd")

    (shown,) = masked_drift((edit,), HIDING)
    assert shown == Drift("name", "a", f"now {MASK}", "b", base="0123abcd")


def test_a_comparison_is_masked_as_a_whole_and_stays_as_it_is_without_secrets() -> None:
    fields = (FieldChange("name", "a", SECRET),)
    drift = (Drift("name", "a", "b", SECRET, base="0123abcd"),)
    comparison = Comparison(fields, drift, restamp=True)

    assert masked_comparison(comparison, HIDING) == Comparison(
        masked_fields(fields, HIDING), masked_drift(drift, HIDING), restamp=True
    )
    assert masked_comparison(comparison, NOTHING) == comparison
