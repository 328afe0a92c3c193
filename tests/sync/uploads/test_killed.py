"""Killed at any request: what was sent is used again or found, and nothing is ever lost."""

from contextlib import suppress
from pathlib import Path

import pytest

from asstctl.model.desired import Desired
from support.faults import Fault, KilledError, always, at, on
from support.quirks import FileList, Quirks
from support.server import Server
from support.snapshot import Snapshot, duplicates, snapshot
from sync.uploads.machine import CLOSED, OPEN, Machine

SERVERS = {"gives content out": OPEN, "does not": CLOSED}


def undisturbed(root: Path, quirks: Quirks) -> tuple[Snapshot, list[str]]:
    """The account after both versions, and the requests of the second apply."""
    root.mkdir(parents=True)
    machine = Machine(Server(quirks), root)
    machine.engine().converge(machine.first())
    engine = machine.engine()
    engine.converge(machine.second())
    return snapshot(machine.server), engine.line.seen


@pytest.mark.parametrize("quirks", SERVERS.values(), ids=SERVERS)
@pytest.mark.parametrize("fault", [Fault.KILL_BEFORE, Fault.KILL_AFTER])
def test_an_apply_killed_anywhere_leaves_nothing_that_cannot_be_used_or_found(
    tmp_path: Path, quirks: Quirks, fault: Fault
) -> None:
    expected, requests = undisturbed(tmp_path / "undisturbed", quirks)
    assert expected.orphans == []

    for number, request in enumerate(requests):
        root = tmp_path / str(number)
        root.mkdir()
        machine = Machine(Server(quirks), root)
        machine.engine().converge(machine.first())
        wanted = machine.second()
        with pytest.raises(KilledError):
            machine.engine(at(number, fault)).apply(wanted)

        machine.engine().converge(wanted)
        machine.clean(wanted)

        assert duplicates(machine.server) == [], request
        assert snapshot(machine.server) == expected, request
        assert machine.engine().plan(wanted).is_empty, request


@pytest.mark.parametrize("quirks", SERVERS.values(), ids=SERVERS)
@pytest.mark.parametrize("fault", [Fault.KILL_AFTER, Fault.CUT_AFTER, Fault.HANG_AFTER])
def test_no_byte_is_sent_twice(tmp_path: Path, quirks: Quirks, fault: Fault) -> None:
    machine = Machine(Server(quirks), tmp_path)
    wanted = machine.first()
    with suppress(KilledError):
        machine.engine(on("POST", "/files", fault)).apply(wanted)

    machine.engine().converge(wanted)

    assert len(machine.server.state.files) == 3
    assert machine.garbage(wanted).ours == ()


@pytest.mark.parametrize("quirks", SERVERS.values(), ids=SERVERS)
def test_the_plan_says_that_it_uses_what_was_left_over(tmp_path: Path, quirks: Quirks) -> None:
    machine = Machine(Server(quirks), tmp_path)
    wanted = machine.first()
    kill(machine, wanted)

    made = machine.engine().plan(wanted)

    notes = [file.note for change in made.changes for file in change.files if file.note]
    assert notes == ["left over from an apply that broke off"]


def kill(machine: Machine, wanted: Desired, fault: Fault = Fault.KILL_AFTER) -> None:
    """An apply that dies with its first upload on the way."""
    with pytest.raises(KilledError):
        machine.engine(on("POST", "/files", fault)).apply(wanted)


def test_without_a_journal_content_is_proof_enough(tmp_path: Path) -> None:
    machine = Machine(Server(OPEN), tmp_path, forgetful=True)
    wanted = machine.first()
    kill(machine, wanted)

    assert [item.proof for item in machine.garbage(wanted).ours] == ["content"]
    machine.engine().converge(wanted)

    assert len(machine.server.state.files) == 3


