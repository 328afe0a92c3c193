"""Environments: what is a change, what is drift, in which order, and what nobody can know."""

from dataclasses import replace
from typing import Any

import pytest

from asstctl.errors import RefusedError
from asstctl.model.actual import ActualEnvironment
from asstctl.model.address import Kind
from asstctl.model.canonical import ENVIRONMENT, ENVIRONMENT_FILES, VECTOR_STORE, spec_digest
from asstctl.model.desired import DesiredEnvironment
from asstctl.model.environment import EnvironmentFile, SetupCommand
from asstctl.model.project import Safety
from asstctl.model.sensitive import MASK, Sensitive
from asstctl.model.template_name import mark_digest
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block
from asstctl.plan.comparable import canonical_actual, canonical_desired
from asstctl.plan.compare import compare_read
from asstctl.plan.environments import (
    compare_environment,
    is_applied,
    is_settled,
    plan_environment_files,
)
from asstctl.plan.files import DesiredContent, Uploads, detached, moved
from asstctl.plan.ignore import keeping_ignored_environment
from asstctl.plan.leftovers import deleting_uploads
from asstctl.plan.reasons import CONFIDED, FORGOTTEN, PERHAPS_CONFIDED, PROTECTED, VANISHED
from asstctl.plan.safety import raise_if_unsafe
from asstctl.plan.scope import PlanOptions
from asstctl.plan.steps import (
    CheckEnvironment,
    CheckStore,
    CheckUnmoved,
    CreateEnvironment,
    DeleteObject,
    UpdateAssistant,
    UpdateEnvironment,
    Upload,
    last_steps,
    steps_of,
)
from asstctl.plan.unwanted import dangling_fields, keeping_what_is_used
from plan.planning import DESTROY, OVERWRITE, PRUNE, only, plan_of
from support.projects import assistant, environment, project
from support.values import NOTHING_READ, account, applied, contents, edited, files_of, upload_of

A, B = "data/a.csv", "data/b.csv"
READ = contents({A: "Lisbon", B: "Porto"})
FILE_A, FILE_B = files_of(READ)
BOX = environment("box", (FILE_A,), packages={"python": ["pandas"]}, env={"TOKEN": "s3cret-value"})
BOX_THERE = applied(BOX, READ)
AGENT = assistant("guide", environment="box")
AGENT_THERE = applied(AGENT)
EVERYTHING = account(BOX_THERE, AGENT_THERE)


def changed(desired: DesiredEnvironment = BOX, **fields: Any) -> DesiredEnvironment:
    return replace(desired, spec=replace(desired.spec, **fields))


def compared(desired: DesiredEnvironment, found: ActualEnvironment) -> object:
    return compare_environment(canonical_desired(desired, READ), canonical_actual(found), found)


def test_right_after_an_apply_there_is_nothing_to_do() -> None:
    plan = plan_of(project(BOX, AGENT), EVERYTHING, read=READ)

    assert plan.is_empty
    assert is_applied(canonical_desired(BOX, READ), BOX_THERE)
    assert is_settled(canonical_desired(BOX, READ), canonical_actual(BOX_THERE), BOX_THERE)


def test_it_comes_before_its_agent_and_goes_after_it() -> None:
    made = plan_of(project(AGENT, BOX), account(), read=READ)
    gone = plan_of(project(), EVERYTHING, DESTROY)

    assert [str(change.address) for change in made.changes] == [
        "environment.box",
        "assistant.guide",
    ]
    assert [str(change.address) for change in gone.changes] == [
        "assistant.guide",
        "environment.box",
    ]
    assert [change.action for change in gone.changes] == [Action.DELETE, Action.DELETE]
    assert [file.action for file in gone.changes[1].files] == [
        FileAction.DETACH,
        FileAction.DELETE,
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(changed(env={"TOKEN": "an0ther-value"}), id="a variable"),
        pytest.param(changed(env={}), id="no variable"),
        pytest.param(changed(setup_commands=(SetupCommand("make"),)), id="a command"),
    ],
)
def test_what_never_reads_back_is_known_by_the_digest_in_the_name(
    other: DesiredEnvironment,
) -> None:
    change = only(plan_of(project(other), account(BOX_THERE), read=READ))

    assert (change.action, change.reason) == (Action.UPDATE, CONFIDED)
    assert not change.drift
    assert not change.files
    assert "value" not in str(change.fields)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        pytest.param(changed(packages={}), "packages", id="packages alone"),
        pytest.param(
            changed(packages={}, env={}), f"packages; {PERHAPS_CONFIDED}", id="a variable, too"
        ),
    ],
)
def test_beside_other_changes_it_is_said_that_they_may_not_be_all(
    other: DesiredEnvironment, reason: str
) -> None:
    change = only(plan_of(project(other), account(BOX_THERE), read=READ))

    assert change.reason == reason


