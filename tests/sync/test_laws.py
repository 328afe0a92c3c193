"""What holds for any project on any server: apply ends where the manifests say, and stays there.

Each example applies two projects that share keys and files to one account, one after the other.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.model.desired import Desired
from asstctl.sync.result import Status
from asstctl.views.plan.json import plan_document
from support.agent_projects import (
    AgentBlueprint,
    agent_blueprints,
    crew,
    crew_edited,
    without_sandboxes,
)
from support.agents import FIELD as AGENTS_FIELD
from support.agents import AgentsServer
from support.bundles import BundleFolder
from support.engine import PRUNE, Engine
from support.examples import UNHURRIED, tries
from support.projects import Folder, edited, mixed
from support.quirks import FIELD, Names, Quirks
from support.server import Server
from support.snapshot import duplicates, snapshot
from support.strategies import Blueprint, blueprints

FEW = tries(0.04, **UNHURRIED)
SOME = tries(0.25, **UNHURRIED)


WHERE = pytest.mark.parametrize("has_bundle", [False, True], ids=["server", "bundle"])
"""Where assistants lie: on the server, or in a file beside one that speaks Responses."""


@contextmanager
def engine_of(server: Server, *, has_bundle: bool) -> Iterator[Engine]:
    """asstctl against an account."""
    with tempfile.TemporaryDirectory() as folder:
        yield Engine(server, bundle=BundleFolder(Path(folder)) if has_bundle else None)


def hold(server: Server, *builds: Callable[[Path], Desired], has_bundle: bool = False) -> None:
    """All laws, from an empty account to one project and on to another."""
    with engine_of(server, has_bundle=has_bundle) as engine:
        for build in builds:
            with tempfile.TemporaryDirectory() as folder:
                _hold(engine, build(Path(folder)))
        assert not (has_bundle and server.state.assistants)


def _hold(engine: Engine, desired: Desired) -> None:
    server = engine.server
    result = engine.apply(desired, PRUNE)
    assert [change for change in result.changes if change.status is not Status.DONE] == []
    assert duplicates(server) == []
    held, file = snapshot(server, engine.bundled), engine.bundle and engine.bundle.state
    # Where their names are lost, nothing proves whose the uploads of a template are.
    if not isinstance(server, AgentsServer) or server.quirks.renames_files is not Names.LOST:
        assert held.orphans == []

    server.forget()
    plan = engine.plan(desired, PRUNE)
    again = engine.plan(desired, PRUNE)
    assert plan.is_empty
    assert json.dumps(plan_document(plan)) == json.dumps(plan_document(again))
    assert engine.apply(desired, PRUNE).changes == ()
    assert server.writes == []
    assert snapshot(server, engine.bundled) == held
    assert (engine.bundle and engine.bundle.state) == file


@WHERE
@SOME
@given(blueprints(), blueprints())
def test_apply_ends_where_the_manifests_say_and_stays_there(
    has_bundle: bool, first: Blueprint, second: Blueprint
) -> None:
    hold(Server(), first.build, second.build, has_bundle=has_bundle)


@WHERE
@pytest.mark.parametrize("quirks", FIELD.values(), ids=FIELD.keys())
def test_the_laws_hold_in_the_field(has_bundle: bool, quirks: Quirks) -> None:
    @FEW
    @given(blueprints(), blueprints())
    def law(first: Blueprint, second: Blueprint) -> None:
        hold(Server(quirks), first.build, second.build, has_bundle=has_bundle)

    hold(Server(quirks), _mixed, _edited, _mixed, has_bundle=has_bundle)
    law()


def _mixed(root: Path) -> Desired:
    return mixed(Folder(root))


@pytest.mark.parametrize("quirks", AGENTS_FIELD.values(), ids=AGENTS_FIELD.keys())
def test_the_laws_hold_for_agents(quirks: Quirks) -> None:
    def build(of: Callable[[Folder], Desired]) -> Callable[[Path], Desired]:
        return lambda root: spoken(of(Folder(root)))

    def spoken(desired: Desired) -> Desired:
        return without_sandboxes(desired) if quirks.no_templates else desired

    @FEW
    @given(agent_blueprints(), agent_blueprints())
    def law(first: AgentBlueprint, second: AgentBlueprint) -> None:
        builds = (lambda root, one=one: spoken(one.build(root)) for one in (first, second))
        hold(AgentsServer(quirks), *builds)

    hold(AgentsServer(quirks), build(crew), build(crew_edited), build(crew))
    law()


def _edited(root: Path) -> Desired:
    mixed(Folder(root))
    return edited(Folder(root))


@WHERE
@SOME
@given(blueprints(), st.permutations(("alpha", "beta", "gamma", "delta")))
def test_a_rename_keeps_every_object_and_its_id(
    has_bundle: bool, blueprint: Blueprint, keys: list[str]
) -> None:
    with engine_of(Server(), has_bundle=has_bundle) as engine:
        _rename(engine, blueprint, keys)


def _rename(engine: Engine, blueprint: Blueprint, keys: list[str]) -> None:
    server = engine.server
    names = dict(zip(("alpha", "beta", "gamma"), (f"{key}-2" for key in keys), strict=False))
    with tempfile.TemporaryDirectory() as folder:
        desired = blueprint.build(Path(folder))
        engine.converge(desired)
        ids = {*server.state.assistants, *server.state.stores}
        renamed = replace(
            desired,
            assistants=tuple(
                replace(item, key=names[item.key], previously=(item.key,))
                for item in desired.assistants
            ),
            stores=tuple(
                replace(item, key=f"{item.key}-2", previously=(item.key,))
                for item in desired.stores
            ),
        )
        relinked = replace(
            renamed,
            assistants=tuple(
                replace(
                    item,
                    spec=replace(
                        item.spec,
                        vector_store=item.spec.vector_store and f"{item.spec.vector_store}-2",
                    ),
                )
                for item in renamed.assistants
            ),
        )
        server.forget()
        engine.converge(relinked)

        assert {*server.state.assistants, *server.state.stores} == ids
        assert server.count("POST", "files") == 0
        assert engine.plan(relinked, PRUNE).is_empty


@SOME
@given(blueprints())
def test_equal_input_gives_an_equal_plan_to_the_byte(blueprint: Blueprint) -> None:
    server = Server()
    engine = Engine(server)

    def document(paths: Mapping[str, bytes]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            desired = replace(blueprint, files=paths).build(Path(folder))
            return json.dumps(plan_document(engine.plan(desired)))

    backwards = dict(reversed(list(blueprint.files.items())))
    assert document(blueprint.files) == document(backwards)
    assert server.writes == []
