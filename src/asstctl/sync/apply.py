"""Make a plan true: independent changes overlap, dependants wait for exactly what they need."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias

from asstctl.errors import AsstctlError
from asstctl.model.actual import Actual, ActualAssistant, ActualEnvironment
from asstctl.model.address import Address
from asstctl.model.desired import Contents
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.scope import references
from asstctl.plan.steps import last_steps
from asstctl.sync.change.execute import make, perform
from asstctl.sync.change.work import Shared, Work
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import Account
from asstctl.sync.readback.verify import verify
from asstctl.sync.result import ApplyResult, ChangeResult, Status
from asstctl.sync.uploads.journal import NoJournal, UploadJournal
from asstctl.sync.uploads.pool import UploadPool

_CHANGES_PER_REQUEST: Final = 2
"""How many changes run for each request in flight: some of them wait for indexing."""


Trial: TypeAlias = Callable[[tuple[ChangeResult, ...]], Awaitable[frozenset[Address]]]
"""Tries what was made or updated, and returns the addresses that it put back as they were."""


class RolledBackError(AsstctlError):
    """A change was made and undone again, since it did not pass its trial."""

    code: ClassVar[str] = "rolled-back"


class SkippedError(AsstctlError):
    """A change was not tried, since something that it needs failed."""

    code: ClassVar[str] = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """``parallelism`` is the number of requests in flight, ``indexing_timeout`` in seconds."""

    parallelism: int
    indexing_timeout: float


async def apply_plan(
    plan: Plan,
    contents: Contents,
    actual: Actual,
    account: Account,
    options: ApplyOptions,
    *,
    observer: ApplyObserver | None = None,
    stop: asyncio.Event | None = None,
    trial: Trial | None = None,
    journal: UploadJournal | None = None,
) -> ApplyResult:
    """Execute every change that writes. A failed one does not stop the independent others.

    When ``stop`` is set nothing more is begun; what is in flight is finished. ``trial`` tries what
    was made before anything old is deleted; what it rejects has been undone, and nothing is
    deleted then. ``journal`` takes note of every upload.
    """
    observer = observer or ApplyObserver()
    started = time.monotonic()
    uploads = UploadPool(plan, contents, account, observer, journal or NoJournal(), actual.uploads)
    shared = Shared(
        plan=plan,
        contents=contents,
        account=account,
        observer=observer,
        uploads=uploads,
        indexing_timeout=options.indexing_timeout,
    )
    run = _Run(shared, options.parallelism, stop or asyncio.Event(), trial)
    results = await run.all()
    results, _ = await asyncio.gather(
        verify(plan, contents, results, account, shared.ids), run.delete_uploads(results)
    )
    return ApplyResult(
        changes=results,
        seconds=time.monotonic() - started,
        interrupted=run.stopped,
        warnings=(*plan.warnings, *uploads.differences.warnings()),
        others_run_on=_others_run_on(plan, results),
    )


class _Run:
    def __init__(
        self,
        shared: Shared,
        parallelism: int,
        stop: asyncio.Event,
        trial: Trial | None,
    ) -> None:
        self._trial = trial
        self._changes = shared.plan.writes
        self._shared = shared
        self._observer = shared.observer
        self._stop = stop
        self._slots = asyncio.Semaphore(parallelism * _CHANGES_PER_REQUEST)
        self._needs = prerequisites(self._changes)
        self._tasks: dict[int, asyncio.Task[ChangeResult]] = {}
        self._rejected: frozenset[Address] = frozenset()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    async def all(self) -> tuple[ChangeResult, ...]:
        writes = [i for i, change in enumerate(self._changes) if change.action is not Action.DELETE]
        deletes = [i for i, change in enumerate(self._changes) if change.action is Action.DELETE]
        async with asyncio.TaskGroup() as group:
            for index in writes:
                self._tasks[index] = group.create_task(self._one(index))
            if self._trial is None:
                self._start_deletes(group, deletes, frozenset())
            else:
                group.create_task(self._try_out(group, self._trial, writes, deletes))
        results = [self._tasks[index].result() for index in range(len(self._changes))]
        return tuple(self._with_verdict(result) for result in results)

    async def _try_out(
        self, group: asyncio.TaskGroup, trial: Trial, writes: list[int], deletes: list[int]
    ) -> None:
        results = tuple([await asyncio.shield(self._tasks[index]) for index in writes])
        if not self.stopped:
            self._rejected = await trial(results)
        self._start_deletes(group, deletes, self._rejected)

    def _start_deletes(
        self, group: asyncio.TaskGroup, deletes: list[int], rejected: frozenset[Address]
    ) -> None:
        for index in deletes:
            make = self._keep(index) if rejected else self._one(index)
            self._tasks[index] = group.create_task(make)

    async def _keep(self, index: int) -> ChangeResult:
        error = SkippedError("skipped: nothing is deleted after a failed trial")
        return self._ended(self._changes[index], Status.SKIPPED, error=error)

    def _with_verdict(self, result: ChangeResult) -> ChangeResult:
        if result.address not in self._rejected:
            return result
        error = RolledBackError(
            f"{result.address} did not pass smoke; its previous configuration is back",
            fix="Mend the manifest and apply again.",
        )
        return replace(result, status=Status.FAILED, error=error)

    async def _one(self, index: int) -> ChangeResult:
        change = self._changes[index]
        # Every task exists before the first one runs: creating tasks does not yield.
        for need in self._needs[index]:
            outcome = await asyncio.shield(self._tasks[need])
            if outcome.status is not Status.DONE:
                return self._ended(change, Status.SKIPPED, error=_skipped(outcome.address))
        async with self._slots:
            if self.stopped:
                return self._ended(change, Status.SKIPPED, error=_interrupted())
            self._observer.change_started(change)
            try:
                object_id = await make(change, self._shared)
            except AsstctlError as error:
                return self._ended(change, Status.FAILED, error=error)
            return self._ended(change, Status.DONE, object_id=object_id)

    def _ended(
        self,
        change: Change,
        status: Status,
        *,
        object_id: str | None = None,
        error: AsstctlError | None = None,
    ) -> ChangeResult:
        result = ChangeResult(
            address=change.address,
            action=change.action,
            status=status,
            id=object_id or change.id,
            error=error,
        )
        self._observer.change_finished(result)
        return result

    async def delete_uploads(self, results: tuple[ChangeResult, ...]) -> None:
        """Uploads that nothing needs any more, once everything that held them has let go."""
        if self.stopped or self._rejected:
            return
        done: list[Change] = []
        needed: set[str | None] = set()
        for change, result in zip(self._changes, results, strict=True):
            if result.status is Status.DONE:
                done.append(change)
            else:
                needed |= {file.file_id for file in change.files}
        await asyncio.gather(
            *(
                perform(step, Work(change), self._shared)
                for change in done
                for step in last_steps(change, needed)
            )
        )


def _others_run_on(plan: Plan, results: Iterable[ChangeResult]) -> bool:
    """Whether something was changed or deleted of which sessions have a copy."""
    done = [
        change.actual
        for change, result in zip(plan.writes, results, strict=True)
        if result.status is Status.DONE
    ]
    return any(
        actual.spec.dialect.copies_assistants
        if isinstance(actual, ActualAssistant)
        else isinstance(actual, ActualEnvironment)
        for actual in done
    )


def prerequisites(changes: Iterable[Change]) -> Mapping[int, tuple[int, ...]]:
    """For each change, by position, the changes that must be done before it begins.

    What refers to something waits for it; that is deleted after everything let go of it.
    """
    changes = tuple(changes)
    made = {
        change.address: index
        for index, change in enumerate(changes)
        if change.action is not Action.DELETE
    }
    return {
        index: tuple(
            _holders(change, changes)
            if change.action is Action.DELETE
            else [made[address] for address in references(change.desired) if address in made]
        )
        for index, change in enumerate(changes)
    }


def _holders(doomed: Change, changes: tuple[Change, ...]) -> list[int]:
    return [
        index
        for index, change in enumerate(changes)
        if isinstance(change.actual, ActualAssistant) and doomed.id in change.actual.references
    ]


def _skipped(address: Address) -> SkippedError:
    return SkippedError(
        f"skipped: {address} was not applied",
        fix="Mend what failed there and apply again.",
    )


def _interrupted() -> SkippedError:
    return SkippedError("skipped: interrupted", fix="Apply again to finish.")
