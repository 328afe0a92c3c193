"""The words of a plan: what an update is about, and what looks like a rename."""

from dataclasses import replace
from typing import Any

import pytest

from asstctl.model.actual import IndexStatus
from asstctl.model.address import Address
from asstctl.model.desired import DesiredAssistant, DesiredResource
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change, FieldChange, FileChange
from asstctl.plan.reasons import (
    CREATED,
    FORGOTTEN,
    INDEXING,
    STAMP_ALONE,
    describe_update,
    still_used,
    with_hints,
)
from support.projects import assistant, store
from support.values import NOTHING_READ, applied, contents, files_of, holding, upload_of

READ = contents({"docs/a.md": "Lisbon"})
DOCS = store("docs", files_of(READ))
INDEXED = upload_of(READ["docs/a.md"])
GUIDE = Address.parse("assistant.guide")
FILE = FileChange(action=FileAction.UPLOAD, path="docs/a.md", sha256="00", bytes=1)


def update(*paths: str, files: tuple[FileChange, ...] = (), moved_from: str = "") -> Change:
    return Change(
        address=GUIDE,
        action=Action.UPDATE,
        fields=tuple(FieldChange(path, None, 1) for path in paths),
        files=files,
        moved_from=Address.parse(moved_from) if moved_from else None,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (update("name"), "name"),
        (update("name", "metadata.team", "metadata.tier"), "name, metadata"),
        (update("response_format.json_schema.schema"), "response_format"),
        (update("tools.function.weather.parameters.properties"), "weather"),
        (update("tools.function.weather", "tools.function.weather.strict"), "weather"),
        (update("tools.file_search.max_num_results", "tools.file_search.x"), "file_search"),
        (update("tools"), "tools"),
        (update("name", files=(FILE,)), "name, files"),
        (update(files=(FILE, FILE)), "files"),
        (update(), STAMP_ALONE),
        (update(moved_from="assistant.old"), "was assistant.old"),
        (
            update("name", files=(FILE,), moved_from="assistant.a"),
            "was assistant.a; name, files",
        ),
    ],
)
def test_an_update_says_what_it_is_about(change: Change, reason: str) -> None:
    assert describe_update(change) == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (IndexStatus.IN_PROGRESS, INDEXING),
        (IndexStatus.COMPLETED, STAMP_ALONE),
        (IndexStatus.FAILED, STAMP_ALONE),
    ],
)
def test_an_update_without_a_difference_waits_or_writes_the_stamp(
    status: IndexStatus, reason: str
) -> None:
    held = holding(applied(DOCS, READ), replace(INDEXED, status=status))

    assert describe_update(replace(update(), actual=held)) == reason


def test_a_store_in_use_says_who_uses_it() -> None:
    assert str(GUIDE) in still_used(GUIDE)


def create(desired: DesiredResource) -> Change:
    return Change(address=desired.address, action=Action.CREATE, reason=CREATED, desired=desired)


def leave(desired: DesiredResource, action: Action = Action.FORGET) -> Change:
    return Change(
        address=desired.address, action=action, reason=FORGOTTEN, actual=applied(desired, READ)
    )


BARE: dict[str, Any] = {"description": "d", "instructions": "i", "temperature": 0.5}
OLD = assistant("old", name="Guide", **BARE)


@pytest.mark.parametrize(
    ("new", "old", "alike"),
    [
        pytest.param(assistant("new", name="Guide"), OLD, True, id="the same name"),
        pytest.param(assistant("new", name="Other", **BARE), OLD, True, id="all fields but one"),
        pytest.param(
            assistant("new", name="Guide", protect=True), OLD, True, id="protected meanwhile"
        ),
        pytest.param(assistant("new", name="Other"), OLD, False, id="another name and little else"),
        pytest.param(assistant("new"), assistant("old"), False, id="nothing but a model in common"),
        pytest.param(assistant("old", name="Guide"), OLD, False, id="the same address"),
        pytest.param(store("new", name="Guide"), OLD, False, id="another kind"),
        pytest.param(store("new", name="Docs"), store("old", name="Docs"), True, id="stores too"),
    ],
)
@pytest.mark.parametrize("action", [Action.FORGET, Action.DELETE])
def test_a_create_beside_something_alike_that_goes_may_be_a_rename(
    new: DesiredResource, old: DesiredResource, alike: bool, action: Action
) -> None:
    made, going = with_hints([create(new), leave(old, action)], NOTHING_READ)

    assert going == leave(old, action)
    assert made.reason.startswith(CREATED)
    assert ("`previously: [old]`" in made.reason) is alike


def test_files_count_when_stores_are_compared() -> None:
    renamed = replace(DOCS, key="renamed")
    made, _ = with_hints([create(renamed), leave(DOCS)], READ)

    assert "previously" not in made.reason  # A list of files alone is not enough to go by.


def test_what_goes_for_another_reason_is_no_hint() -> None:
    new: DesiredAssistant = assistant("new", name="Guide")
    changes = [create(new), replace(leave(OLD), action=Action.BLOCKED)]

    assert with_hints(changes, NOTHING_READ) == changes
