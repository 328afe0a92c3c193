"""How many requests things cost: lists for a plan, one write for a change."""

import math

import httpx2
import pytest

from asstctl.model.desired import DesiredAssistant, DesiredStore
from support.engine import PRUNE, Engine
from support.projects import Folder, assistant, changed, project, store
from support.server import Server


@pytest.fixture
def engine(server: Server) -> Engine:
    return Engine(server, parallelism=8)


def with_files(folder: Folder, key: str, count: int) -> DesiredStore:
    paths = [f"{key}/{n}.md" for n in range(count)]
    for path in paths:
        folder.write(path, path)
    return folder.store(key, paths)


@pytest.mark.parametrize(("assistants", "stores"), [(0, 0), (3, 2), (99, 1), (100, 101), (130, 7)])
def test_a_plan_with_no_changes_lists_and_does_nothing_else(
    folder: Folder, server: Server, engine: Engine, assistants: int, stores: int
) -> None:
    resources: list[DesiredAssistant | DesiredStore] = [
        with_files(folder, f"s{n}", n % 3) for n in range(stores)
    ]
    resources += [assistant(f"a{n}") for n in range(assistants)]
    desired = project(*resources)
    engine.converge(desired)
    server.forget()
    assert engine.plan(desired).is_empty

    pages = max(1, math.ceil(assistants / 100)) + max(1, math.ceil(stores / 100))
    probes = sum(count in (10, 20, 25, 30, 50, 100) for count in (assistants, stores))
    assert len(server.journal) == pages + probes
    assert server.writes == []


def test_the_lists_of_a_plan_run_side_by_side(folder: Folder, server: Server) -> None:
    engine = Engine(server, latency=1.0)
    engine.plan(project())

    assert engine.line.most_in_flight == 2

    folder.write("data.csv", "1,2")
    engine.plan(project(folder.assistant(code="data.csv")))

    assert engine.line.most_in_flight == 3


def test_uploads_are_listed_once_and_only_when_something_depends_on_them(
    folder: Folder, server: Server, engine: Engine
) -> None:
    docs = with_files(folder, "docs", 2)
    engine.converge(project(assistant("guide"), docs))
    server.forget()
    engine.plan(project(assistant("guide"), docs))
    assert server.count("GET", "files") == 0

    folder.write("docs/1.md", "edited")
    engine.plan(project(assistant("guide"), docs))
    assert server.count("GET", "files") == 1

    folder.write("data.csv", "1,2")
    engine.plan(project(folder.assistant(code="data.csv")))
    assert server.count("GET", "files") == 2


def test_a_new_assistant_costs_one_write(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("first")))
    server.forget()
    engine.converge(project(assistant("first"), *(assistant(f"a{n}") for n in range(10))))

    assert server.count("POST", "assistants") == len(server.writes) == 10


def test_a_changed_assistant_costs_one_write(server: Server, engine: Engine) -> None:
    ten = [assistant(f"a{n}") for n in range(10)]
    engine.converge(project(*ten))
    server.forget()
    engine.converge(project(changed(ten[0], name="New"), changed(ten[1], name="New"), *ten[2:]))

    assert server.count("POST", "assistants", "*") == len(server.writes) == 2


def test_a_store_with_files_costs_three_requests_and_its_uploads(
    folder: Folder, server: Server, engine: Engine
) -> None:
    engine.converge(project(assistant("first")))
    server.forget()
    engine.converge(project(assistant("first"), with_files(folder, "docs", 7)))

    assert server.count("POST", "files") == 7
    assert len(server.writes) == 9
    (made,) = server.state.stores
    about_it = [str(asked) for asked in server.journal if asked.path.startswith("/vector_stores/")]
    assert about_it == [
        f"POST /vector_stores/{made}/file_batches",
        f"GET /vector_stores/{made}",
    ]


def test_files_leave_a_store_side_by_side(folder: Folder, server: Server) -> None:
    docs = with_files(folder, "docs", 12)
    Engine(server).converge(project(docs))
    together = [0]

    def watch(number: int, request: httpx2.Request) -> None:
        if request.method == "DELETE" and "/vector_stores/" in request.url.path:
            together.append(four.line.in_flight)

    four = Engine(server, parallelism=4, latency=1.0, matcher=watch)
    four.converge(project(folder.store("docs", "docs/0.md")))

    assert max(together) == 4


def test_an_empty_store_costs_one_write(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("first")))
    server.forget()
    engine.converge(project(assistant("first"), store("docs", name="Docs")))

    assert len(server.writes) == 1


def test_an_edit_among_many_lists_the_files_of_its_own_store_only(
    folder: Folder, server: Server, engine: Engine
) -> None:
    stores = [with_files(folder, f"s{n}", 3) for n in range(12)]
    engine.converge(project(*stores))
    folder.write("s7/1.md", "edited")
    server.forget()
    engine.converge(project(*stores))

    assert server.count("GET", "vector_stores", "*", "files") == 1
    assert [str(asked).rsplit("/", 1)[0] for asked in server.writes] == [
        "POST ",
        f"POST /vector_stores/{_id(server, 's7')}",
        "POST /vector_stores",
        f"DELETE /vector_stores/{_id(server, 's7')}/files",
        "DELETE /files",
    ]


def _id(server: Server, key: str) -> str:
    stores = server.state.stores.items()
    return next(i for i, store in stores if store.metadata["asstctl_key"] == key)


def test_pruning_costs_one_write_each(server: Server, engine: Engine) -> None:
    engine.converge(project(*(assistant(f"a{n}") for n in range(6)), store("docs")))
    server.forget()
    engine.converge(project(), PRUNE)

    assert len(server.writes) == 7


def test_a_batch_takes_two_thousand_files(folder: Folder, server: Server, engine: Engine) -> None:
    desired = project(with_files(folder, "docs", 2001))
    engine.converge(desired)

    assert server.count("POST", "vector_stores", "*", "file_batches") == 2
    (made,) = server.state.stores.values()
    assert len(made.files) == 2001


@pytest.mark.parametrize("parallelism", [1, 4, 8])
def test_apply_keeps_so_many_requests_in_flight_and_no_more(
    folder: Folder, server: Server, parallelism: int
) -> None:
    engine = Engine(server, parallelism=parallelism, latency=0.02)
    stores = [with_files(folder, f"s{n}", 3) for n in range(6)]
    engine.converge(project(*stores, *(assistant(f"a{n}") for n in range(20))))

    assert engine.line.most_in_flight == parallelism
