"""What an account does not show, in the words of every command."""

from dataclasses import replace

import pytest

from asstctl.model.actual import Actual
from asstctl.model.address import Kind
from asstctl.plan.warnings import (
    CUT_LIST,
    FILES_UNKNOWN,
    OF_A_PLAN,
    STORES_UNKNOWN,
    cut_list,
    warnings_of,
)
from support.projects import store
from support.values import account, applied

UNREAD = replace(applied(store("docs")), files=None, files_unread="405 Method Not Allowed")
UNREAD_TOO = replace(applied(store("faq")), files=None, files_unread="405 Method Not Allowed")


@pytest.mark.parametrize(
    ("actual", "codes", "said"),
    [
        pytest.param(account(applied(store("docs"))), [], [], id="nothing hidden"),
        pytest.param(
            account(cut=(Kind.VECTOR_STORE, Kind.ASSISTANT)),
            [CUT_LIST, CUT_LIST],
            ["list of vector stores is cut", "list of assistants is cut"],
            id="two lists are cut",
        ),
        pytest.param(
            account(stores_unread="404 Not Found"),
            [STORES_UNKNOWN],
            ["404 Not Found"],
            id="no stores listed",
        ),
        pytest.param(
            account(UNREAD, UNREAD_TOO),
            [FILES_UNKNOWN],
            ["vector_store.docs", "vector_store.faq", "405 Method Not Allowed"],
            id="files of two stores",
        ),
    ],
)
def test_what_is_not_shown_is_said(actual: Actual, codes: list[str], said: list[str]) -> None:
    warnings = warnings_of(actual)
    text = " ".join(f"{warning.what} {warning.why}" for warning in warnings)

    assert [warning.code for warning in warnings] == codes
    assert all(word in text for word in said)
    assert all(warning.fix for warning in warnings)
    assert set(codes) <= OF_A_PLAN


@pytest.mark.parametrize("kind", [Kind.ASSISTANT, Kind.VECTOR_STORE])
def test_a_cut_list_is_called_so_everywhere(kind: Kind) -> None:
    (warning,) = warnings_of(account(cut=(kind,)))

    assert warning.what == cut_list(kind)