def test_blocked_domains_are_compared_by_the_digest_too() -> None:
    rules = {"access": "restricted", "blocked_domains": ["a.org"]}
    closed = changed(network=rules)
    opened = changed(network={**rules, "blocked_domains": ["b.org"]})

    assert plan_of(project(closed), account(applied(closed, READ)), read=READ).is_empty
    change = only(plan_of(project(opened), account(applied(closed, READ)), read=READ))
    assert change.reason == CONFIDED


def test_an_edit_elsewhere_is_drift_and_can_be_overwritten() -> None:
    theirs = edited(BOX_THERE, network={"access": "enabled"})
    change = only(plan_of(project(BOX), account(theirs), read=READ))

    assert change.block is Block.DRIFT
    (drift,) = change.drift
    assert (drift.path, drift.applied, drift.actual) == ("network.access", "disabled", "enabled")
    forced = only(plan_of(project(BOX), account(theirs), OVERWRITE, READ))
    assert (forced.action, forced.reason) == (Action.UPDATE, "network")


def test_where_the_manifest_changed_too_an_edit_is_shown_as_a_change() -> None:
    theirs = edited(BOX_THERE, network={"access": "enabled"})
    change = only(plan_of(project(changed(packages={})), account(theirs), read=READ))

    assert change.action is Action.UPDATE
    assert not change.drift
    assert {field.path for field in change.fields} == {"network.access", "packages"}


def test_fields_are_compared_one_by_one_where_no_stamp_tells_them() -> None:
    drifted = compare_read({"a": 1, "f": 1}, {"a": 2}, leave_out=("f",), is_drift=True)
    changing = compare_read({"a": 1, "f": 1}, {"a": 2}, leave_out=("f",), is_drift=False)

    assert [(field.path, field.before, field.after) for field in drifted.fields] == [("a", 2, 1)]
    assert [drift.actual for drift in drifted.drift] == [2]
    assert not changing.drift


def test_what_the_server_keeps_otherwise_is_no_edit_once_its_name_says_so() -> None:
    otherwise = edited(BOX_THERE, desktop=True)
    kept = replace(otherwise, kept=mark_digest(spec_digest(canonical_actual(otherwise))))

    assert only(plan_of(project(BOX), account(otherwise), read=READ)).block is Block.DRIFT
    assert plan_of(project(BOX), account(kept), read=READ).is_empty
    assert compared(BOX, kept) == compared(BOX, BOX_THERE)


def test_a_file_that_changed_is_uploaded_and_the_old_upload_goes_last() -> None:
    again = contents({A: "Lisboa"})
    change = only(plan_of(project(BOX), account(BOX_THERE), read=again))

    assert change.reason == "files"
    assert [(file.action, file.path) for file in change.files] == [
        (FileAction.UPLOAD, A),
        (FileAction.DETACH, A),
        (FileAction.DELETE, A),
    ]
    steps = (*steps_of(change), *last_steps(change))
    assert [type(step).__name__ for step in steps] == [
        "Upload",
        "CheckUnmoved",
        "UpdateEnvironment",
        "DeleteUpload",
    ]


def test_a_file_that_moved_keeps_its_upload() -> None:
    other = contents({"data/c.csv": "Lisbon"})
    box = replace(BOX, environment_files=files_of(other))
    change = only(plan_of(project(box), account(BOX_THERE), read=other))

    assert [(file.action, file.path, file.note) for file in change.files] == [
        (FileAction.ATTACH, "data/c.csv", f"was {A}"),
        (FileAction.DETACH, A, ""),
    ]
    assert deleting_uploads([change], account(BOX_THERE)) == [change]


