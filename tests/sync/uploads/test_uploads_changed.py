"""An account that makes something else of uploads: told once, and never sent again for that."""

from pathlib import Path

import httpx2
import pytest

from asstctl.model.desired import Desired, DesiredAssistant, DesiredStore
from asstctl.model.file import is_like, is_named
from support.engine import PRUNE, Engine
from support.faults import Fault, KilledError, on
from support.projects import Folder, edited, mixed, project
from support.quirks import Names, Quirks
from support.server import Server
from support.snapshot import duplicates, snapshot

NFD, NFC = "d/cafe\u0301.md", "d/caf\u00e9.md"
ODD = ['d/size 2".md', "d/a b.md", "d/é.md", NFD, "d/plain.md"]
KINDS = ["code", "store", "both"]


def build(folder: Folder, kind: str, paths: list[str]) -> Desired:
    store = folder.store("docs", paths)
    guide = folder.assistant(code=paths)
    resources: dict[str, list[DesiredAssistant | DesiredStore]]
    resources = {"code": [guide], "store": [store], "both": [store, guide]}
    return project(*resources[kind])


def write(folder: Folder, *paths: str) -> list[str]:
    for path in paths:
        folder.write(path, f"This is {path}.")
    return list(paths)


def sent(server: Server) -> int:
    return server.count("POST", "files")


@pytest.mark.parametrize("drops", [False, True])
@pytest.mark.parametrize("names", Names)
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_name_is_told_once_and_settles(
    folder: Folder, kind: str, names: Names, drops: bool
) -> None:
    server = Server(Quirks(renames_files=names, drops_attributes=drops))
    engine = Engine(server)
    first = engine.converge(build(folder, kind, write(folder, *ODD)))
    (told,) = first.warnings
    assert "names of uploads" in told.what
    assert sent(server) == len(ODD)

    server.forget()
    assert engine.plan(build(folder, kind, ODD)).is_empty
    assert engine.converge(build(folder, kind, ODD)).warnings == ()
    folder.write("d/plain.md", "Edited.")
    edited = engine.converge(build(folder, kind, ODD))
    assert sent(server) == 1
    assert bool(edited.warnings) is (names is Names.LOST)
    assert engine.plan(build(folder, kind, ODD)).is_empty


def test_the_warning_says_which_name_became_which(folder: Folder) -> None:
    engine = Engine(Server(Quirks(renames_files=Names.REPLACED)))
    (told,) = engine.converge(build(folder, "code", write(folder, "d/a b.md"))).warnings
    assert "d/a b.md is a_b.md there" in told.what


def test_a_name_in_another_unicode_form_is_said_to_be_that(folder: Folder) -> None:
    engine = Engine(Server(Quirks(renames_files=Names.COMPOSED)))
    (told,) = engine.converge(build(folder, "code", write(folder, NFD))).warnings
    assert "is in another Unicode form there" in told.what


