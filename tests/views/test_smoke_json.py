import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from smoke_samples import COMPARISON, EMPTY, EVERYTHING, NOTHING_PROVEN
from syrupy.assertion import SnapshotAssertion

from asstctl.smoke.result import SmokeResult
from asstctl.views.smoke.json import smoke_document

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "smoke.schema.json").read_text("utf-8")
)


def test_document(snapshot: SnapshotAssertion) -> None:
    assert json.dumps(smoke_document(EVERYTHING), indent=1, ensure_ascii=True) == snapshot


def test_comparison(snapshot: SnapshotAssertion) -> None:
    document = smoke_document(EMPTY, COMPARISON)["baseline"]
    assert json.dumps(document, indent=1, ensure_ascii=True) == snapshot


@pytest.mark.parametrize("result", [EVERYTHING, NOTHING_PROVEN, EMPTY])
def test_the_schema_accepts_it(result: SmokeResult) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(smoke_document(result, COMPARISON))
