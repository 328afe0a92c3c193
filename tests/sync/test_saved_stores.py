"""A saved plan and vector stores: what a kill or a lost memory may not make of it."""

import pytest

from asstctl.app.plan import Planned
from asstctl.model.address import Address
from asstctl.model.desired import Desired
from asstctl.plan.saved.errors import AppliedPlanError, StalePlanError
from asstctl.plan.saved.saved_plan import Binding, SavedPlan
from asstctl.plan.saved.stale import raise_if_stale
from asstctl.plan.scope import PlanOptions
from support.clock import run
from support.engine import AS_IS, Engine, plan_with
from support.faults import Fault, KilledError, on
from support.projects import Folder, project
from support.server import Server


def planned(engine: Engine, desired: Desired, options: PlanOptions = AS_IS) -> Planned:
    async def look() -> Planned:
        async with engine.account() as account:
            return await plan_with(account, desired, options)

    return run(look())


def saved(made: Planned) -> SavedPlan:
    binding = Binding.of(made.plan, made.contents, made.actual)
    return SavedPlan(plan=made.plan, options=AS_IS, binding=binding)


def check(plan: SavedPlan, now: Planned) -> None:
    raise_if_stale(plan, now.plan, now.contents, now.actual)


@pytest.fixture
def desired(folder: Folder) -> Desired:
    folder.write("docs/lisbon.md", "Lisbon")
    return project(folder.store("docs", "docs/lisbon.md"))


@pytest.mark.parametrize("killed", [False, True])
def test_a_new_store_without_its_files_is_not_taken_for_an_applied_plan(
    engine: Engine, desired: Desired, killed: bool
) -> None:
    document = saved(planned(engine, desired))
    if killed:
        with pytest.raises(KilledError):
            engine.with_faults(on("POST", "/file_batches", Fault.KILL_BEFORE)).apply(desired)
    else:
        engine.converge(desired)

    with pytest.raises(StalePlanError if killed else AppliedPlanError):
        check(document, planned(engine, desired))


def test_why_a_file_is_missing_does_not_make_a_plan_stale(
    server: Server, engine: Engine, desired: Desired
) -> None:
    engine.converge(desired)
    (store,) = server.state.stores.values()
    store.files.clear()
    remembered = PlanOptions(remembered=frozenset({Address.parse("vector_store.docs")}))
    here, there = planned(engine, desired, remembered), planned(engine, desired)
    notes = {file.note for made in (here, there) for c in made.plan.writes for file in c.files}

    assert len(notes) == 2
    check(saved(here), there)
