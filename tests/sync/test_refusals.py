"""Accounts in which nothing may be written, and what is said instead."""

from collections.abc import Mapping
from contextlib import suppress

import pytest

from asstctl.errors import ExitCode
from asstctl.plan.safety import CutListError
from asstctl.plan.warnings import PROBE_LEFT
from asstctl.sync.ownership import DuplicateKeyError
from asstctl.sync.ports import AccountError, Failure
from asstctl.sync.probe import MetadataLostError
from support.agent_projects import crew, without_sandboxes
from support.agents import AgentsServer
from support.engine import PRUNE, Engine
from support.projects import Folder, assistant, mixed, project, store
from support.quirks import Deletes, FileList, Metadata, Quirks
from support.server import Server
from support.snapshot import duplicates, snapshot


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_api_that_is_gone_does_not_read_as_an_empty_account(status: int) -> None:
    server = Server(Quirks(no_assistants=status))

    with pytest.raises(AccountError) as refused:
        Engine(server).apply(project(assistant()))
    assert refused.value.failure is Failure.GONE
    assert refused.value.exit_code is ExitCode.ERROR
    assert "base_url" in refused.value.fix
    assert server.writes == []


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_stores_serves_projects_without_stores(status: int) -> None:
    server = Server(Quirks(no_stores=status))
    engine = Engine(server)
    engine.converge(project(assistant(name="Guide")))

    assert engine.plan(project(assistant(name="Guide"))).is_empty
    server.forget()
    with pytest.raises(AccountError) as refused:
        engine.apply(project(assistant(store="docs"), store("docs")))
    assert refused.value.failure is Failure.UNSUPPORTED
    assert "vector_store.docs" in refused.value.why
    assert server.writes == []


@pytest.mark.parametrize("foreign", [{}, {"provider_id": "p-1"}], ids=["nothing", "foreign keys"])
@pytest.mark.parametrize("others", [0, 3])
def test_a_server_that_loses_metadata_is_left_as_it_was(
    folder: Folder, foreign: Mapping[str, str], others: int
) -> None:
    server = Server(Quirks(metadata=Metadata.DROPPED, foreign_metadata=foreign))
    for _ in range(others):
        server.state.create_assistant({"model": "gpt-4o"})
    before = snapshot(server)
    engine = Engine(server)
    for _ in range(2):
        with pytest.raises(MetadataLostError):
            engine.apply(mixed(folder))

    assert snapshot(server) == before


def test_an_agents_server_that_loses_metadata_is_left_as_it_was(folder: Folder) -> None:
    server = AgentsServer(Quirks(metadata=Metadata.DROPPED))

    with pytest.raises(MetadataLostError):
        Engine(server).apply(crew(folder))
    assert (server.state.assistants, server.state.templates) == ({}, {})
    assert server.count("POST", "agents") == 1


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_templates_is_left_alone_where_one_is_wanted(
    folder: Folder, status: int
) -> None:
    server = AgentsServer(Quirks(no_templates=status))

    with pytest.raises(AccountError, match="has no environments") as told:
        Engine(server).apply(crew(folder))
    assert "environment.desk" in told.value.why
    assert server.writes == []
    Engine(server).converge(without_sandboxes(crew(folder)))


@pytest.mark.parametrize("deletes", Deletes)
def test_a_probe_that_is_not_deleted_is_not_said_to_be_gone(deletes: Deletes) -> None:
    server = Server(Quirks(metadata=Metadata.DROPPED, deletes=deletes))

    with pytest.raises(MetadataLostError) as lost:
        Engine(server).apply(project(assistant()))
    (probe,) = server.state.assistants
    assert f"{probe} was not deleted, it is still there" in lost.value.why


@pytest.mark.parametrize("deletes", Deletes)
def test_a_server_that_deletes_nothing_can_still_be_written_to(deletes: Deletes) -> None:
    server = Server(Quirks(deletes=deletes))
    engine = Engine(server)
    first = engine.converge(project(assistant()))
    assert [warning.code for warning in first.warnings] == [PROBE_LEFT]
    probe = next(
        i for i, thing in server.state.assistants.items() if "asstctl_probe" in thing.metadata
    )
    assert probe in first.warnings[0].what

    renamed = engine.converge(project(assistant(name="New")))
    assert [warning.code for warning in renamed.warnings] == [PROBE_LEFT]
    assert len(server.state.assistants) == 2


