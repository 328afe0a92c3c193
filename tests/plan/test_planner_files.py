"""What an apply would do with files: sent once, shared, put back, and deleted when all let go."""

from dataclasses import replace

import pytest

from asstctl.model.actual import Actual, ActualResource, FileCounts, IndexStatus
from asstctl.model.address import Kind
from asstctl.model.canonical import CODE_FILES, STORE_FILES
from asstctl.model.desired import DesiredResource
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block
from asstctl.plan.reasons import (
    CREATED,
    INDEXING,
    UNREAD,
    VANISHED,
)
from asstctl.plan.scope import PlanOptions
from plan.planning import only, plan_of
from support.projects import assistant, project, store
from support.values import (
    account,
    applied,
    contents,
    files_of,
    foreign,
    holding,
)

READ = contents({"docs/a.md": "Lisbon", "docs/b.md": "Porto"})
DOCS = store("docs", files_of(READ))
OTHER = store("other")
CODER = assistant("coder", code_files=files_of(READ))
HELD = applied(DOCS, READ).held_files
UNLISTED = replace(applied(DOCS, READ), files=None, counts=FileCounts(2, 2))
UNREADABLE = replace(UNLISTED, files_unread="405 Method Not Allowed")


def test_new_files_are_sent_and_equal_content_is_shared() -> None:
    read = contents({"docs/a.md": "same", "docs/b.md": "other", "docs/c.md": "same"})
    desired = project(store("docs", files_of(read)), assistant("coder", code_files=files_of(read)))
    docs, coder = plan_of(desired, account(), read=read).changes

    assert [(file.action, file.path, file.note) for file in docs.files] == [
        (FileAction.UPLOAD, "docs/a.md", ""),
        (FileAction.UPLOAD, "docs/b.md", ""),
        (FileAction.REUSE, "docs/c.md", "same content as docs/a.md"),
    ]
    assert {file.action for file in coder.files} == {FileAction.REUSE}


def test_a_file_that_only_one_resource_lets_go_stays_in_the_account() -> None:
    actual = account(applied(DOCS, READ), applied(CODER, READ))
    letting_go = project(store("docs"), CODER)
    docs, coder = plan_of(letting_go, actual, read=READ).changes

    assert {file.action for file in docs.files} == {FileAction.DETACH}
    assert coder.action is Action.NOOP


def test_a_file_that_all_let_go_is_deleted_once() -> None:
    actual = account(applied(DOCS, READ), applied(CODER, READ))
    plan = plan_of(project(store("docs"), assistant("coder")), actual, read=READ)

    assert plan.summary.files == {FileAction.DETACH: 4, FileAction.DELETE: 2}


@pytest.mark.parametrize(
    "actual",
    [
        pytest.param(account(applied(DOCS, READ), cut=(Kind.ASSISTANT,)), id="an assistant"),
        pytest.param(account(applied(DOCS, READ), cut=(Kind.VECTOR_STORE,)), id="a store"),
        pytest.param(
            account(applied(DOCS, READ), replace(applied(OTHER), files_unread="405")),
            id="unread files",
        ),
    ],
)
def test_no_upload_is_deleted_while_something_unseen_may_hold_it(actual: Actual) -> None:
    docs = plan_of(project(store("docs")), actual, read=READ).changes[0]

    assert {file.action for file in docs.files} == {FileAction.DETACH}


def test_a_store_whose_files_were_not_listed_is_as_its_stamp_says() -> None:
    assert only(plan_of(project(DOCS), account(UNLISTED), read=READ)).action is Action.NOOP


def test_a_store_whose_files_cannot_be_seen_is_not_called_equal() -> None:
    change = only(plan_of(project(DOCS), account(UNREADABLE), read=READ))

    assert (change.action, change.reason, change.files) == (Action.UPDATE, UNREAD, ())


def test_files_that_others_decide_on_are_neither_planned_nor_drift() -> None:
    docs = store("docs", files_of(READ), ignore=("files",))
    theirs = holding(applied(DOCS, READ), foreign())

    assert only(plan_of(project(docs), account(theirs), read=READ)).files == ()


@pytest.mark.parametrize(
    ("desired", "theirs", "path"),
    [
        (DOCS, holding(applied(DOCS, READ), *HELD, foreign("file-x")), STORE_FILES),
        (CODER, holding(applied(CODER, READ), *HELD, foreign("file-x")), CODE_FILES),
    ],
)
def test_a_file_that_somebody_added_is_drift(
    desired: DesiredResource, theirs: ActualResource, path: str
) -> None:
    change = only(plan_of(project(desired), account(theirs), read=READ))

    assert change.block is Block.DRIFT
    assert [(edit.path, edit.actual) for edit in change.drift] == [
        (path, ["docs/a.md", "docs/b.md", "file-x"])
    ]


@pytest.mark.parametrize(("remembered", "note"), [(True, VANISHED), (False, CREATED)])
def test_a_file_that_somebody_took_away_is_put_back_and_said_to_have_been_there(
    remembered: bool, note: str
) -> None:
    ours = applied(DOCS, READ)
    theirs = holding(ours, *ours.held_files[:1])
    options = PlanOptions(remembered=frozenset({DOCS.address} if remembered else ()))
    change = only(plan_of(project(DOCS), account(theirs), options, READ))

    assert change.action is Action.UPDATE
    assert [(file.action, file.path, file.note) for file in change.files] == [
        (FileAction.UPLOAD, "docs/b.md", note)
    ]


def test_a_file_that_is_not_indexed_yet_makes_an_update_of_the_stamp() -> None:
    ours = applied(DOCS, READ)
    waiting = replace(ours.held_files[0], status=IndexStatus.IN_PROGRESS)
    change = only(
        plan_of(
            project(DOCS),
            account(holding(ours, waiting, *ours.held_files[1:])),
            read=READ,
        )
    )

    assert (change.action, change.reason, change.files) == (Action.UPDATE, INDEXING, ())