def test_without_journal_and_content_the_left_over_upload_stays_a_stranger(tmp_path: Path) -> None:
    machine = Machine(Server(CLOSED), tmp_path, forgetful=True)
    wanted = machine.first()
    kill(machine, wanted)

    machine.engine().converge(wanted)

    found = machine.garbage(wanted)
    assert (len(found.ours), len(found.unowned)) == (0, 1)


def test_a_left_over_upload_of_other_content_is_not_used(tmp_path: Path) -> None:
    machine = Machine(Server(OPEN), tmp_path)
    wanted = machine.first()
    kill(machine, wanted)
    (upload,) = machine.server.state.files.values()
    upload.content = b"x" * len(upload.content)

    machine.engine().converge(wanted)

    assert len(machine.server.state.files) == 4
    assert upload.id in {item.id for item in machine.garbage(wanted).unowned}


def test_what_changed_its_name_since_is_sent_anew_and_found(tmp_path: Path) -> None:
    machine = Machine(Server(CLOSED), tmp_path)
    wanted = machine.first()
    kill(machine, wanted)
    (upload,) = machine.server.state.files.values()
    upload.filename = "other.name"

    machine.engine().converge(wanted)

    assert len(machine.server.state.files) == 4


def test_more_candidates_than_were_begun_prove_nothing(tmp_path: Path) -> None:
    machine = Machine(Server(CLOSED), tmp_path)
    wanted = machine.first()
    kill(machine, wanted)
    (upload,) = machine.server.state.files.values()
    machine.server.state.upload(
        {"filename": upload.filename, "content": upload.content, "purpose": "assistants"}
    )

    found = machine.garbage(wanted)
    machine.engine().converge(wanted)

    assert (len(found.ours), len(found.unowned)) == (0, 2)
    assert len(machine.server.state.files) == 5


def test_what_was_there_before_the_upload_was_begun_is_not_it(tmp_path: Path) -> None:
    machine = Machine(Server(CLOSED), tmp_path)
    wanted = machine.first()
    body = {"filename": "a.md", "content": b"other a", "purpose": "assistants"}
    older = machine.server.state.upload(body)["id"]
    machine.server.state.upload({**body, "filename": "last.md"})
    kill(machine, wanted, Fault.KILL_BEFORE)

    found = machine.garbage(wanted)

    assert found.ours == ()
    assert older in {upload.id for upload in found.unowned}


def test_an_upload_that_another_project_holds_is_not_taken(tmp_path: Path) -> None:
    machine = Machine(Server(OPEN), tmp_path, forgetful=True)
    wanted = machine.first()
    state = machine.server.state
    body = {"filename": "a.md", "content": b"first a", "purpose": "assistants"}
    theirs = state.upload(body)["id"]
    state.create_store({"name": "theirs", "file_ids": [theirs]})

    machine.engine().converge(wanted)

    held = {
        i for store in state.stores.values() if "asstctl_key" in store.metadata for i in store.files
    }
    assert theirs not in held
    assert len(state.files) == 4


def test_nothing_is_asked_for_when_no_upload_looks_like_one_that_is_needed(tmp_path: Path) -> None:
    machine = Machine(Server(OPEN), tmp_path)
    engine = machine.engine()

    engine.plan(machine.first())

    assert sorted(engine.line.seen) == [
        "GET /v1/assistants",
        "GET /v1/files",
        "GET /v1/vector_stores",
    ]


def test_a_failing_download_is_no_reason_to_fail(tmp_path: Path) -> None:
    machine = Machine(Server(OPEN), tmp_path, forgetful=True)
    wanted = machine.first()
    kill(machine, wanted)

    machine.engine(always(Fault.ERROR_BEFORE, "GET", "/content")).converge(wanted)

    assert len(machine.server.state.files) == 4


def test_a_server_that_lists_no_uploads_still_converges(tmp_path: Path) -> None:
    machine = Machine(Server(Quirks(file_list=FileList.MISSING)), tmp_path)
    wanted = machine.first()
    kill(machine, wanted)

    machine.engine().converge(wanted)

    assert duplicates(machine.server) == []
