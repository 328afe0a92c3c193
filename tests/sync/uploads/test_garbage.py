"""What counts as garbage, what proves it, and what is never offered."""

from dataclasses import replace
from pathlib import Path

import pytest

from asstctl.model.actual import Actual, Upload
from asstctl.model.smoke import Attachment, OpeningThread, SmokeCase, Turn
from asstctl.plan.safety import CutListError
from asstctl.sync.ports import AccountError, Failure, NotKeptError
from asstctl.sync.uploads.hashing import hash_files
from asstctl.sync.uploads.journal import NoJournal, Noted, Notes
from asstctl.sync.uploads.recognise import Evidence, Orphan, Proof
from asstctl.sync.uploads.reusable import find_reusable
from support.clock import run
from support.faults import Fault, always
from support.projects import assistant, project
from support.quirks import Deletes, FileList, Quirks
from support.server import Server
from sync.uploads.machine import CLOSED, OPEN, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(Server(OPEN), tmp_path)


def upload(machine: Machine, content: str, name: str = "a.md") -> str:
    body = {"filename": name, "content": content.encode(), "purpose": "assistants"}
    return str(machine.server.state.upload(body)["id"])


def ids(orphans: tuple[Orphan, ...]) -> list[str]:
    return [orphan.upload.id for orphan in orphans]


def test_what_was_applied_is_no_garbage(machine: Machine) -> None:
    wanted = machine.first()
    machine.engine().converge(wanted)

    found = machine.garbage(wanted)

    assert (found.ours, found.unowned, found.examined) == ((), (), 3)


def test_what_has_the_content_of_a_file_is_ours_and_anything_else_is_not(machine: Machine) -> None:
    wanted = machine.first()
    ours, theirs = upload(machine, "first a", "other name.md"), upload(machine, "FIRST A")

    found = machine.garbage(wanted)

    assert ids(found.ours) == [ours]
    assert found.ours[0].proof is Proof.CONTENT
    assert [item.id for item in found.unowned] == [theirs]


def test_without_content_only_what_is_noted_is_ours(machine: Machine) -> None:
    machine.server.quirks = machine.server.state.quirks = CLOSED
    wanted = machine.first()
    upload(machine, "first a")

    assert machine.garbage(wanted).ours == ()


def test_what_anybody_holds_is_kept(machine: Machine) -> None:
    wanted = machine.first()
    state = machine.server.state
    in_code, in_store = upload(machine, "first a"), upload(machine, "first a")
    state.create_assistant(
        {
            "model": "m",
            "tools": [{"type": "code_interpreter"}],
            "tool_resources": {"code_interpreter": {"file_ids": [in_code]}},
        }
    )
    state.create_store({"file_ids": [in_store]})

    found = machine.garbage(wanted)

    assert (found.ours, found.unowned) == ((), ())


def test_files_of_smoke_cases_are_ours_too(machine: Machine) -> None:
    files = [machine.folder.write(f"smoke/{name}", f"file {name}") for name in ("a", "b")]
    case = SmokeCase(
        name="case",
        turns=(Turn(prompt="?", attachments=(Attachment(files[0], ("file_search",)),)),),
        thread=OpeningThread(code_files=(files[1],)),
    )
    found = [upload(machine, "file a"), upload(machine, "file b")]
    own = assistant("guide")

    garbage = machine.garbage(project(type(own)(key="guide", spec=own.spec, smoke=(case,))))

    assert ids(garbage.ours) == found


def test_a_stamp_that_still_names_an_upload_proves_it(machine: Machine) -> None:
    machine.server.quirks = machine.server.state.quirks = CLOSED
    wanted = machine.first()
    machine.engine().converge(wanted)
    machine.forgetful = True
    (guide,) = machine.server.state.assistants.values()
    (held,) = guide.code_files
    guide.code_files = []

    found = machine.garbage(wanted)

    assert ids(found.ours) == [held]
    assert found.ours[0].proof is Proof.STAMP


def test_what_a_stamp_proves_is_still_proven_after_another_edit(machine: Machine) -> None:
    machine.server.quirks = machine.server.state.quirks = CLOSED
    machine.forgetful = True
    machine.folder.write("bills/bill.csv", "1,2")
    machine.engine().converge(project(machine.folder.assistant(code="bills/bill.csv")))
    (held,) = machine.server.state.files
    undeleted = always(Fault.ERROR_BEFORE, "DELETE", held)
    machine.engine(undeleted).apply(project(assistant()))
    assert held in machine.server.state.files

    edited = project(assistant(name="New"))
    machine.server.forget()
    machine.engine().converge(edited)

    assert machine.server.count("GET", "files") == 0
    assert ids(machine.garbage(edited).ours) == [held]


def test_what_is_listed_is_deleted_and_nothing_else(machine: Machine) -> None:
    wanted = machine.first()
    machine.engine().converge(wanted)
    theirs = upload(machine, "something else")
    upload(machine, "first a")
    before = set(machine.server.state.files)

    (deletion,) = machine.clean(wanted)

    assert deletion.error is None
    assert before - set(machine.server.state.files) == {deletion.orphan.upload.id}
    assert theirs in machine.server.state.files
    assert machine.garbage(wanted).ours == ()