def test_a_server_with_nothing_but_stores_is_probed_too() -> None:
    server = Server(Quirks(metadata=Metadata.DROPPED))

    with pytest.raises(MetadataLostError):
        Engine(server).apply(project(store("docs")))
    assert server.state.stores == {}


@pytest.mark.parametrize("kind", ["assistant", "store"])
def test_two_objects_with_one_key_are_named(server: Server, engine: Engine, kind: str) -> None:
    engine.converge(project(assistant("guide"), store("docs")))
    things = server.state.assistants if kind == "assistant" else server.state.stores
    (thing,) = things.values()
    make = server.state.create_assistant if kind == "assistant" else server.state.create_store
    body = {"model": "gpt-4o"} if kind == "assistant" else {}
    twin = make({**body, "metadata": thing.metadata})["id"]
    server.forget()

    with pytest.raises(DuplicateKeyError) as refused:
        engine.apply(project(assistant("guide"), store("docs")))
    assert thing.id in refused.value.what
    assert twin in refused.value.what
    assert refused.value.fix
    assert server.writes == []


LYING = {
    "limit ignored": Quirks(ignores_limit=True),
    "after ignored": Quirks(ignores_after=True),
    "after ignored, has_more missing": Quirks(ignores_after=True, omits_has_more=True),
    "after refused": Quirks(refuses_after=True),
    "limit capped, after ignored": Quirks(caps_limit=20, ignores_after=True, omits_has_more=True),
    "limit capped, after refused": Quirks(caps_limit=20, refuses_after=True, omits_has_more=True),
    "ties lost": Quirks(loses_ties=True, per_second=10_000, uuids=True),
}


@pytest.mark.parametrize("quirks", LYING.values(), ids=LYING.keys())
def test_nothing_is_made_twice_on_a_list_that_lies(quirks: Quirks) -> None:
    server = Server(quirks)
    engine = Engine(server)
    guide, clerk = assistant("guide"), assistant("clerk")
    engine.converge(project(guide))
    for n in range(250):
        server.state.create_assistant({"model": "gpt-4o", "metadata": {"n": str(n)}})
    server.forget()

    with pytest.raises(CutListError) as refused:
        engine.apply(project(guide, clerk))
    assert refused.value.exit_code is ExitCode.REFUSED
    assert server.writes == []
    assert duplicates(server) == []


@pytest.mark.parametrize("quirks", LYING.values(), ids=LYING.keys())
def test_nothing_is_pruned_on_a_list_that_lies(quirks: Quirks) -> None:
    server = Server(quirks)
    for n in range(250):
        server.state.create_assistant({"model": "gpt-4o", "metadata": {"n": str(n)}})
    engine = Engine(server)
    body = {"model": "gpt-4o", "metadata": {"asstctl_project": "acme", "asstctl_key": "old"}}
    server.state.create_assistant(body)
    server.forget()
    with suppress(CutListError):
        engine.apply(project(), PRUNE)
    left = [thing.metadata for thing in server.state.assistants.values()]
    assert len([pairs for pairs in left if "n" in pairs]) == 250


def test_many_objects_of_one_second_are_all_known_again() -> None:
    server = Server(Quirks(per_second=10_000, uuids=True))
    engine = Engine(server)
    desired = project(*(assistant(f"a{n}") for n in range(130)))
    engine.converge(desired)
    server.forget()

    assert engine.plan(desired).is_empty
    assert server.count("GET", "assistants") == 2


def test_what_a_server_loses_between_pages_is_never_made_again() -> None:
    server = Server(Quirks(loses_ties=True, per_second=10_000, uuids=True))
    engine = Engine(server)
    desired = project(*(assistant(f"a{n}") for n in range(130)))
    engine.converge(desired)
    server.forget()
    with suppress(CutListError):
        engine.apply(desired)

    assert server.writes == []
    assert len(server.state.assistants) == 130


def test_files_that_are_not_listed_are_not_taken_for_gone(folder: Folder) -> None:
    for quirks in (Quirks(ignores_limit=True), Quirks(file_list=FileList.MISSING)):
        server = Server(quirks)
        engine = Engine(server)
        for n in range(40):
            server.state.upload({"filename": f"{n}", "content": b"", "purpose": "assistants"})
        desired = mixed(folder)
        engine.converge(desired)
        for n in range(40):
            server.state.upload({"filename": f"{n}", "content": b"", "purpose": "assistants"})

        assert engine.plan(desired).is_empty
