"""Content decides: what is sent, what is shared, what goes."""

import os
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from asstctl.model.address import Address, Kind
from asstctl.model.desired import Desired
from asstctl.model.vector_store import Chunking
from asstctl.plan.action import Action, FileAction
from asstctl.plan.plan import Plan
from asstctl.sync.result import Status
from support.engine import PRUNE, Engine
from support.faults import Fault, KilledError
from support.projects import Folder, changed, mixed, project
from support.quirks import Quirks
from support.server import Server
from support.snapshot import duplicates, snapshot

LISBON, PORTO = "docs/lisbon.md", "docs/porto.md"


def names_in(server: Server) -> list[str]:
    return sorted(file.filename for file in server.state.files.values())


def uploads(server: Server) -> int:
    return server.count("POST", "files")


def store_id(server: Server, key: str) -> str:
    stores = server.state.stores.items()
    return next(i for i, store in stores if store.metadata["asstctl_key"] == key)


def file_actions(plan: Plan) -> list[tuple[FileAction, str]]:
    return [(file.action, file.path) for change in plan.changes for file in change.files]


def test_a_touched_file_changes_nothing(folder: Folder, server: Server, engine: Engine) -> None:
    desired = mixed(folder)
    engine.converge(desired)
    for path in folder.root.rglob("*.*"):
        os.utime(path, (1, 1))
    server.forget()

    assert engine.plan(desired).is_empty
    assert engine.converge(desired).changes == ()
    assert server.writes == []


def test_an_upload_that_is_gone_is_sent_again_and_not_deleted(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write("data.csv", "1,2")
    desired = project(folder.assistant(code="data.csv"))
    engine.converge(desired)
    (gone,) = server.state.files
    del server.state.files[gone]
    server.forget()

    assert file_actions(engine.plan(desired)) == [
        (FileAction.UPLOAD, "data.csv"),
        (FileAction.DETACH, gone),
    ]
    engine.converge(desired)
    assert names_in(server) == ["data.csv"]
    assert server.count("DELETE", "files", "*") == 0


def test_the_account_alone_tells_what_it_holds(
    folder: Folder, server: Server, engine: Engine, tmp_path: Path
) -> None:
    engine.converge(mixed(folder))
    elsewhere = mixed(Folder(tmp_path / "another machine"))
    server.forget()

    assert engine.plan(elsewhere).is_empty
    assert server.writes == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("docs/lisbon.md", "Lisbon lies on seven hillS."),
        ("data/receipts.csv", "what,price\nlunch,13\n"),
        ("data/rates.csv", "from,to,rate\nEUR,USD,1.2\n"),
    ],
)
def test_one_byte_sends_one_file(
    folder: Folder, server: Server, engine: Engine, path: str, content: str
) -> None:
    engine.converge(mixed(folder))
    desired = mixed(folder)
    assert folder.file(path).bytes == len(content)
    folder.write(path, content)
    server.forget()
    engine.converge(desired)

    assert uploads(server) == 1
    assert server.count("DELETE", "files", "*") == 1
    assert snapshot(server).orphans == []
    assert len(server.state.files) == 4
    assert engine.plan(desired).is_empty


def test_equal_content_is_sent_once_and_shared(
    folder: Folder, server: Server, engine: Engine
) -> None:
    for path in ("a/one.md", "b/two.md", "c/three.md"):
        folder.write(path, "the same")
    desired = project(
        folder.store("docs", "a/one.md b/two.md"),
        folder.store("faq", "c/three.md"),
        folder.assistant("guide", code="b/two.md"),
        folder.assistant("clerk", code="a/one.md c/three.md"),
    )
    plan = engine.plan(desired)
    engine.converge(desired)

    assert plan.summary.files[FileAction.UPLOAD] == 1
    assert plan.summary.upload_bytes == len("the same")
    assert len(server.state.files) == uploads(server) == 1
    assert all(len(store.files) == 1 for store in server.state.stores.values())
    assert engine.plan(desired).is_empty


