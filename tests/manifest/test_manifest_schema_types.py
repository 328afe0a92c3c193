"""The types of validated documents, held against the schemas that they are made from."""

from pathlib import Path

from schema_types import TARGET, generated

PROJECT = Path(__file__).parents[2]


def test_the_types_are_those_of_the_schemas() -> None:
    advice = "run `python tests/manifest/schema_types.py`"
    assert (PROJECT / TARGET).read_text(encoding="utf-8") == generated(PROJECT), advice
