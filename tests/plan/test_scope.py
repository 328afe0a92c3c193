"""Which resources a plan is about: ``--only``, what belongs to a file that changed, their needs."""

import pytest

from asstctl.errors import UsageError
from asstctl.model.address import Address
from asstctl.model.desired import DesiredResource
from asstctl.plan.scope import PlanOptions, references, selected
from support.projects import assistant, project, store
from support.values import account, applied

DESIRED = project(store("docs"), store("faq"), assistant("guide", store="docs"), assistant("clerk"))
ACTUAL = account(applied(assistant("guide")), applied(assistant("old")))
ALL = "assistant.clerk assistant.guide assistant.old vector_store.docs vector_store.faq"


def addresses(text: str) -> frozenset[Address]:
    return frozenset(map(Address.parse, text.split()))


@pytest.mark.parametrize(
    ("only", "within", "scope"),
    [
        pytest.param((), None, ALL, id="everything, in the manifests or in the account"),
        pytest.param(("assistant.clerk",), None, "assistant.clerk", id="one"),
        pytest.param(("assistant.old",), None, "assistant.old", id="one that no manifest has"),
        pytest.param(
            ("assistant.guide",), None, "assistant.guide vector_store.docs", id="with its store"
        ),
        pytest.param(("vector_store.docs",), None, "vector_store.docs", id="not what needs it"),
        pytest.param(
            ("*.guide", "*.faq"),
            None,
            "assistant.guide vector_store.docs vector_store.faq",
            id="globs",
        ),
        pytest.param((), "assistant.clerk", "assistant.clerk", id="within"),
        pytest.param((), "assistant.guide", "assistant.guide vector_store.docs", id="its needs"),
        pytest.param((), "assistant.elsewhere", "", id="within what does not exist"),
        pytest.param((), "", "", id="within nothing"),
        pytest.param(
            ("assistant.*",), "assistant.clerk vector_store.faq", "assistant.clerk", id="both"
        ),
        pytest.param(("assistant.clerk",), "vector_store.faq", "", id="nothing is in both"),
    ],
)
def test_what_is_in_scope(only: tuple[str, ...], within: str | None, scope: str) -> None:
    options = PlanOptions(only=only, within=None if within is None else addresses(within))

    assert selected(DESIRED, ACTUAL, options) == addresses(scope)


@pytest.mark.parametrize("pattern", ["assistant.nobody", "vector_store.g*", "guide", ""])
def test_a_pattern_that_matches_nothing_is_a_slip(pattern: str) -> None:
    with pytest.raises(UsageError, match="matches nothing"):
        selected(DESIRED, ACTUAL, PlanOptions(only=("assistant.guide", pattern)))


@pytest.mark.parametrize(
    ("resource", "needs"),
    [
        (None, ""),
        (store("docs"), ""),
        (assistant("clerk"), ""),
        (assistant("guide", store="docs"), "vector_store.docs"),
    ],
)
def test_only_a_store_can_be_needed(resource: DesiredResource | None, needs: str) -> None:
    assert frozenset(references(resource)) == addresses(needs)