def test_an_upload_that_another_projects_environment_names_is_in_use() -> None:
    held = BOX_THERE.files[0].id
    seen = account(BOX_THERE, named_elsewhere=frozenset({held}))
    change = only(plan_of(project(BOX), seen, read=contents({A: "Lisboa"})))

    assert FileAction.DELETE not in {file.action for file in change.files}


def test_equal_content_at_two_places_is_one_upload() -> None:
    twice = contents({A: "Lisbon", B: "Lisbon"})
    box = replace(BOX, environment_files=files_of(twice))
    change = only(plan_of(project(box), account(), read=twice))

    assert [file.action for file in change.files] == [FileAction.UPLOAD, FileAction.REUSE]


def test_a_file_that_somebody_put_there_is_drift_and_one_taken_away_is_put_back() -> None:
    strange = replace(upload_of(READ[B]), sha256=None)
    added = replace(
        edited(
            BOX_THERE,
            files=(*BOX_THERE.spec.files, EnvironmentFile("file-x", "/workspace/data/b.csv")),
        ),
        files=(*BOX_THERE.files, strange),
    )
    emptied = replace(edited(BOX_THERE, files=()), files=())

    (drift,) = only(plan_of(project(BOX), account(added), read=READ)).drift
    assert (drift.path, drift.applied, drift.actual) == (ENVIRONMENT_FILES, [A], [A, B])
    back = only(plan_of(project(BOX), account(emptied), read=READ))
    assert back.action is Action.UPDATE
    assert [file.action for file in back.files] == [FileAction.UPLOAD]


def test_an_upload_that_was_deleted_elsewhere_is_made_anew() -> None:
    lost = replace(BOX_THERE, files=(replace(BOX_THERE.files[0], gone=True),))
    change = only(plan_of(project(BOX), account(lost), read=READ))

    assert not change.drift
    assert [file.action for file in change.files] == [FileAction.UPLOAD, FileAction.DETACH]


def test_where_the_account_keeps_no_names_files_are_sent_again_with_a_change() -> None:
    unnamed = replace(BOX_THERE, files=(replace(BOX_THERE.files[0], sha256=None),))
    files = plan_environment_files(BOX, READ, unnamed.files, Uploads.known(READ, account(unnamed)))

    assert [file.action for file in files] == [FileAction.UPLOAD, FileAction.DETACH]
    assert files[0].note == "nothing proves the content of the upload that is there"


def test_a_file_is_moved_or_let_go_of_with_its_upload() -> None:
    upload = upload_of(READ[A])
    uploads = Uploads.known(READ, account())

    coming = moved(DesiredContent(READ[A]), upload, "why")
    assert (coming.action, coming.file_id, coming.note) == (FileAction.ATTACH, upload.id, "why")
    going = detached(replace(upload, gone=True), uploads)
    assert (going.action, going.note) == (FileAction.DETACH, "the upload is gone")


def test_a_template_that_was_deleted_elsewhere_is_made_anew_and_its_agent_follows() -> None:
    alone = replace(AGENT_THERE, environment_is_gone=True)
    alone = edited(alone, environment="envtmpl-box")
    remembered = PlanOptions(remembered=frozenset({BOX.address}))
    made, follows = plan_of(project(BOX, AGENT), account(alone), remembered, READ).changes

    assert (made.action, made.reason) == (Action.CREATE, VANISHED)
    assert (follows.action, follows.reason) == (Action.UPDATE, ENVIRONMENT)
    assert not follows.drift
    assert dangling_fields(alone) == (ENVIRONMENT,)
    assert dangling_fields(replace(alone, store_is_gone=True)) == (VECTOR_STORE, ENVIRONMENT)
    assert dangling_fields(BOX_THERE) == ()


def test_an_environment_taken_out_of_a_manifest_stays_until_it_is_pruned() -> None:
    bare = replace(AGENT, spec=replace(AGENT.spec, environment=None))
    keeping = plan_of(project(bare), EVERYTHING, read=READ)
    pruning = plan_of(project(bare), EVERYTHING, PRUNE, READ)

    assert [(str(c.address), c.action) for c in keeping.changes] == [
        ("environment.box", Action.FORGET),
        ("assistant.guide", Action.UPDATE),
    ]
    assert keeping.changes[0].reason == FORGOTTEN
    assert [(str(c.address), c.action) for c in pruning.changes] == [
        ("assistant.guide", Action.UPDATE),
        ("environment.box", Action.DELETE),
    ]


