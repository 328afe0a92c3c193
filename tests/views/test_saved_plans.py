"""A plan that was saved is shown as it was, without the account and without the manifests."""

import json
from dataclasses import replace

import jsonschema
import pytest
from view_samples import DESIRED, PLAN, tainted

from asstctl.manifest.schema.schemas import schema
from asstctl.model.address import Address
from asstctl.model.sensitive import Sensitive
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.saved.document import from_document, to_document
from asstctl.plan.saved.saved_plan import Binding, SavedPlan
from asstctl.plan.saved.seal import open_seal, sealed
from asstctl.plan.scope import PlanOptions
from asstctl.views.plan.human import render_plan
from asstctl.views.plan.json import plan_document
from asstctl.views.plan.markdown import render_markdown
from asstctl.views.terminal import Screen

STORE = DESIRED.stores[0]
WITH_A_STORE = replace(
    PLAN,
    changes=(
        Change(address=STORE.address, action=Action.CREATE, desired=STORE),
        *PLAN.changes,
    ),
)
BINDING = Binding(manifests={"assistant.guide": "a"}, files={"a.md": "b"}, objects={})
OPTIONS = PlanOptions(
    prune=True,
    overwrite_drift=True,
    only=("assistant.*",),
    within=frozenset({Address.parse("assistant.guide")}),
)


def through_a_file(plan: Plan, options: PlanOptions = OPTIONS) -> SavedPlan:
    saved = SavedPlan(plan=plan, options=options, binding=BINDING)
    return from_document(open_seal(json.loads(json.dumps(sealed(to_document(saved))))))


@pytest.mark.parametrize("plan", [PLAN, WITH_A_STORE])
def test_the_document_fits_its_schema(plan: Plan) -> None:
    saved = SavedPlan(plan=plan, options=OPTIONS, binding=BINDING)
    jsonschema.validate(json.loads(json.dumps(sealed(to_document(saved)))), schema("saved-plan"))


@pytest.mark.parametrize("plan", [PLAN, WITH_A_STORE, tainted(WITH_A_STORE, "\u202e<b>`|")])
def test_every_view_shows_it_as_it_was(plan: Plan) -> None:
    read = through_a_file(plan).plan

    assert render_plan(read, Screen(color=True)) == render_plan(plan, Screen(color=True))
    assert render_markdown(read, max_bytes=60_000) == render_markdown(plan, max_bytes=60_000)
    assert json.dumps(plan_document(read)) == json.dumps(plan_document(plan))
    assert (read.is_empty, read.destroys != ()) == (plan.is_empty, plan.destroys != ())
    assert read.managed == plan.managed


@pytest.mark.parametrize("options", [PlanOptions(), OPTIONS])
def test_options_and_binding_come_back(options: PlanOptions) -> None:
    read = through_a_file(PLAN, options)

    assert read.options == options
    assert read.binding == BINDING


def test_names_that_are_sensitive_are_not_saved() -> None:
    spec = replace(DESIRED.assistants[0].spec, name="the name is hunter2-hunter2")
    change = Change(
        address=DESIRED.assistants[0].address,
        action=Action.CREATE,
        desired=replace(DESIRED.assistants[0], spec=spec),
    )
    secrets = Sensitive(frozenset({"hunter2-hunter2"}))
    plan = replace(PLAN, changes=(change,), sensitive=secrets)
    saved = SavedPlan(plan=plan, options=OPTIONS, binding=BINDING)

    assert "hunter2" not in json.dumps(to_document(saved))
    assert "the name is ***" in json.dumps(to_document(saved))
