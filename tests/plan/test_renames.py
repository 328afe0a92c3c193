"""What an assistant refers to was renamed by an apply that did not come to the assistant."""

from dataclasses import replace
from typing import Any

import pytest

from asstctl.model.actual import ActualAssistant
from asstctl.model.desired import Desired, DesiredResource
from asstctl.plan.action import Action
from asstctl.plan.renames import following_renames
from asstctl.plan.scope import PlanOptions
from plan.planning import plan_of
from support.projects import assistant, environment, project, store
from support.values import account, applied

PRUNE = PlanOptions(prune=True)


def renamed(field: str) -> tuple[DesiredResource, ActualAssistant]:
    """The store or the environment under its new key, and an assistant stamped with the old."""
    make: Any = environment if field == "environment" else store
    new = make("new", previously=("old",))
    wanted: Any = {"environment": "old"} if field == "environment" else {"store": "old"}
    found = applied(assistant("guide", **wanted))
    told: Any = {"environment": "new"} if field == "environment" else {"vector_store": "new"}
    return new, replace(found, spec=replace(found.spec, **told))


@pytest.mark.parametrize("field", ["environment", "vector_store"])
def test_an_assistant_that_goes_or_lets_go_was_not_edited(field: str) -> None:
    new, found = renamed(field)
    there = account(applied(new), found)

    (pruned,) = plan_of(project(new), there, PRUNE).writes
    assert (pruned.action, pruned.drift) == (Action.DELETE, ())
    kept = assistant("guide")
    (updated,) = plan_of(project(new, kept), there).writes
    assert (updated.action, updated.drift) == (Action.UPDATE, ())


@pytest.mark.parametrize("field", ["environment", "vector_store"])
def test_another_key_than_an_earlier_one_is_an_edit(field: str) -> None:
    new, found = renamed(field)
    elsewhere: Desired = project(replace(new, previously=("other",)))

    assert following_renames(found, elsewhere) == found
    assert following_renames(found, project(new)) != found
    (change,) = plan_of(elsewhere, account(applied(new), found), PRUNE).drifted
    assert change.drift
