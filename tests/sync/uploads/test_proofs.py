"""A server that forgets the attributes of files: the stamp knows what they are, while it can."""

import pytest

from asstctl.model.stamp import MOST_FILES, Stamp
from asstctl.sync.result import Status
from support.engine import Engine
from support.faults import Fault, KilledError, on
from support.projects import Folder, project
from support.quirks import Quirks
from support.server import Server
from support.snapshot import duplicates, snapshot


@pytest.fixture
def server() -> Server:
    return Server(Quirks(drops_attributes=True))


def write(folder: Folder, count: int) -> str:
    paths = [f"docs/{n}.md" for n in range(count)]
    for path in paths:
        folder.write(path, f"This is {path}.")
    return " ".join(paths)


def test_one_edit_sends_one_file(folder: Folder, server: Server, engine: Engine) -> None:
    paths = write(folder, MOST_FILES)
    engine.converge(project(folder.store("docs", paths)))
    folder.write("docs/7.md", "this is docs/7.md.")
    desired = project(folder.store("docs", paths))
    server.forget()
    engine.converge(desired)

    assert server.count("POST", "files") == 1
    assert len(server.state.files) == MOST_FILES
    assert snapshot(server).orphans == []
    assert engine.plan(desired).is_empty


def test_an_edit_of_the_store_alone_forgets_no_file(
    folder: Folder, server: Server, engine: Engine
) -> None:
    paths = write(folder, 3)
    engine.converge(project(folder.store("docs", paths)))
    engine.converge(project(folder.store("docs", paths, name="Docs")))
    folder.write("docs/0.md", "Edited.")
    server.forget()
    engine.converge(project(folder.store("docs", paths, name="Docs")))

    assert server.count("POST", "files") == 1


def test_more_files_than_a_stamp_holds_are_sent_anew_together(
    folder: Folder, server: Server, engine: Engine
) -> None:
    paths = write(folder, MOST_FILES + 1)
    desired = project(folder.store("docs", paths))
    engine.converge(desired)
    assert engine.plan(desired).is_empty

    folder.write("docs/7.md", "Edited.")
    edited = project(folder.store("docs", paths))
    engine.converge(edited)

    (store,) = server.state.stores.values()
    held = [server.state.files[file_id].content for file_id in store.files]
    assert sorted(held) == sorted(folder.file(path).source.read_bytes() for path in paths.split())
    assert engine.plan(edited).is_empty


@pytest.mark.parametrize(("each", "lists"), [(1, 0), (MOST_FILES + 1, 1)])
def test_it_is_found_out_with_one_list_where_the_stamp_has_no_room(
    folder: Folder, server: Server, engine: Engine, each: int, lists: int
) -> None:
    paths = write(folder, each).split()
    stores = [folder.store(f"docs-{n}", paths) for n in range(4)]
    engine.converge(project(*stores))

    assert server.count("GET", "vector_stores", "*", "files") == lists
    assert engine.plan(project(*stores)).is_empty


@pytest.mark.parametrize("drops", [False, True])
def test_a_large_new_store_ends_with_a_stamp_that_tells_what_is_known(
    folder: Folder, drops: bool
) -> None:
    server = Server(Quirks(drops_attributes=drops))
    engine = Engine(server)
    desired = project(folder.store("docs", write(folder, MOST_FILES + 1)))
    engine.converge(desired)
    (made,) = server.state.stores.values()
    stamp = Stamp.from_metadata(made.metadata)

    assert stamp is not None
    files = stamp.base("files")
    assert files is not None
    assert files.applied
    assert (files.kept == files.applied) is not drops
    assert engine.plan(desired).is_empty


@pytest.mark.parametrize("count", [2, MOST_FILES + 1])
@pytest.mark.parametrize("fault", [Fault.KILL_BEFORE, Fault.KILL_AFTER])
@pytest.mark.parametrize("edit", [False, True])
def test_what_was_attached_by_an_apply_that_died_is_not_taken_for_an_edit(
    folder: Folder, server: Server, engine: Engine, count: int, fault: Fault, edit: bool
) -> None:
    paths = write(folder, count)
    if edit:
        engine.converge(project(folder.store("docs", paths)))
        folder.write("docs/0.md", "Edited.")
    desired = project(folder.store("docs", paths))
    with pytest.raises(KilledError):
        engine.with_faults(on("POST", "/file_batches", fault)).apply(desired)
    result = engine.apply(desired)

    assert {change.status for change in result.changes} <= {Status.DONE}
    assert duplicates(server) == []
    assert engine.plan(desired).is_empty