def test_a_new_resource_shares_what_an_untouched_store_holds(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    docs = folder.store("docs", LISBON)
    engine.converge(project(docs))
    server.forget()
    engine.converge(project(docs, folder.assistant("guide", code=LISBON)))

    assert uploads(server) == 0
    assert len(server.state.files) == 1


@pytest.mark.parametrize("kind", ["store", "assistant"])
def test_a_renamed_file_is_attached_under_its_new_name(
    folder: Folder, server: Server, engine: Engine, kind: str
) -> None:
    def desired(path: str) -> object:
        folder.write(path, "Lisbon lies on seven hills.")
        return (
            project(folder.store("docs", path))
            if kind == "store"
            else project(folder.assistant("guide", code=path))
        )

    engine.converge(desired(LISBON))  # type: ignore[arg-type]
    renamed = desired("docs/lisboa.md")
    engine.converge(renamed)  # type: ignore[arg-type]

    assert names_in(server) == ["lisboa.md"]
    assert engine.plan(renamed).is_empty  # type: ignore[arg-type]
    assert snapshot(server).orphans == []


def test_a_file_in_another_folder_is_the_same_file(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write("old/lisbon.md", "Lisbon")
    folder.write("new/lisbon.md", "Lisbon")
    engine.converge(project(folder.store("docs", "old/lisbon.md")))
    server.forget()
    desired = project(folder.store("docs", "new/lisbon.md"))
    engine.converge(desired)

    assert uploads(server) == 0
    assert engine.plan(desired).is_empty


def test_another_chunking_attaches_the_same_upload_anew(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    engine.converge(project(folder.store("docs", LISBON)))
    desired = project(folder.store("docs", LISBON, chunking={LISBON: Chunking(200, 50)}))
    server.forget()
    plan = engine.plan(desired)
    engine.converge(desired)

    assert file_actions(plan) == [(FileAction.ATTACH, LISBON)]
    assert uploads(server) == 0
    (store,) = server.state.stores.values()
    assert [item.chunking for item in store.files.values()] == [(200, 50)]
    assert engine.plan(desired).is_empty


def test_what_another_store_shares_is_not_deleted(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    docs, faq = folder.store("docs", LISBON), folder.store("faq", LISBON)
    engine.converge(project(docs, faq))
    desired = project(folder.store("docs"), faq)
    engine.converge(desired)

    assert names_in(server) == ["lisbon.md"]
    assert engine.plan(desired).is_empty
    assert [item.content for item in server.state.files.values()] == [b"Lisbon"]
    assert sorted(len(store.files) for store in server.state.stores.values()) == [0, 1]


def test_what_a_forgotten_store_shares_is_not_deleted(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    docs, faq = folder.store("docs", LISBON), folder.store("faq", LISBON)
    engine.converge(project(docs, faq))
    engine.converge(project(folder.store("docs")))

    assert names_in(server) == ["lisbon.md"]
    assert sorted(len(store.files) for store in server.state.stores.values()) == [0, 1]


def test_what_a_renamed_file_shares_with_an_untouched_store_is_not_deleted(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    engine.converge(project(folder.store("faq", LISBON), folder.assistant("guide", code=LISBON)))
    folder.write("docs/lisboa.md", "Lisbon")
    desired = project(
        folder.store("faq", "docs/lisboa.md"), folder.assistant("guide", code="docs/lisboa.md")
    )
    engine.converge(desired)

    (store,) = server.state.stores.values()
    assert set(store.files) <= set(server.state.files)
    assert engine.plan(desired).is_empty
    assert names_in(server) == ["lisboa.md"]


def test_pruning_a_store_deletes_the_uploads_that_nothing_else_holds(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    folder.write(PORTO, "Porto")
    faq = folder.store("faq", PORTO)
    engine.converge(project(folder.store("docs", f"{LISBON} {PORTO}"), faq))
    engine.converge(project(faq), PRUNE)

    assert names_in(server) == ["porto.md"]
    assert len(server.state.stores) == 1


def test_an_upload_deleted_elsewhere_is_sent_again(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    desired = project(folder.assistant("guide", code=LISBON))
    engine.converge(desired)
    server.state.files.clear()
    plan = engine.plan(desired)
    engine.converge(desired)

    assert file_actions(plan)[0] == (FileAction.UPLOAD, LISBON)
    assert names_in(server) == ["lisbon.md"]
    assert engine.plan(desired).is_empty


def test_a_store_deleted_elsewhere_is_made_anew_and_linked_again(
    folder: Folder, server: Server, engine: Engine
) -> None:
    desired = mixed(folder)
    engine.converge(desired)
    before = snapshot(server)
    server.state.delete_store(store_id(server, "docs"))
    plan = engine.plan(desired)
    engine.converge(desired)

    assert {str(change.address): change.action for change in plan.writes} == {
        "vector_store.docs": Action.CREATE,
        "assistant.guide": Action.UPDATE,
    }
    assert snapshot(server).without_orphans == before.without_orphans
    assert duplicates(server) == []
    assert engine.plan(desired).is_empty


def test_an_expired_store_is_rebuilt_from_the_uploads_it_had(
    folder: Folder, server: Server, engine: Engine
) -> None:
    desired = mixed(folder)
    engine.converge(desired)
    before = snapshot(server)
    old = store_id(server, "docs")
    server.state.expire(old)
    plan = engine.plan(desired)
    server.forget()
    engine.converge(desired)

    (rebuilt,) = (change for change in plan.changes if change.action is Action.CREATE)
    assert rebuilt.reason == "the vector store expired and is built anew"
    assert old not in server.state.stores
    assert uploads(server) == 0
    assert snapshot(server) == before
    assert engine.plan(desired).is_empty


def test_a_file_that_cannot_be_indexed_fails_its_change_and_leaves_the_old_one(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    desired = project(folder.store("docs", LISBON), folder.assistant("guide", store="docs"))
    engine.converge(desired)
    folder.write(LISBON, "UNREADABLE")
    edited = project(
        folder.store("docs", LISBON),
        changed(folder.assistant("guide", store="docs"), name="Guide"),
        folder.assistant("other"),
    )
    result = engine.apply(edited)

    statuses = {str(change.address): change.status for change in result.changes}
    assert statuses == {
        "vector_store.docs": Status.FAILED,
        "assistant.guide": Status.SKIPPED,
        "assistant.other": Status.DONE,
    }
    error = next(change.error for change in result.failed)
    assert error is not None
    assert "The file is not text." in error.why
    assert "docs/lisbon.md" in error.what
    assert "The files that were in the store before are still there." in error.fix
    (store,) = server.state.stores.values()
    contents = [server.state.files[file_id].content for file_id in store.files]
    assert b"Lisbon" in contents

    folder.write(LISBON, "Lisboa")
    engine.converge(edited)
    assert [server.state.files[i].content for i in store.files] == [b"Lisboa"]
    assert snapshot(server).orphans == []
    assert engine.plan(edited).is_empty


def test_address_of_a_file_failure_is_its_store(folder: Folder, engine: Engine) -> None:
    folder.write(LISBON, "UNREADABLE")
    for _ in range(2):
        (failed,) = engine.apply(project(folder.store("docs", LISBON))).failed
        assert failed.address == Address.parse("vector_store.docs")
        assert failed.error is not None
        assert failed.error.fix == "Mend the file, or take it out of the manifest."


def test_where_the_account_failed_the_file_needs_no_mending(folder: Folder, engine: Engine) -> None:
    folder.write(LISBON, "UNLUCKY")
    (failed,) = engine.apply(project(folder.store("docs", LISBON))).failed
    assert failed.error is not None
    assert "server_error: An error on our side." in failed.error.why
    assert failed.error.fix == (
        "It was the account's own error: run apply again once it has passed."
    )


def _killed_while_indexing(folder: Folder, content: str) -> tuple[Server, Desired]:
    """An account whose new store has a file that is not indexed yet, and whose apply is dead."""
    server = Server(Quirks(indexing_looks=3))
    folder.write(LISBON, content)
    desired = project(folder.store("docs", LISBON), folder.assistant("guide", store="docs"))

    def at_first_look(_: int, request: httpx2.Request) -> Fault | None:
        path = request.url.path
        looks = request.method == "GET" and any(map(path.endswith, server.state.stores))
        return Fault.KILL_BEFORE if looks else None

    with pytest.raises(KilledError):
        Engine(server).with_faults(at_first_look).apply(desired)
    return server, desired


def test_files_that_a_killed_apply_did_not_see_indexed_are_waited_for(folder: Folder) -> None:
    server, desired = _killed_while_indexing(folder, "Lisbon")
    engine = Engine(server)
    change = next(c for c in engine.plan(desired).writes if c.address.kind is Kind.VECTOR_STORE)
    assert change.reason == "the account has not indexed all of the files yet"
    server.forget()
    engine.converge(desired)

    (made,) = server.state.stores
    asked = [str(asked) for asked in server.journal]
    assert asked.index("POST /assistants") > asked.index(f"GET /vector_stores/{made}")
    assert [file.status for file in server.state.stores[made].files.values()] == ["completed"]
    assert uploads(server) == 0
    assert engine.plan(desired).is_empty


def test_a_file_that_then_fails_to_be_indexed_fails_its_change(folder: Folder) -> None:
    server, desired = _killed_while_indexing(folder, "UNREADABLE")
    result = Engine(server).apply(desired)

    assert {str(change.address): change.status for change in result.changes} == {
        "vector_store.docs": Status.FAILED,
        "assistant.guide": Status.SKIPPED,
    }
    assert server.state.assistants == {}


def test_what_a_pruned_expired_store_shares_is_not_deleted(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    faq = folder.store("faq", LISBON)
    engine.converge(project(folder.store("docs", LISBON), faq))
    server.state.expire(store_id(server, "docs"))
    engine.converge(project(faq), PRUNE)

    (left,) = server.state.stores.values()
    assert set(left.files) == set(server.state.files) != set()


@pytest.mark.parametrize("shared", ["first", "twin"])
def test_a_second_upload_that_another_store_shares_is_not_deleted(
    folder: Folder, server: Server, engine: Engine, shared: str
) -> None:
    folder.write(LISBON, "Lisbon")
    folder.write(PORTO, "Porto")
    docs, faq = folder.store("docs", f"{LISBON} {PORTO}"), folder.store("faq", LISBON)
    engine.converge(project(docs, faq))
    body = {"filename": "lisbon.md", "content": b"Lisbon", "purpose": "assistants"}
    twin = server.state.upload(body)["id"]
    in_docs, in_faq = (server.state.stores[store_id(server, key)].files for key in ("docs", "faq"))
    (first,) = (item for item in in_docs.values() if item.attributes["asstctl_path"] == LISBON)
    in_docs[twin] = replace(first, file_id=twin)
    if shared == "twin":
        in_faq[twin] = replace(in_faq.pop(first.file_id), file_id=twin)
    engine.converge(project(docs, faq))

    assert set(in_faq) == {first.file_id if shared == "first" else twin}
    assert set(in_faq) < set(server.state.files)
    assert engine.plan(project(docs, faq)).is_empty


def test_an_upload_that_lost_its_name_is_not_deleted_under_an_untouched_store(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write(LISBON, "Lisbon")
    folder.write("faq/lisbon, a copy.md", "Lisbon")
    faq = folder.store("faq", ["faq/lisbon, a copy.md"])
    engine.converge(project(folder.store("docs", LISBON), faq))
    assert names_in(server) == ["lisbon.md"]
    folder.write("docs/lisboa.md", "Lisbon")
    desired = project(folder.store("docs", "docs/lisboa.md"), faq)
    engine.converge(desired)

    for store in server.state.stores.values():
        assert [server.state.files[i].filename for i in store.files] == ["lisboa.md"]
    assert engine.plan(desired).is_empty