def test_a_delete_that_fails_does_not_stop_the_others_and_is_reported(machine: Machine) -> None:
    wanted = machine.first()
    one, other = upload(machine, "first a"), upload(machine, "first b", "b.md")
    matcher = always(Fault.ERROR_BEFORE, "DELETE", one)
    machine.engine_matcher = matcher

    deletions = machine.clean(wanted)

    assert {item.orphan.upload.id: item.error is None for item in deletions} == {
        one: False,
        other: True,
    }


def test_what_somebody_attached_meanwhile_is_no_longer_garbage(machine: Machine) -> None:
    wanted = machine.first()
    attached, loose = upload(machine, "first a"), upload(machine, "first b", "b.md")
    before = machine.garbage(wanted)
    machine.server.state.create_store({"file_ids": [attached]})

    again = before.still(machine.garbage(wanted))

    assert ids(before.ours) == [attached, loose]
    assert ids(again.ours) == [loose]


@pytest.mark.parametrize("deletes", Deletes)
def test_an_upload_that_a_delete_leaves_standing_was_not_deleted(
    machine: Machine, deletes: Deletes
) -> None:
    wanted = machine.first()
    machine.engine().converge(wanted)
    standing = upload(machine, "first a")
    machine.server.quirks = machine.server.state.quirks = replace(OPEN, deletes=deletes)

    (deletion,) = machine.clean(wanted)

    assert isinstance(deletion.error, NotKeptError)
    assert standing in deletion.error.what
    assert ids(machine.garbage(wanted).ours) == [standing]


@pytest.mark.parametrize("status", [404, 501])
def test_a_store_whose_files_are_not_listed_may_hold_anything(
    machine: Machine, status: int
) -> None:
    wanted = machine.first()
    machine.engine().converge(wanted)
    machine.server.quirks = machine.server.state.quirks = replace(OPEN, no_store_files=status)

    with pytest.raises(AccountError, match="does not list the files of a vector store"):
        machine.garbage(wanted)


@pytest.mark.parametrize("kind", ["assistants", "vector_stores"])
def test_a_list_that_looks_cut_proves_nothing(machine: Machine, kind: str) -> None:
    wanted = machine.first()
    upload(machine, "first a")
    state = machine.server.state
    for _ in range(41):
        state.create_assistant({"model": "m"}) if kind == "assistants" else state.create_store({})
    machine.server.quirks = machine.server.state.quirks = Quirks(
        gives_content=True, ignores_limit=True
    )

    with pytest.raises(CutListError, match="cut"):
        machine.garbage(wanted)


def test_a_server_without_vector_stores_has_only_assistants_to_ask(machine: Machine) -> None:
    machine.first()
    wanted = project(machine.folder.assistant("guide", code="docs/a.md"))
    machine.server.quirks = machine.server.state.quirks = Quirks(gives_content=True, no_stores=404)
    found = upload(machine, "first a")

    assert ids(machine.garbage(wanted).ours) == [found]


def test_a_server_that_lists_no_uploads_says_so(machine: Machine) -> None:
    machine.server.quirks = Quirks(file_list=FileList.MISSING)

    with pytest.raises(AccountError, match="does not list its uploads") as raised:
        machine.garbage(machine.first())

    assert raised.value.failure is Failure.UNSUPPORTED


def test_stores_that_are_gone_or_expired_hold_nothing(machine: Machine) -> None:
    wanted = machine.first()
    found = upload(machine, "first a")
    state = machine.server.state
    store_id = state.create_store({"file_ids": [found]})["id"]
    state.expire(store_id)

    matcher = always(Fault.ERROR_BEFORE, "GET", "/nothing")
    machine.engine_matcher = matcher

    assert machine.garbage(wanted).ours == ()
    state.delete_store(store_id)
    assert ids(machine.garbage(wanted).ours) == [found]


# --- proofs, one by one -------------------------------------------------------------------------


def noted(name: str = "a.md", size: int = 3, sha256: str = "ab" * 32) -> Noted:
    return Noted(name=name, bytes=size, sha256=sha256)


def an_upload(name: str = "a.md", size: int = 3) -> Upload:
    return Upload(id="file-1", filename=name, bytes=size)


@pytest.mark.parametrize(
    ("found", "proven"),
    [
        (an_upload(), True),
        (an_upload("docs/a.md"), True),
        (an_upload("b.md"), False),
        (an_upload(size=4), False),
    ],
)
def test_an_id_in_the_journal_counts_only_with_its_name_and_size(
    found: Upload, proven: bool
) -> None:
    evidence = Evidence(notes=Notes(made={"file-1": noted()}))

    assert (evidence.by_id(found) is not None) is proven


@pytest.mark.parametrize(("age", "used"), [(10.0, False), (3600.0, True)])
def test_content_alone_is_used_again_only_when_no_running_apply_can_need_it(
    tmp_path: Path, age: float, used: bool
) -> None:
    machine = Machine(Server(OPEN), tmp_path, forgetful=True)
    wanted = machine.first()
    upload(machine, "first a")

    async def spare() -> object:
        async with machine.engine().account() as account:
            uploads = await account.list_uploads() or ()
            contents = await hash_files(wanted.files, parallelism=1)
            return await find_reusable(
                account,
                wanted,
                contents,
                Actual(account="test", uploads=uploads),
                NoJournal(),
                assistants=(),
                stores=(),
                environments=(),
                now=lambda: uploads[0].created_at + age,
            )

    assert bool(run(spare())) is used
