"""What an apply would do: desired against actual, one table row for each way in which they meet."""

from dataclasses import replace

import pytest

from asstctl.model.actual import Actual
from asstctl.model.address import Address, Kind
from asstctl.model.canonical import PROTECT, VECTOR_STORE
from asstctl.model.desired import Desired
from asstctl.model.sensitive import MASK, Sensitive
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, FieldChange
from asstctl.plan.reasons import (
    CREATED,
    DELETED,
    DESTROYED,
    DRIFTED,
    DUPLICATE,
    EDITED,
    FORGOTTEN,
    KEPT,
    PROTECTED,
    REBUILT,
    STAMP_ALONE,
    UNCHANGED,
    UNSEEN,
    VANISHED,
    still_used,
)
from asstctl.plan.scope import PlanOptions
from plan.planning import AS_IS, DESTROY, OVERWRITE, PRUNE, only, plan_of
from support.projects import assistant, changed, project, store
from support.values import (
    account,
    applied,
    contents,
    edited,
    files_of,
)

READ = contents({"docs/a.md": "Lisbon", "docs/b.md": "Porto"})
GUIDE = assistant("guide", name="Guide")
DOCS = store("docs", files_of(READ))
READER = assistant("reader", store="docs")
CODER = assistant("coder", code_files=files_of(READ))
DUPLICATE_GUIDE = replace(applied(GUIDE), id="asst-newer")


@pytest.mark.parametrize(
    ("desired", "actual", "options", "action", "reason"),
    [
        pytest.param(
            project(GUIDE), account(), AS_IS, Action.CREATE, CREATED, id="not in the account"
        ),
        pytest.param(
            project(GUIDE),
            account(),
            PlanOptions(remembered=frozenset({GUIDE.address})),
            Action.CREATE,
            VANISHED,
            id="gone since the last apply",
        ),
        pytest.param(
            project(GUIDE), account(applied(GUIDE)), AS_IS, Action.NOOP, UNCHANGED, id="equal"
        ),
        pytest.param(
            project(changed(GUIDE, name="Leader")),
            account(applied(GUIDE)),
            AS_IS,
            Action.UPDATE,
            "name",
            id="a changed field",
        ),
        pytest.param(
            project(changed(GUIDE, name="Leader")),
            account(edited(applied(GUIDE), name="Leader")),
            AS_IS,
            Action.UPDATE,
            STAMP_ALONE,
            id="changed here and there, to the same",
        ),
        pytest.param(
            project(assistant("leader", previously=("guide",), name="Guide")),
            account(applied(GUIDE)),
            AS_IS,
            Action.MOVE,
            "was assistant.guide",
            id="a new key",
        ),
        pytest.param(
            project(assistant("guide", previously=("old",), name="Guide")),
            account(applied(GUIDE)),
            AS_IS,
            Action.NOOP,
            UNCHANGED,
            id="moved long ago",
        ),
        pytest.param(
            project(),
            account(applied(GUIDE)),
            AS_IS,
            Action.FORGET,
            FORGOTTEN,
            id="in no manifest any more",
        ),
        pytest.param(
            project(),
            account(applied(assistant("guide", name="Guide", protect=True))),
            AS_IS,
            Action.FORGET,
            KEPT,
            id="in no manifest any more, protected",
        ),
        pytest.param(
            project(),
            account(applied(GUIDE)),
            PRUNE,
            Action.DELETE,
            DELETED,
            id="in no manifest any more, pruned",
        ),
        pytest.param(
            project(), account(applied(GUIDE)), DESTROY, Action.DELETE, DESTROYED, id="destroyed"
        ),
        pytest.param(
            project(),
            account(edited(applied(GUIDE), name="Theirs")),
            DESTROY,
            Action.DELETE,
            DESTROYED,
            id="destroyed, whatever others did to it",
        ),
        pytest.param(
            project(changed(GUIDE, name="Ours")),
            account(edited(applied(GUIDE), name="Theirs")),
            OVERWRITE,
            Action.UPDATE,
            "name",
            id="drift that is to be overwritten",
        ),
        pytest.param(
            project(assistant("guide", name="Guide", ignore=("name",))),
            account(edited(applied(assistant("guide", name="Guide", ignore=("name",))), name="X")),
            AS_IS,
            Action.NOOP,
            UNCHANGED,
            id="an edit that is somebody else's business",
        ),
    ],
)
def test_what_becomes_of_one_resource(
    desired: Desired, actual: Actual, options: PlanOptions, action: Action, reason: str
) -> None:
    change = only(plan_of(desired, actual, options))

    assert (change.action, change.reason, change.block) == (action, reason, None)