def test_what_an_agent_uses_that_stays_is_not_deleted() -> None:
    plan = plan_of(project(), EVERYTHING, PlanOptions(prune=True, only=("environment.box",)))

    assert only(plan).block is Block.IN_USE
    doomed = replace(only(plan), action=Action.DELETE, block=None)
    (kept,) = keeping_what_is_used([doomed], EVERYTHING)
    assert kept.block is Block.IN_USE


def test_it_is_protected_with_its_agent() -> None:
    protected = replace(BOX_THERE, protected=True)
    change = only(plan_of(project(), account(protected), PRUNE))

    assert (change.block, change.reason) == (Block.PROTECTED, PROTECTED)


def test_a_rename_keeps_both_objects_and_their_ids() -> None:
    box, agent = environment("crate", previously=("box",)), assistant("chef", environment="crate")
    agent = replace(agent, previously=("guide",))
    there = account(applied(environment("box")), AGENT_THERE)
    first, second = plan_of(project(box, agent), there, read=NOTHING_READ).changes

    assert (first.action, first.id) == (Action.MOVE, "envtmpl-box")
    assert (second.action, second.id) == (Action.MOVE, AGENT_THERE.id)
    assert steps_of(first) == (CheckUnmoved(), UpdateEnvironment())
    assert steps_of(second) == (CheckEnvironment(), CheckUnmoved(), UpdateAssistant())


def test_steps_of_an_environment_say_what_they_do() -> None:
    created = plan_of(project(BOX), account(), read=READ).changes[0]
    deleted = only(plan_of(project(), account(BOX_THERE), DESTROY))
    upload, create = steps_of(created)

    assert isinstance(upload, Upload)
    assert create == CreateEnvironment()
    assert steps_of(deleted) == (CheckUnmoved(), DeleteObject())
    texts = [str(step) for step in (CheckEnvironment(), create, UpdateEnvironment(), CheckStore())]
    assert all("environment" in text for text in texts[:3])
    assert len(set(texts)) == 4


def test_a_cut_list_of_templates_proves_no_absence_and_a_cut_list_of_agents_no_disuse() -> None:
    blind = account(cut=(Kind.ENVIRONMENT,))
    unseen = plan_of(project(BOX), blind, read=READ)
    unsure = account(BOX_THERE, cut=(Kind.ASSISTANT,))
    doomed = plan_of(project(), unsure, DESTROY)

    assert only(unseen).block is Block.UNSEEN
    for plan, actual in ((unseen, blind), (doomed, unsure)):
        with pytest.raises(RefusedError):
            raise_if_unsafe(plan, actual, Safety(max_deletes=1.0))


def test_a_variable_is_shown_by_its_name_and_never_by_a_secret_value() -> None:
    hidden = replace(project(BOX), sensitive=Sensitive(frozenset({"s3cret-value"})))
    plan = plan_of(hidden, account(), read=READ)

    shown = {field.path: field.after for field in only(plan).fields}
    assert shown["env"] == {"TOKEN": MASK} or shown["env.TOKEN"] == MASK
    assert "s3cret-value" not in repr(plan.changes[0].fields)


def test_only_an_agent_takes_its_environment_along() -> None:
    plan = plan_of(
        project(BOX, AGENT, environment("other")),
        account(),
        PlanOptions(only=("assistant.guide",)),
        READ,
    )
    assert [str(change.address) for change in plan.changes] == [
        "environment.box",
        "assistant.guide",
    ]


def test_fields_left_to_others_keep_the_accounts_own_values() -> None:
    box = environment("box", ignore=("desktop", "packages.npm"), packages={"python": ["pandas"]})
    theirs = edited(
        applied(box),
        desktop=True,
        packages={"python": ["pandas"], "npm": ["left-pad"]},
    )
    kept = keeping_ignored_environment(box.spec, theirs.spec, box.lifecycle)

    assert plan_of(project(box), account(theirs)).is_empty
    assert kept.desktop
    assert kept.packages == {"python": ["pandas"], "npm": ["left-pad"]}
    assert keeping_ignored_environment(box.spec, theirs.spec, BOX.lifecycle) == box.spec