@pytest.mark.parametrize("names", Names)
@pytest.mark.parametrize("drops", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_renamed_on_disk_is_sent_under_its_new_name(
    folder: Folder, kind: str, names: Names, drops: bool
) -> None:
    server = Server(Quirks(renames_files=names, drops_attributes=drops))
    engine = Engine(server)
    folder.write("d/a b.md", "The same.")
    engine.converge(build(folder, kind, ["d/a b.md"]))
    folder.write("d/b c.md", "The same.")
    server.forget()
    engine.converge(build(folder, kind, ["d/b c.md"]))

    assert sent(server) == 1
    assert len(server.state.files) == 1
    assert engine.plan(build(folder, kind, ["d/b c.md"])).is_empty


def test_a_file_that_is_renamed_to_what_the_account_calls_it_stays(folder: Folder) -> None:
    server = Server(Quirks(renames_files=Names.REPLACED))
    engine = Engine(server)
    folder.write("d/a b.md", "The same.")
    engine.converge(build(folder, "code", ["d/a b.md"]))
    folder.write("d/a_b.md", "The same.")
    assert engine.plan(build(folder, "code", ["d/a_b.md"])).is_empty


def test_the_unicode_form_of_a_path_decides_nothing(folder: Folder, server: Server) -> None:
    engine = Engine(server)
    folder.write(NFD, "The same.")
    engine.converge(build(folder, "code", [NFD]))
    folder.write(NFC, "The same.")
    assert engine.plan(build(folder, "code", [NFC])).is_empty


@pytest.mark.parametrize("names", [Names.KEPT, Names.REPLACED])
def test_a_shared_upload_goes_when_the_path_that_named_it_does(
    folder: Folder, names: Names
) -> None:
    server = Server(Quirks(renames_files=names))
    engine = Engine(server)
    for path in ("a/one 1.md", "b/two 2.md"):
        folder.write(path, "The same.")
    two = folder.store("two", ["b/two 2.md"])
    engine.converge(project(folder.store("one", ["a/one 1.md"]), two))
    assert len(server.state.files) == 1
    engine.converge(project(two), PRUNE)
    engine.converge(project(two), PRUNE)

    assert sent(server) == 2
    assert len(server.state.files) == 1
    assert engine.plan(project(two), PRUNE).is_empty


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_counts_are_told_once_and_fail_nothing(folder: Folder, kind: str) -> None:
    server = Server(Quirks(miscounts_bytes=33))
    engine = Engine(server)
    paths = write(folder, "d/a.md", "d/b.md")
    first = engine.converge(build(folder, kind, paths))
    assert [warning for warning in first.warnings if "read again" in warning.why] == list(
        first.warnings
    )
    assert len(first.warnings) == 1
    assert engine.plan(build(folder, kind, paths)).is_empty
    assert engine.converge(build(folder, kind, paths)).warnings == ()

    folder.write("d/a.md", "Edited.")
    assert engine.converge(build(folder, kind, paths)).warnings == ()
    assert len(server.state.files) == 2
    assert engine.plan(build(folder, kind, paths)).is_empty


@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_changed_meanwhile_still_fails_its_change(folder: Folder, gone: bool) -> None:
    server = Server(Quirks(miscounts_bytes=33))
    path = folder.write("d/a.md", "As it was.").source

    def meddle(_: int, request: httpx2.Request) -> None:
        if request.method == "POST" and request.url.path.endswith("/files"):
            path.unlink() if gone else path.write_text("As it is.")

    desired = build(folder, "code", ["d/a.md"])
    (failed,) = Engine(server).with_faults(meddle).apply(desired).failed
    words = "cannot be read" if gone else "changed while it was being uploaded"
    assert words in str(failed.error)
    assert server.state.files == {}


LYING = Quirks(renames_files=Names.REPLACED, miscounts_bytes=33)


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.CUT_AFTER, Fault.HANG_AFTER])
def test_a_lost_answer_is_found_again_under_another_name(folder: Folder, fault: Fault) -> None:
    server = Server(Quirks(renames_files=Names.REPLACED))
    desired = build(folder, "both", write(folder, *ODD))
    faults = [fault if n == 2 else None for n in range(len(ODD))]
    Engine(server).with_faults(on("POST", "/files", *faults)).converge(desired)

    assert sent(server) == len(ODD)
    assert snapshot(server).orphans == []
    assert duplicates(server) == []


@pytest.mark.parametrize("fault", [Fault.KILL_BEFORE, Fault.KILL_AFTER])
@pytest.mark.parametrize("path", ["/assistants", "/vector_stores", "/file_batches"])
def test_what_a_killed_apply_sent_is_used_again(
    folder: Folder, tmp_path: Path, fault: Fault, path: str
) -> None:
    server = Server(LYING)
    engine = Engine(server, root=tmp_path)
    desired = build(folder, "both", write(folder, *ODD))
    with pytest.raises(KilledError):
        engine.with_faults(on("POST", path, fault)).apply(desired)
    engine.converge(desired)

    assert sent(server) == len(ODD)
    assert snapshot(server).orphans == []
    assert duplicates(server) == []
    assert engine.plan(desired).is_empty


@pytest.mark.parametrize("quirks", [LYING, Quirks(renames_files=Names.LOST)])
def test_every_change_of_a_project_settles(folder: Folder, quirks: Quirks) -> None:
    server = Server(quirks)
    engine = Engine(server)
    for desired in (mixed(folder), edited(folder)):
        engine.converge(desired, PRUNE)
        assert engine.plan(desired, PRUNE).is_empty
    assert duplicates(server) == []
    assert snapshot(server).orphans == []


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("a_b.md", "a b.md"),
        ("size 2%22.csv", 'size 2".csv'),
        ("_.md", "é.md"),
        ("e.md", "é.md"),
        (NFC, NFD),
        ("a%20b.md", "a b.md"),
    ],
)
def test_names_that_a_server_changed_are_alike(filename: str, name: str) -> None:
    assert is_like(filename, name.rpartition("/")[2])


def test_other_names_are_not_alike() -> None:
    assert not is_like("a.md", "b.md")
    assert not is_named("a_b.md", "a b.md")