@pytest.mark.parametrize(
    ("desired", "actual", "options", "block", "reason"),
    [
        pytest.param(
            project(GUIDE),
            account(edited(applied(GUIDE), name="Theirs")),
            AS_IS,
            Block.DRIFT,
            DRIFTED,
            id="edited outside",
        ),
        pytest.param(
            project(),
            account(edited(applied(GUIDE), name="Theirs")),
            PRUNE,
            Block.DRIFT,
            EDITED,
            id="in no manifest any more, and edited outside",
        ),
        pytest.param(
            project(),
            account(applied(assistant("guide", protect=True))),
            DESTROY,
            Block.PROTECTED,
            PROTECTED,
            id="protected",
        ),
        pytest.param(
            project(GUIDE),
            account(cut=(Kind.ASSISTANT,)),
            AS_IS,
            Block.UNSEEN,
            UNSEEN,
            id="not in a list that is cut",
        ),
        pytest.param(
            project(store("docs")),
            account(stores_unread="404"),
            AS_IS,
            Block.UNSEEN,
            UNSEEN,
            id="a store where stores are not listed",
        ),
        pytest.param(
            project(READER),
            account(applied(READER), applied(store("docs"))),
            PlanOptions(prune=True, only=("vector_store.docs",)),
            Block.IN_USE,
            still_used(READER.address),
            id="a store that an assistant still uses",
        ),
    ],
)
def test_what_stands_in_the_way(
    desired: Desired, actual: Actual, options: PlanOptions, block: Block, reason: str
) -> None:
    change = only(plan_of(desired, actual, options))

    assert (change.action, change.block, change.reason) == (Action.BLOCKED, block, reason)


def test_what_is_made_is_shown_field_by_field() -> None:
    desired = assistant("guide", name="Guide", metadata={"team": "a"}, protect=True, store="docs")
    (change,) = plan_of(project(desired), account()).changes

    assert change.fields == (
        FieldChange("model", None, "gpt-4o"),
        FieldChange("name", None, "Guide"),
        FieldChange("tools.file_search", None, True),
        FieldChange(VECTOR_STORE, None, "docs"),
        FieldChange("metadata.team", None, "a"),
        FieldChange(PROTECT, None, True),
    )


def test_what_is_sensitive_is_in_no_field_of_a_plan_but_in_what_is_written() -> None:
    secret = "sk-0123456789"
    guide = assistant("guide", instructions=f"Use {secret}.")
    desired = replace(project(guide), sensitive=Sensitive(frozenset({secret})))

    for actual in (account(), account(applied(assistant("guide", instructions="Ask.")))):
        change = only(plan_of(desired, actual))
        shown = next(field for field in change.fields if field.path == "instructions")
        assert shown.after == f"Use {MASK}."
        assert shown.before in (None, MASK)
        assert change.desired == guide


def test_a_store_that_went_away_behind_an_assistant_is_relinked_and_no_drift() -> None:
    dangling = replace(applied(READER), store_is_gone=True)
    reader = next(
        change
        for change in plan_of(project(store("docs"), READER), account(dangling)).changes
        if change.address == READER.address
    )

    assert (reader.action, reader.drift) == (Action.UPDATE, ())
    assert [field.path for field in reader.fields] == [VECTOR_STORE]


def test_an_expired_store_is_built_anew_before_it_is_cleared_away() -> None:
    expired = replace(applied(DOCS, READ), id="vs-old")
    made, gone = plan_of(project(DOCS), account(expired=(expired,)), read=READ).changes

    assert (made.action, made.reason) == (Action.CREATE, REBUILT)
    assert (gone.action, gone.reason, gone.id) == (Action.DELETE, REBUILT, "vs-old")
    assert gone.replaced
    assert {file.action for file in made.files} == {FileAction.REUSE}


@pytest.mark.parametrize(("options", "changes"), [(AS_IS, 0), (PRUNE, 1)])
def test_an_expired_store_that_nobody_wants_goes_with_prune_only(
    options: PlanOptions, changes: int
) -> None:
    plan = plan_of(project(), account(expired=(applied(DOCS, READ),)), options, READ)

    assert len(plan.changes) == changes
    assert [change.replaced for change in plan.changes] == [False] * changes


def test_a_duplicate_goes_without_being_asked_and_counts_as_no_delete() -> None:
    actual = account(applied(GUIDE), duplicates=(DUPLICATE_GUIDE,))
    same, gone = plan_of(project(GUIDE), actual).changes

    assert same.action is Action.NOOP
    assert (gone.action, gone.reason, gone.id) == (Action.DELETE, DUPLICATE, "asst-newer")
    assert gone.replaced


def test_a_duplicate_outside_the_scope_stays() -> None:
    actual = account(applied(GUIDE), applied(READER), duplicates=(DUPLICATE_GUIDE,))
    plan = plan_of(project(GUIDE, READER), actual, PlanOptions(only=("assistant.reader",)))

    assert [change.address for change in plan.changes] == [READER.address]


def test_a_store_goes_after_the_assistant_that_lets_go_of_it() -> None:
    actual = account(applied(READER), applied(store("docs")))
    plan = plan_of(project(), actual, DESTROY)

    assert [(change.action, change.address) for change in plan.changes] == [
        (Action.DELETE, READER.address),
        (Action.DELETE, Address(Kind.VECTOR_STORE, "docs")),
    ]


def test_a_plan_says_for_whom_it_is() -> None:
    plan = plan_of(project(GUIDE), account(applied(GUIDE), applied(READER), cut=(Kind.ASSISTANT,)))

    assert (plan.project, plan.target, plan.account) == ("acme", "test", "test.account")
    assert (plan.commit, plan.managed) == ("c0ffee", 2)
    assert [warning.code for warning in plan.warnings] == ["cut-list"]
    assert not plan.is_certain


def test_equal_input_gives_an_equal_plan() -> None:
    read = contents({"docs/a.md": "changed", "docs/b.md": "Porto"})
    actual = account(applied(DOCS, READ), applied(CODER, READ), applied(GUIDE))

    assert plan_of(project(DOCS, CODER), actual, PRUNE, read) == plan_of(
        project(DOCS, CODER), actual, PRUNE, read
    )
