"""Lost answers, concurrent applies and broken-off work: nothing twice, nothing lost, all told."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest

from asstctl.errors import ExitCode
from asstctl.model.desired import Desired
from asstctl.model.vector_store import Chunking
from asstctl.sync.apply import SkippedError
from asstctl.sync.change.indexing import IndexingError
from asstctl.sync.result import ApplyResult, Status
from support.clock import run
from support.engine import PRUNE, Engine, plan_with
from support.faults import Fault, always, on
from support.projects import Folder, assistant, mixed, project, store
from support.quirks import FIELD, FileList, Quirks
from support.server import Server
from support.snapshot import duplicates, snapshot

LOST = (Fault.ERROR_AFTER, Fault.CUT_AFTER, Fault.HANG_AFTER, Fault.GARBAGE, Fault.NOT_JSON)
NOT_DONE = (Fault.ERROR_BEFORE, Fault.CUT_BEFORE, Fault.HANG_BEFORE)


def statuses(result: ApplyResult) -> dict[str, Status]:
    return {str(change.address): change.status for change in result.changes}


@pytest.mark.parametrize("path", ["/assistants", "/vector_stores", "/files", "/file_batches"])
@pytest.mark.parametrize("fault", LOST)
def test_a_create_whose_answer_got_lost_is_found_again(
    folder: Folder, server: Server, engine: Engine, path: str, fault: Fault
) -> None:
    folder.write("a.md", "a")
    desired = project(folder.store("docs", "a.md"), assistant("guide", store="docs"))
    engine.converge(project(assistant("first")))
    engine.with_faults(on("POST", path, fault)).converge(
        project(assistant("first"), *desired.resources)
    )

    assert duplicates(server) == []
    assert snapshot(server).orphans == []
    assert len(server.state.assistants) == 2
    assert len(server.state.stores) == len(server.state.files) == 1


@pytest.mark.parametrize("path", ["/assistants", "/vector_stores", "/files", "/file_batches"])
@pytest.mark.parametrize("fault", NOT_DONE)
def test_a_create_that_did_not_happen_is_made(
    folder: Folder, server: Server, engine: Engine, path: str, fault: Fault
) -> None:
    folder.write("a.md", "a")
    engine.converge(project(assistant("first")))
    desired = project(
        assistant("first"), folder.store("docs", "a.md"), assistant("guide", store="docs")
    )
    engine.with_faults(on("POST", path, fault)).converge(desired)

    assert duplicates(server) == []
    assert engine.plan(desired).is_empty


@pytest.mark.parametrize("fault", LOST)
def test_two_files_of_one_name_and_size_are_not_taken_for_each_other(
    folder: Folder, server: Server, fault: Fault
) -> None:
    for n in range(6):
        folder.write(f"{n}/readme.md", f"content {n}")
    paths = [f"{n}/readme.md" for n in range(6)]
    for losses in range(1, 5):
        server = Server()
        engine = Engine(server, latency=0.1, parallelism=6)
        faults = [fault if n == losses else None for n in range(6)]
        desired = project(folder.store("docs", paths))
        engine.with_faults(on("POST", "/files", *faults)).apply(desired)
        engine.apply(desired)

        for thing in server.state.stores.values():
            for item in thing.files.values():
                held = server.state.files[item.file_id]
                assert held.sha256 == item.attributes["asstctl_sha256"]
        assert engine.plan(desired).is_empty


@pytest.mark.parametrize("fault", [*NOT_DONE, *LOST])
@pytest.mark.parametrize("first", [True, False])
def test_an_upload_that_got_lost_is_not_mistaken_for_its_neighbour(
    folder: Folder, server: Server, fault: Fault, first: bool
) -> None:
    for n in range(2):
        folder.write(f"{n}/readme.md", f"content {n}")
    desired = project(folder.store("docs", "0/readme.md 1/readme.md"))
    faults = (fault, Fault.LATE) if first else (Fault.LATE, fault)
    Engine(server).with_faults(on("POST", "/files", *faults)).converge(desired)

    (thing,) = server.state.stores.values()
    held = [server.state.files[item.file_id] for item in thing.files.values()]
    assert {file.content for file in held} == {b"content 0", b"content 1"}
    assert all(thing.files[f.id].attributes["asstctl_sha256"] == f.sha256 for f in held)
    assert snapshot(server).orphans == []


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(file_list=FileList.MISSING)])
def test_an_upload_that_nobody_can_look_up_is_sent_again(folder: Folder, quirks: Quirks) -> None:
    folder.write("a.md", "a")
    server = Server(quirks)
    engine = Engine(server)
    desired = project(folder.store("docs", "a.md"))
    engine.with_faults(on("POST", "/files", Fault.ERROR_AFTER)).converge(desired)

    assert duplicates(server) == []
    assert engine.plan(desired).is_empty


@pytest.mark.parametrize("fault", LOST)
def test_lost_answers_to_updates_and_deletes_are_settled_by_a_look(
    folder: Folder, server: Server, engine: Engine, fault: Fault
) -> None:
    folder.write("a.md", "a")
    engine.converge(
        project(folder.store("docs", "a.md"), store("old"), assistant("guide"), assistant("old"))
    )
    folder.write("a.md", "b")
    desired = project(folder.store("docs", "a.md"), assistant("guide", name="New"))
    pending = dict.fromkeys((*server.state.assistants, *server.state.stores), fault)
    pending |= dict.fromkeys(server.state.files, fault)

    def once_each(_: int, request: httpx2.Request) -> Fault | None:
        """The first write to every object that exists."""
        reads = request.method == "GET" or request.url.path.endswith("/file_batches")
        return None if reads else pending.pop(request.url.path.rpartition("/")[2], None)

    engine.with_faults(once_each).converge(desired, PRUNE)

    assert pending == {}
    assert engine.plan(desired, PRUNE).is_empty


def test_what_fails_for_good_fails_alone_and_what_needs_it_is_skipped(
    folder: Folder, server: Server, engine: Engine
) -> None:
    desired = mixed(folder)
    engine.converge(project(assistant("first")))
    broken = engine.with_faults(always(Fault.ERROR_BEFORE, "POST", "/file_batches"))
    result = broken.apply(desired)

    assert statuses(result) == {
        "vector_store.docs": Status.FAILED,
        "vector_store.more": Status.FAILED,
        "assistant.clerk": Status.SKIPPED,
        "assistant.guide": Status.SKIPPED,
        "assistant.plain": Status.DONE,
    }
    assert result.exit_code is ExitCode.APPLY_INCOMPLETE
    skipped = [change.error for change in result.changes if change.status is Status.SKIPPED]
    assert all(isinstance(error, SkippedError) for error in skipped)
    assert {"vector_store.docs", "vector_store.more"} == {
        word for error in skipped if error for word in error.what.split() if "." in word
    }
    engine.converge(desired)
    assert duplicates(server) == []
    assert snapshot(server).orphans == []


@pytest.mark.parametrize("quirks", FIELD.values(), ids=FIELD.keys())
def test_an_index_that_is_late_is_waited_for(folder: Folder, quirks: Quirks) -> None:
    server = Server(replace(quirks, lagging_counts=2, indexing_looks=5))
    engine = Engine(server)
    folder.write("a.md", "old")
    engine.converge(project(folder.store("docs", "a.md")))
    folder.write("a.md", "UNREADABLE")
    result = engine.apply(project(folder.store("docs", "a.md")))

    (failed,) = result.failed
    assert isinstance(failed.error, IndexingError)
    (thing,) = server.state.stores.values()
    assert b"old" in {server.state.files[i].content for i in thing.files}


def test_an_index_that_never_ends_is_given_up(folder: Folder) -> None:
    server = Server(Quirks(indexing_looks=10**6))
    engine = Engine(server)
    folder.write("a.md", "a")
    result = engine.apply(project(folder.store("docs", "a.md")))

    (failed,) = result.failed
    assert isinstance(failed.error, IndexingError)
    assert "60 s" in failed.error.what
    server.state.quirks = Quirks()
    for thing in server.state.stores.values():
        for item in thing.files.values():
            item.looks, item.status = 0, "completed"
    server.forget()
    engine.converge(project(folder.store("docs", "a.md")))
    assert server.count("POST", "files") == 0


def test_a_file_that_failed_once_is_attached_again(folder: Folder, server: Server) -> None:
    engine = Engine(server)
    folder.write("a.md", "a")
    desired = project(folder.store("docs", "a.md"))
    engine.converge(desired)
    (thing,) = server.state.stores.values()
    for item in thing.files.values():
        item.status = "failed"
    server.forget()
    engine.converge(desired)

    assert server.count("POST", "files") == 0
    assert [item.status for item in thing.files.values()] == ["completed"]
    assert engine.plan(desired).is_empty


def test_what_cannot_be_deleted_fails_and_stays(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("guide"), assistant("clerk")))
    stuck = engine.with_faults(always(Fault.ERROR_BEFORE, "DELETE", ""))
    result = stuck.apply(project(assistant("guide")), PRUNE)

    assert statuses(result) == {"assistant.clerk": Status.FAILED}
    assert len(server.state.assistants) == 2


@pytest.mark.parametrize("quirks", FIELD.values(), ids=FIELD.keys())
def test_deleting_what_is_gone_already_is_fine(quirks: Quirks) -> None:
    server = Server(quirks)
    engine = Engine(server)
    engine.converge(project(assistant("guide"), store("docs")))
    lost = on("DELETE", "", Fault.CUT_AFTER, Fault.CUT_AFTER)
    engine.with_faults(lost).apply(project(), PRUNE)
    engine.converge(project(), PRUNE)

    assert server.state.assistants == server.state.stores == {}


def _concurrently(
    server: Server, desired: Callable[[], Desired], *, apart: float
) -> tuple[ApplyResult, ApplyResult]:
    """Two applies that both saw an empty account."""
    engine = Engine(server, latency=0.05)

    async def one(planned: asyncio.Barrier, wait: float) -> ApplyResult:
        async with engine.account() as account:
            wanted = desired()
            made = await plan_with(account, wanted)
            await planned.wait()
            await asyncio.sleep(wait)
            return await engine.execute(account, made, wanted)

    async def both() -> tuple[ApplyResult, ApplyResult]:
        planned = asyncio.Barrier(2)
        return await asyncio.gather(one(planned, 0.0), one(planned, apart))

    return run(both())


@pytest.mark.parametrize("apart", [0.0, 0.01, 0.05, 0.12, 0.3, 1.0])
@pytest.mark.parametrize("per_second", [1, 1000])
def test_of_two_applies_at_once_nothing_is_left_twice(
    folder: Folder, apart: float, per_second: int
) -> None:
    server = Server(Quirks(per_second=per_second))
    first, second = _concurrently(server, lambda: mixed(folder), apart=apart)
    codes = {first.exit_code, second.exit_code}

    assert duplicates(server) == []
    assert codes <= {ExitCode.OK, ExitCode.REFUSED, ExitCode.APPLY_INCOMPLETE}
    Engine(server).converge(mixed(folder))
    assert duplicates(server) == []
    assert Engine(server).plan(mixed(folder)).is_empty
    assert len(server.state.assistants) == 3
    assert len(server.state.stores) == 2


def test_rechunking_survives_a_lost_detach(folder: Folder, server: Server, engine: Engine) -> None:
    folder.write("a.md", "a")
    engine.converge(project(folder.store("docs", "a.md")))
    recut = project(folder.store("docs", "a.md", chunking={"a.md": Chunking(200, 0)}))
    for fault in LOST:
        engine.with_faults(always(fault, "DELETE", "")).apply(recut)
    engine.converge(recut)

    (thing,) = server.state.stores.values()
    assert [item.chunking for item in thing.files.values()] == [(200, 0)]
    assert engine.plan(recut).is_empty
