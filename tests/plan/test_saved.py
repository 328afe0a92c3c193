"""A saved plan is carried out once, and only where nothing that it rests on has moved."""

import json
from dataclasses import replace
from typing import Any

import pytest

from asstctl.errors import RefusedError
from asstctl.model.actual import Actual
from asstctl.model.address import Address
from asstctl.model.desired import Contents, Desired
from asstctl.model.json import JsonObject
from asstctl.plan.saved.document import from_document, to_document
from asstctl.plan.saved.errors import AppliedPlanError, PlanFileError, StalePlanError
from asstctl.plan.saved.saved_plan import Binding, SavedPlan
from asstctl.plan.saved.seal import open_seal, sealed
from asstctl.plan.saved.stale import raise_if_elsewhere, raise_if_stale
from asstctl.plan.scope import PlanOptions
from plan.planning import AS_IS, OVERWRITE, PRUNE, plan_of
from support.projects import assistant, changed, environment, project, store
from support.values import account, applied, contents, edited, files_of

READ = contents({"docs/a.md": "Lisbon", "docs/b.md": "Porto"})
READ_ANEW = contents({"docs/a.md": "Lisbon", "docs/b.md": "Faro"})
DOCS = store("docs", files_of(READ))
GUIDE, CLERK = assistant("guide", name="Guide"), assistant("clerk")
NEW_GUIDE = changed(GUIDE, name="Leader")
SANDBOX = environment("sandbox", files_of(READ), name="Box", env={"TOKEN": "x"})
AGENT = assistant("agent", environment="sandbox")
BEFORE = account(applied(DOCS, READ), applied(GUIDE), applied(CLERK))
DESIRED = project(DOCS, NEW_GUIDE, CLERK)


def save(
    desired: Desired, actual: Actual, options: PlanOptions = AS_IS, read: Contents = READ
) -> JsonObject:
    plan = plan_of(desired, actual, options, read)
    saved = SavedPlan(plan=plan, options=options, binding=Binding.of(plan, read, actual))
    return sealed(to_document(saved))


def check(document: JsonObject, desired: Desired, actual: Actual, read: Contents = READ) -> None:
    """Compute the plan once more, as apply does, and refuse if it is another one."""
    saved = from_document(open_seal(json.loads(json.dumps(document))))
    raise_if_stale(saved, plan_of(desired, actual, saved.options, read), read, actual)


@pytest.mark.parametrize(
    ("desired", "actual", "options"),
    [
        pytest.param(DESIRED, BEFORE, AS_IS, id="an update"),
        pytest.param(project(DOCS, GUIDE), account(), AS_IS, id="creates"),
        pytest.param(project(SANDBOX, AGENT), account(), AS_IS, id="an environment"),
        pytest.param(
            project(SANDBOX), account(applied(SANDBOX, READ), applied(AGENT)), PRUNE, id="no agent"
        ),
        pytest.param(project(DOCS), BEFORE, PRUNE, id="deletes"),
        pytest.param(project(), account(), AS_IS, id="nothing"),
        pytest.param(
            project(assistant("leader", previously=("guide",))), BEFORE, AS_IS, id="a move"
        ),
        pytest.param(
            project(DOCS, GUIDE),
            account(applied(DOCS, READ), edited(applied(GUIDE), name="Theirs")),
            OVERWRITE,
            id="drift overwritten",
        ),
    ],
)
def test_a_plan_is_fresh_where_nothing_moved(
    desired: Desired, actual: Actual, options: PlanOptions
) -> None:
    check(save(desired, actual, options), desired, actual)


