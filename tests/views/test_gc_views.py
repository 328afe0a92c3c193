"""What ``gc`` says of conversations that smoke left behind."""

import pytest
from jsonschema import Draft202012Validator
from view_samples import GARBAGE

from asstctl.manifest.schema.schemas import schema
from asstctl.smoke.leftovers import Leftover
from asstctl.smoke.ports import Place
from asstctl.views.gc.human import render_garbage
from asstctl.views.gc.json import gc_document


@pytest.mark.parametrize("what", ["session", "thread"])
def test_they_are_listed_under_the_account_s_word_for_them(what: str) -> None:
    left = (Leftover(place=Place(what, "x_1"), case="guide · greets", created_at=1),)

    document = gc_document(
        GARBAGE, (), left, what=what, project="shop", target="prod", unowned=False
    )
    shown = render_garbage(GARBAGE, left, project="shop", target="prod", unowned=False)

    Draft202012Validator(schema("gc")).validate(document)
    assert document[f"{what}s"] == [
        {
            "id": "x_1",
            "case": "guide · greets",
            "created_at": 1,
            "busy": False,
            "status": "found",
            "error": None,
        }
    ]
    assert f"1 {what} to delete" in shown


def test_there_is_no_word_of_them_where_an_account_does_not_list_them() -> None:
    document = gc_document(GARBAGE, (), None, project="shop", target="prod", unowned=False)

    Draft202012Validator(schema("gc")).validate(document)
    assert {"sessions", "threads"} & document.keys() == set()
