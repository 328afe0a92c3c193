"""The engine on a server in process: plan, apply, again, each as if by a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx2

from asstctl.model.actual import Actual
from asstctl.model.desired import Contents, Desired
from asstctl.model.project import Safety
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.safety import raise_if_unsafe
from asstctl.plan.scope import PlanOptions
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint
from asstctl.remote.wire.wire import Wire
from asstctl.sync.apply import ApplyOptions, apply_plan
from asstctl.sync.probe import delete_probes, raise_if_metadata_is_lost
from asstctl.sync.refresh import refresh
from asstctl.sync.result import ApplyResult, Status
from asstctl.sync.uploads.journal import UploadJournal
from support.clock import run
from support.faults import FaultyTransport, KilledError, Matcher, never
from support.server import ROOT, Server

T = TypeVar("T")
KEY = "sk-very-secret"
ANYTHING = Safety(max_deletes=1.0)
AS_IS = PlanOptions()
PRUNE = PlanOptions(prune=True)
OVERWRITE = PlanOptions(overwrite_drift=True)


@dataclass(frozen=True)
class Planned:
    """A plan and what it came from."""

    plan: Plan
    contents: Contents
    actual: Actual


@dataclass(repr=False)
class Engine:
    """asstctl's engine against one server. Every call is a process of its own."""

    server: Server
    parallelism: int = 4
    timeout: float = 60.0
    matcher: Matcher = never
    latency: float = 0.0
    journal: UploadJournal | None = None
    line: FaultyTransport = field(init=False)
    """The connection of the last call."""
    _killed: asyncio.Event | None = field(default=None, init=False)

    def plan(self, desired: Desired, options: PlanOptions = AS_IS) -> Plan:
        return run(self._planned(desired, options)).plan

    def apply(
        self, desired: Desired, options: PlanOptions = AS_IS, safety: Safety = ANYTHING
    ) -> ApplyResult:
        """Plan, pass the guards, apply."""

        async def all_of_it() -> ApplyResult:
            async with self.account() as account:
                made = await plan_with(account, desired, options, self.journal)
                raise_if_unsafe(made.plan, made.actual, safety)
                return await self.execute(account, made)

        return run(self._until_killed(all_of_it()))

    def converge(self, desired: Desired, options: PlanOptions = AS_IS) -> ApplyResult:
        """Apply, with every change done."""
        result = self.apply(desired, options)
        assert [c for c in result.changes if c.status is not Status.DONE] == []
        return result

    def with_faults(self, matcher: Matcher) -> "Engine":
        return replace(self, matcher=matcher)

    @asynccontextmanager
    async def account(self) -> AsyncIterator[AssistantsAccount]:
        async with self.wire() as wire:
            yield AssistantsAccount(wire, "test.account")

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[Wire]:
        self.line = FaultyTransport(
            httpx2.ASGITransport(app=self.server),
            self.matcher,
            die=self._killed.set if self._killed else lambda: None,
            latency=self.latency,
        )
        root = f"http://test.account{ROOT}"
        endpoint = Endpoint(root=root, credentials={"Authorization": f"Bearer {KEY}"})
        async with open_wire(
            self.line, endpoint, parallelism=self.parallelism, seconds=self.timeout
        ) as wire:
            yield wire

    async def _planned(self, desired: Desired, options: PlanOptions) -> Planned:
        async with self.account() as account:
            return await plan_with(account, desired, options, self.journal)

    async def execute(self, account: AssistantsAccount, made: Planned) -> ApplyResult:
        told = await delete_probes(made.actual, account)
        told += await raise_if_metadata_is_lost(made.plan, made.actual, account)
        options = ApplyOptions(parallelism=self.parallelism, indexing_timeout=self.timeout)
        result = await apply_plan(
            made.plan, made.contents, made.actual, account, options, journal=self.journal
        )
        return replace(result, warnings=(*result.warnings, *told))

    async def _until_killed(self, work: Coroutine[Any, Any, T]) -> T:
        """``work``, dropped where it stands when the wire says that the process dies."""
        self._killed = asyncio.Event()
        task = asyncio.create_task(work)
        dying = asyncio.create_task(self._killed.wait())
        await asyncio.wait((task, dying), return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if task.done():
            return task.result()
        while not task.done():
            task.cancel()
            await asyncio.wait((task,), timeout=1)
        raise KilledError


async def plan_with(
    account: AssistantsAccount,
    desired: Desired,
    options: PlanOptions,
    journal: UploadJournal | None = None,
) -> Planned:
    contents, actual = await refresh(account, desired, all_files=options.prune, journal=journal)
    plan = make_plan(desired, contents, actual, target="test", commit="c0ffee", options=options)
    return Planned(plan, contents, actual)
