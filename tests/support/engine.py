"""The use cases on a server in process: plan, apply, again, each as if by a process of its own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from asstctl.app.apply import carry_out, raise_if_refused
from asstctl.app.plan import Planned, plan_on
from asstctl.app.source import Source
from asstctl.model.desired import Desired
from asstctl.model.dialect import RESPONSES
from asstctl.model.project import AssistantsTarget, Project, Safety, Target
from asstctl.plan.plan import Plan
from asstctl.plan.scope import PlanOptions
from asstctl.remote.agents.account import AgentsAccount
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.responses.account import ResponsesAccount
from asstctl.remote.responses.bundle import Bundle
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint
from asstctl.remote.wire.wire import Wire
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.ports import Account
from asstctl.sync.result import ApplyResult, Status
from support.agents import AgentsServer
from support.bundles import BundleFolder
from support.clock import run
from support.faults import FaultyTransport, KilledError, Matcher, never
from support.projects import PROJECT
from support.server import ROOT, Server

T = TypeVar("T")
KEY = "sk-very-secret"
ANYTHING = Safety(max_deletes=1.0)
AS_IS = PlanOptions()
PRUNE = PlanOptions(prune=True)
OVERWRITE = PlanOptions(overwrite_drift=True)


ACCOUNT = "test.account"
TARGET = AssistantsTarget(name="test", base_url=f"http://{ACCOUNT}{ROOT}")


@dataclass(repr=False)
class Engine:
    """asstctl against one server. Every call is a process of its own.

    In ``root`` each finds what earlier ones left on this machine. Without it every call is on a
    machine of its own, as in CI.
    """

    server: Server
    parallelism: int = 4
    timeout: float = 60.0
    matcher: Matcher = never
    latency: float = 0.0
    root: Path | None = None
    bundle: BundleFolder | None = None
    """Where assistants lie beside a server that has none: the account is one of Responses."""
    line: FaultyTransport = field(init=False)
    """The connection of the last call."""
    _killed: asyncio.Event | None = field(default=None, init=False)

    @property
    def bundled(self) -> Bundle | None:
        """The assistants where they lie beside the server."""
        return None if self.bundle is None else self.bundle.bundle

    def plan(self, desired: Desired, options: PlanOptions = AS_IS) -> Plan:
        return run(self._planned(desired, options)).plan

    def apply(
        self, desired: Desired, options: PlanOptions = AS_IS, safety: Safety = ANYTHING
    ) -> ApplyResult:
        """Plan, pass the guards, apply."""

        async def all_of_it() -> ApplyResult:
            async with self.account() as account:
                with _root(self.root) as root:
                    source = self._source(self._spoken(desired), root, safety)
                    planned = await plan_on(account, source, options)
                    raise_if_refused(source.project, planned)
                    return await carry_out(source.project, planned, account)

        return run(self._until_killed(all_of_it()))

    def converge(self, desired: Desired, options: PlanOptions = AS_IS) -> ApplyResult:
        """Apply, with every change done."""
        result = self.apply(desired, options)
        assert [c for c in result.changes if c.status is not Status.DONE] == []
        return result

    def with_faults(self, matcher: Matcher) -> "Engine":
        return replace(self, matcher=matcher)

    @asynccontextmanager
    async def account(self) -> AsyncIterator[Account]:
        async with self.wire() as wire:
            if self.bundle is not None:
                file = self.bundle.file(self._die)
                yield ResponsesAccount(wire, ACCOUNT, PROJECT, file)
            elif isinstance(self.server, AgentsServer):
                yield AgentsAccount(wire, ACCOUNT)
            else:
                yield AssistantsAccount(wire, ACCOUNT)

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[Wire]:
        self.line = FaultyTransport(
            httpx2.ASGITransport(app=self.server),
            self.matcher,
            die=self._killed.set if self._killed else lambda: None,
            latency=self.latency,
        )
        endpoint = Endpoint(root=TARGET.base_url, credentials={"Authorization": f"Bearer {KEY}"})
        async with open_wire(
            self.line, endpoint, parallelism=self.parallelism, seconds=self.timeout
        ) as wire:
            yield wire

    async def _planned(self, desired: Desired, options: PlanOptions) -> Planned:
        async with self.account() as account:
            return await plan_with(account, self._spoken(desired), options, self.root)

    async def execute(self, account: Account, planned: Planned, desired: Desired) -> ApplyResult:
        """Carry out a plan that the guards let through."""
        with _root(self.root) as root:
            source = self._source(desired, root)
            raise_if_refused(source.project, planned)
            return await carry_out(source.project, planned, account)

    def _spoken(self, desired: Desired) -> Desired:
        """What manifests say in the dialect of the account."""
        return desired if self.bundle is None else for_responses(desired)

    def _die(self) -> None:
        """The process is gone, for the server and for whoever waits for it."""
        assert self._killed is not None
        self.line.dead = True
        self._killed.set()
        raise KilledError

    def _source(self, desired: Desired, root: Path, safety: Safety = ANYTHING) -> Source:
        target = replace(TARGET, parallelism=self.parallelism, timeout=self.timeout)
        return source_of(desired, root, target, safety)

    async def _until_killed(self, work: Coroutine[Any, Any, T]) -> T:
        """``work``, dropped where it stands when the wire says that the process dies."""
        self._killed = asyncio.Event()
        task = asyncio.create_task(work)
        dying = asyncio.create_task(self._killed.wait())
        await asyncio.wait((task, dying), return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if task.done() and not self._killed.is_set():
            return task.result()
        while not task.done():
            task.cancel()
            await asyncio.wait((task,), timeout=1)
        if not task.cancelled():
            task.exception()  # Nobody is left to hear of it.
        raise KilledError


def for_responses(desired: Desired) -> Desired:
    """The same project as its manifests would read for a target that speaks Responses."""
    assistants = (
        replace(item, spec=replace(item.spec, dialect=RESPONSES, description=None))
        for item in desired.assistants
    )
    return replace(desired, assistants=tuple(assistants))


async def plan_with(
    account: Account, desired: Desired, options: PlanOptions = AS_IS, root: Path | None = None
) -> Planned:
    """A plan on an account that is open."""
    with _root(root) as there:
        return await plan_on(account, source_of(desired, there), options)


def source_of(
    desired: Desired,
    root: Path,
    target: Target = TARGET,
    safety: Safety = ANYTHING,
) -> Source:
    """What manifests in ``root`` would give that say this."""
    own = Project(name=desired.project, root=root, target=target, safety=safety)
    return Source(own, desired, commit="c0ffee")


def journal_in(root: Path, project: str) -> FileJournal:
    """The journal of the applies in a folder."""
    return FileJournal(Project(name=project, root=root, target=TARGET), ACCOUNT)


@contextmanager
def _root(folder: Path | None) -> Iterator[Path]:
    """A folder that a process finds, or one that it leaves to nobody."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="asstctl-test-") as fresh:
        yield Path(fresh)
