"""``apply --smoke``: try what was changed before anything old goes; ``--rollback`` undoes it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from asstctl.app.connect import Connection
from asstctl.app.observer import Observer
from asstctl.app.plan import Planned
from asstctl.app.smoke import paths_of_same_content, run_cases, subject_of
from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Address, Kind
from asstctl.model.desired import DesiredAssistant
from asstctl.model.project import Project
from asstctl.plan.change import Change
from asstctl.plan.scope import references
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.sync.change.rollback import roll_back
from asstctl.sync.result import ChangeResult, Status


@dataclass(slots=True)
class SmokeTrial:
    """Runs the cases of what an apply changed. ``result`` is None until it did."""

    connection: Connection
    project: Project
    planned: Planned
    options: SmokeOptions
    rollback: bool
    observer: Observer
    result: SmokeResult | None = field(default=None)

    async def __call__(self, results: tuple[ChangeResult, ...]) -> frozenset[Address]:
        """Try; the assistants that were put back as they were."""
        ids = self._ids(results)
        same = paths_of_same_content(self.planned.contents)
        subjects = [
            subject_of(desired, ids[desired.address], same)
            for desired in self._affected(_written(results))
            if desired.address in ids and desired.smoke
        ]
        if not subjects:
            return frozenset()
        stores = {a.key: id_ for a, id_ in ids.items() if a.kind is Kind.VECTOR_STORE}
        self.result = await run_cases(
            self.connection,
            self.project,
            subjects,
            replace(self.options, sensitive=self.planned.plan.sensitive),
            stores,
            observer=self.observer,
        )
        failed = {case.key for case in self.result.cases if case.status is CaseStatus.FAILED}
        return await self._undo(failed, results) if self.rollback else frozenset()

    @property
    def planned_for(self) -> list[DesiredAssistant]:
        """The assistants that are tried when all of the plan is done."""
        return self._affected({change.address for change in self.planned.plan.writes})

    def _affected(self, written: Collection[Address]) -> list[DesiredAssistant]:
        """The assistants that were written, or something that they refer to."""
        return [
            change.desired
            for change in self.planned.plan.changes
            if isinstance(change.desired, DesiredAssistant)
            and not {change.address, *references(change.desired)}.isdisjoint(written)
        ]

    def _ids(self, results: tuple[ChangeResult, ...]) -> dict[Address, str]:
        present = {change.address: change.id for change in self.planned.plan.changes}
        known = {**present, **_written(results)}
        return {address: id_ for address, id_ in known.items() if id_}

    async def _undo(
        self, failed: set[str], results: tuple[ChangeResult, ...]
    ) -> frozenset[Address]:
        written = _written(results)
        undone: set[Address] = set()
        for change in self.planned.plan.writes:
            object_id = written.get(change.address)
            if change.address.key not in failed or object_id is None:
                continue
            if await self._undo_one(change, object_id):
                undone.add(change.address)
        return frozenset(undone)

    async def _undo_one(self, change: Change, object_id: str) -> bool:
        match change.actual:
            case ActualAssistant() as before:
                return await roll_back(self.connection.account, before, object_id)
            case None if change.address.kind is Kind.ASSISTANT:
                self.observer.on_note(
                    f"{change.address} is new: there is nothing to go back to, so it stays"
                )
                return False
            case _:
                return False


def _written(results: tuple[ChangeResult, ...]) -> Mapping[Address, str | None]:
    """What was written, with its id."""
    return {result.address: result.id for result in results if result.status is Status.DONE}
