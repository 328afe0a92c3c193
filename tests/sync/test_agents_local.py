"""Agents on the local account: a second server, written by others, that keeps the same laws.

What happens elsewhere is done with the real SDK.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import given
from openai import AsyncOpenAI

from asstctl.emulator import open_account
from asstctl.model.desired import Desired
from asstctl.plan.action import Action
from asstctl.plan.safety import DriftError
from asstctl.remote.agents.account import AgentsAccount
from asstctl.remote.wire.connect import connect_in_process
from asstctl.sync.ports import Account
from support.agent_projects import (
    AgentBlueprint,
    agent,
    agent_blueprints,
    crew,
    crew_edited,
)
from support.agents import AgentsServer
from support.clock import run
from support.engine import OVERWRITE, PRUNE, Engine
from support.examples import UNHURRIED, tries
from support.projects import Folder, project
from support.sdk import openai_client

Json = Any
T = TypeVar("T")
FEW = tries(0.1, **UNHURRIED)


@dataclass(repr=False)
class LocalEngine(Engine):
    """asstctl against the local account in a file."""

    server: AgentsServer = field(default_factory=AgentsServer)
    file: Path = Path()

    @asynccontextmanager
    async def account(self) -> AsyncIterator[Account]:
        async with (
            open_account(self.file) as local,
            connect_in_process(local.app, parallelism=4, seconds=60) as wire,
        ):
            yield AgentsAccount(wire, "local")

    def elsewhere(self, work: Callable[[AsyncOpenAI], Awaitable[T]]) -> T:
        """What somebody else does to the account."""

        async def done() -> T:
            async with open_account(self.file) as local, openai_client(local.app) as client:
                return await work(client)

        return run(done())

    def agents(self) -> Mapping[str, Json]:
        """Every agent of the account, by the key in its stamp."""

        async def listed(client: AsyncOpenAI) -> Mapping[str, Json]:
            found = [item async for item in client.beta.agents.list()]
            return {item.metadata.get("asstctl_key", item.id): item for item in found}

        return self.elsewhere(listed)


@pytest.fixture
def local(tmp_path: Path) -> LocalEngine:
    return LocalEngine(file=tmp_path / "account.db")


def settled(engine: LocalEngine, desired: Desired) -> None:
    """Apply, and see that nothing is left to do."""
    engine.converge(desired, PRUNE)
    assert engine.plan(desired, PRUNE).is_empty
    assert engine.agents().keys() >= {item.key for item in desired.assistants}


def test_a_crew_is_made_changed_and_made_again(local: LocalEngine, folder: Folder) -> None:
    for build in (crew, crew_edited, crew):
        settled(local, build(folder))


@FEW
@given(agent_blueprints(), agent_blueprints())
def test_apply_ends_where_the_manifests_say(first: AgentBlueprint, second: AgentBlueprint) -> None:
    with TemporaryDirectory() as folder:
        engine = LocalEngine(file=Path(folder) / "account.db")
        for blueprint in (first, second):
            settled(engine, blueprint.build(Path(folder)))


def test_an_edit_elsewhere_is_drift_field_by_field(local: LocalEngine, folder: Folder) -> None:
    desired = crew(folder)
    local.converge(desired)
    clerk = local.agents()["clerk"]

    async def edit(client: AsyncOpenAI) -> None:
        await client.beta.agents.update(
            clerk.id,
            reasoning={"effort": "high", "summary": "auto"},
            text={"format": {"type": "text"}, "verbosity": "low"},
            experimental={"time_awareness": False},
        )

    local.elsewhere(edit)
    (change,) = local.plan(desired).drifted
    paths = {drift.path.partition(".json_schema")[0] for drift in change.drift}
    assert paths == {"reasoning_effort", "response_format", "experimental"}
    with pytest.raises(DriftError):
        local.apply(desired)
    local.converge(desired, OVERWRITE)
    assert local.plan(desired).is_empty
    again = local.agents()["clerk"]
    assert (again.id, again.reasoning, again.text) == (clerk.id, clerk.reasoning, clerk.text)


def test_an_effort_that_the_server_chose_is_no_drift_and_another_one_is(
    local: LocalEngine, folder: Folder
) -> None:
    desired = project(agent("plain", model="gpt-5"))
    result = local.converge(desired)
    plain = local.agents()["plain"]
    assert plain.reasoning.effort == "medium"
    assert [change.extra for change in result.changes] == [()]
    assert local.plan(desired).is_empty

    async def edit(client: AsyncOpenAI) -> None:
        await client.beta.agents.update(plain.id, reasoning={"effort": "high"})

    local.elsewhere(edit)
    (change,) = local.plan(desired).drifted
    assert [drift.path for drift in change.drift] == ["reasoning_effort"]
    local.converge(desired, OVERWRITE)
    assert local.agents()["plain"].reasoning.effort == "medium"
    assert local.plan(desired).is_empty

    other = project(agent("plain", model="gpt-5.2"))
    local.converge(other)
    assert local.agents()["plain"].reasoning.effort == "none"
    assert local.plan(other).is_empty


def test_a_rename_keeps_the_agent_and_what_is_no_more_is_pruned(
    local: LocalEngine, folder: Folder
) -> None:
    local.converge(crew(folder))
    ids = {key: found.id for key, found in local.agents().items()}
    forgotten = [
        str(change.address)
        for change in local.plan(crew_edited(folder)).changes
        if change.action is Action.FORGET
    ]
    assert forgotten == ["environment.shed", "assistant.plain", "assistant.porter"]
    local.converge(crew_edited(folder), PRUNE)
    after = {key: found.id for key, found in local.agents().items()}

    assert after.keys() == {"leader", "clerk", "new"}
    assert (after["leader"], after["clerk"]) == (ids["guide"], ids["clerk"])


def test_everything_is_destroyed_and_nothing_else(local: LocalEngine, folder: Folder) -> None:
    async def make(client: AsyncOpenAI) -> str:
        return (await client.beta.agents.create(model="gpt-5", name="Somebody's")).id

    other = local.elsewhere(make)
    local.converge(crew(folder))
    local.converge(project(), replace(PRUNE, destroy=True))

    assert list(local.agents()) == [other]