@pytest.mark.parametrize(
    ("desired", "actual", "read", "error", "said"),
    [
        pytest.param(
            DESIRED, replace(BEFORE, account="other.account"), READ,
            StalePlanError, "this is other.account",
            id="another account",
        ),
        pytest.param(
            DESIRED, BEFORE, READ_ANEW, StalePlanError, "files changed .*: docs/b.md$", id="a file"
        ),
        pytest.param(
            project(DOCS, changed(GUIDE, name="Other"), CLERK), BEFORE, READ,
            StalePlanError, "manifests changed .*: assistant.guide$",
            id="a manifest",
        ),
        pytest.param(
            project(DOCS, NEW_GUIDE, CLERK, assistant("new")), BEFORE, READ,
            StalePlanError, "manifests changed .*: assistant.new$",
            id="a new manifest",
        ),
        pytest.param(
            DESIRED,
            account(
                applied(DOCS, READ),
                replace(applied(GUIDE), raw=replace(GUIDE.spec, description="Theirs")),
                applied(CLERK),
            ),
            READ,
            StalePlanError, "objects of the account changed .*: assistant.guide$",
            id="an object that is written",
        ),
        pytest.param(
            DESIRED, account(applied(DOCS, READ), applied(CLERK)), READ,
            StalePlanError, "objects of the account changed .*: assistant.guide$",
            id="an object that is gone",
        ),
        pytest.param(
            DESIRED, account(applied(GUIDE), applied(CLERK)), READ,
            StalePlanError, "would be another one now",
            id="an object that was not written, and is now",
        ),
        pytest.param(
            DESIRED,
            account(applied(DOCS, READ), applied(NEW_GUIDE), applied(CLERK)),
            READ,
            AppliedPlanError, "applied already",
            id="applied by somebody",
        ),
    ],
)  # fmt: skip
def test_what_moved_is_told(
    desired: Desired, actual: Actual, read: Contents, error: type[RefusedError], said: str
) -> None:
    document = save(DESIRED, BEFORE)

    with pytest.raises(error, match=said):
        check(document, desired, actual, read)


def test_an_object_that_the_plan_does_not_write_may_move() -> None:
    touched = replace(applied(CLERK), raw=replace(CLERK.spec, description="Theirs"))

    check(save(DESIRED, BEFORE), DESIRED, account(applied(DOCS, READ), applied(GUIDE), touched))


def test_an_environment_that_was_made_is_an_applied_plan() -> None:
    desired = project(SANDBOX)

    with pytest.raises(AppliedPlanError):
        check(save(desired, account()), desired, account(applied(SANDBOX, READ)))


def test_a_delete_that_was_carried_out_is_an_applied_plan() -> None:
    desired = project(DOCS, GUIDE)
    document = save(desired, BEFORE, PRUNE)

    with pytest.raises(AppliedPlanError):
        check(document, desired, account(applied(DOCS, READ), applied(GUIDE)))


def test_a_stamp_before_its_files_is_no_applied_plan() -> None:
    desired = project(DOCS)
    document = save(desired, account())

    with pytest.raises(StalePlanError):
        check(document, desired, account(replace(applied(DOCS, READ), files=())))


@pytest.mark.parametrize(
    ("project_name", "target", "said"),
    [("acme", "test", ""), ("other", "test", "project 'acme'"), ("acme", "prod", "target 'test'")],
)
def test_a_plan_is_for_one_project_and_one_target(
    project_name: str, target: str, said: str
) -> None:
    saved = from_document(open_seal(save(DESIRED, BEFORE)))

    if not said:
        raise_if_elsewhere(saved, project_name, target)
        return
    with pytest.raises(StalePlanError, match=said):
        raise_if_elsewhere(saved, project_name, target)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (AS_IS, AS_IS),
        (PRUNE, PRUNE),
        (
            PlanOptions(only=("assistant.*",), within=frozenset({GUIDE.address, DOCS.address})),
            PlanOptions(only=("assistant.*",), within=frozenset({GUIDE.address, DOCS.address})),
        ),
        (PlanOptions(within=frozenset()), PlanOptions(within=frozenset())),
        (PlanOptions(remembered=frozenset({Address.parse("assistant.x")})), AS_IS),
    ],
)
def test_a_plan_is_computed_anew_as_it_was_asked_for(
    options: PlanOptions, kept: PlanOptions
) -> None:
    assert from_document(open_seal(save(DESIRED, BEFORE, options))).options == kept


SAVED: dict[str, Any] = dict(save(DESIRED, BEFORE))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param(None, "not a saved plan", id="null"),
        pytest.param([SAVED], "not a saved plan", id="a list"),
        pytest.param({}, "not a saved plan", id="nothing"),
        pytest.param(
            {name: SAVED[name] for name in SAVED if name != "seal"},
            "cannot be applied",
            id="a report",
        ),
        pytest.param(
            {**SAVED, "format_version": "2.0"}, "format version '2.0'", id="another version"
        ),
        pytest.param({**SAVED, "changes": []}, "was edited", id="a change taken out"),
        pytest.param({**SAVED, "more": 1}, "was edited", id="something put in"),
        pytest.param({**SAVED, "seal": "0" * 64}, "was edited", id="another seal"),
    ],
)
def test_what_is_not_a_saved_plan_or_was_edited_is_refused(document: Any, said: str) -> None:
    with pytest.raises(PlanFileError, match=said):
        open_seal(document)


def test_a_seal_fits_what_it_was_put_on() -> None:
    assert open_seal(SAVED) == SAVED
