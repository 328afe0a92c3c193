"""A plan as a value: its order, and the questions that it answers."""

from dataclasses import replace

import pytest

from asstctl.model.address import Address
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change, FileChange
from asstctl.plan.plan import Plan, Summary, in_order
from asstctl.plan.warnings import CUT_LIST, AccountWarning


def change(
    action: Action, address: str = "assistant.guide", *, block: Block | None = None
) -> Change:
    return Change(address=Address.parse(address), action=action, block=block)


def plan(*changes: Change) -> Plan:
    return Plan(project="acme", target="test", account="a", commit=None, managed=9, changes=changes)


@pytest.mark.parametrize(
    ("changes", "order"),
    [
        pytest.param(
            "create assistant.b; create assistant.a; create vector_store.z",
            "create vector_store.z; create assistant.a; create assistant.b",
            id="what others refer to comes first",
        ),
        pytest.param(
            "delete vector_store.b; delete vector_store.a; delete assistant.z",
            "delete assistant.z; delete vector_store.a; delete vector_store.b",
            id="deletes run backwards",
        ),
        pytest.param(
            "delete assistant.a; update assistant.b; create vector_store.c; delete vector_store.a",
            "create vector_store.c; update assistant.b; delete assistant.a; delete vector_store.a",
            id="new before old",
        ),
        pytest.param(
            "noop assistant.b; blocked vector_store.a; forget assistant.a",
            "blocked vector_store.a; forget assistant.a; noop assistant.b",
            id="what is not written stands where it would be",
        ),
    ],
)
def test_changes_stand_in_the_order_in_which_they_are_made(changes: str, order: str) -> None:
    made = [
        change(Action(action), address)
        for action, address in (text.split() for text in changes.split("; "))
    ]

    assert "; ".join(f"{item.action} {item.address}" for item in in_order(made)) == order


def test_a_delete_of_what_is_replaced_destroys_nothing() -> None:
    gone, moved_out = change(Action.DELETE), replace(change(Action.DELETE), replaced=True)

    assert plan(gone, moved_out).destroys == (gone,)


@pytest.mark.parametrize("action", Action)
def test_a_plan_is_empty_when_nothing_is_written_or_unknown(action: Action) -> None:
    made = plan(change(action))

    assert made.is_empty is not action.writes
    assert made.writes == (made.changes if action.writes else ())


@pytest.mark.parametrize(
    ("block", "empty"),
    [
        (Block.DRIFT, False),
        (Block.UNSEEN, False),
        (Block.PROTECTED, True),
        (Block.IN_USE, True),
    ],
)
def test_what_is_blocked_is_something_to_do_where_apply_would_refuse(
    block: Block, empty: bool
) -> None:
    made = plan(change(Action.BLOCKED, block=block))

    assert made.is_empty is empty
    assert bool(made.drifted) is (block is Block.DRIFT)
    assert bool(made.unseen) is (block is Block.UNSEEN)


def test_a_plan_with_a_warning_is_not_certain() -> None:
    certain = plan()

    assert certain.is_certain
    assert not replace(certain, warnings=(AccountWarning(CUT_LIST, "", ""),)).is_certain


def test_a_summary_counts_changes_files_and_bytes() -> None:
    files = tuple(
        FileChange(action=action, path="a", sha256="00", bytes=size)
        for action, size in (
            (FileAction.UPLOAD, 5),
            (FileAction.UPLOAD, 7),
            (FileAction.REUSE, 11),
            (FileAction.DETACH, None),
        )
    )
    made = plan(
        replace(change(Action.UPDATE), files=files),
        change(Action.UPDATE),
        change(Action.BLOCKED, block=Block.DRIFT),
        change(Action.BLOCKED, block=Block.UNSEEN),
        change(Action.BLOCKED, block=Block.PROTECTED),
    )

    assert made.summary == Summary(
        actions={Action.UPDATE: 2, Action.BLOCKED: 3},
        files={FileAction.UPLOAD: 2, FileAction.REUSE: 1, FileAction.DETACH: 1},
        drifted=1,
        unseen=1,
        upload_bytes=12,
    )
