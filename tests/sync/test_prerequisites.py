"""What has to be done before a change begins: a store before who refers to it, a delete last."""

from dataclasses import replace

import pytest

from asstctl.model.actual import Actual
from asstctl.model.desired import Desired
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.apply import prerequisites
from support.projects import assistant, changed, project, store
from support.values import NOTHING_READ, account, applied

DOCS, FAQ = store("docs", name="Docs"), store("faq")
GUIDE, CLERK = assistant("guide", store="docs"), assistant("clerk")
ALL_OF_IT = (applied(DOCS), applied(GUIDE))


@pytest.mark.parametrize(
    ("desired", "actual", "needs"),
    [
        pytest.param(
            project(DOCS, FAQ, GUIDE, CLERK),
            account(),
            {
                "create vector_store.docs": [],
                "create vector_store.faq": [],
                "create assistant.clerk": [],
                "create assistant.guide": ["create vector_store.docs"],
            },
            id="a new store and who refers to it",
        ),
        pytest.param(
            project(DOCS, changed(GUIDE, name="New")),
            account(*ALL_OF_IT),
            {"update assistant.guide": []},
            id="a store that does not change",
        ),
        pytest.param(
            project(),
            account(*ALL_OF_IT),
            {
                "delete assistant.guide": [],
                "delete vector_store.docs": ["delete assistant.guide"],
            },
            id="a store goes after who refers to it",
        ),
        pytest.param(
            project(DOCS, GUIDE),
            account(
                replace(applied(GUIDE), store_id="vs-old", store_is_gone=True),
                expired=(replace(applied(DOCS), id="vs-old"),),
            ),
            {
                "create vector_store.docs": [],
                "update assistant.guide": ["create vector_store.docs"],
                "delete vector_store.docs": ["update assistant.guide"],
            },
            id="an expired store goes when its place is taken and who held it has let go",
        ),
    ],
)
def test_what_waits_for_what(desired: Desired, actual: Actual, needs: dict[str, list[str]]) -> None:
    options = PlanOptions(prune=True, destroy=not desired.resources)
    plan = make_plan(desired, NOTHING_READ, actual, target="test", commit=None, options=options)
    names = [f"{change.action} {change.address}" for change in plan.writes]

    told = prerequisites(plan.writes)
    assert {names[index]: [names[need] for need in told[index]] for index in told} == needs
