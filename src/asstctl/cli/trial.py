"""``apply --smoke``: try what was changed before anything old goes; ``--rollback`` undoes it."""

from dataclasses import dataclass, field

from asstctl.cli.output import say
from asstctl.cli.planning import Planned
from asstctl.cli.smoking import paths_of_same_content, smoke
from asstctl.cli.wiring import Connection
from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Address, Kind
from asstctl.model.desired import DesiredAssistant
from asstctl.model.project import Project
from asstctl.plan.change import Change
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.sync.change.rollback import roll_back
from asstctl.sync.result import ChangeResult, Status


@dataclass(slots=True)
class SmokeTrial:
    """Runs the cases of what an apply changed. ``result`` is None until it did."""

    connection: Connection
    project: Project
    made: Planned
    rollback: bool
    quiet: bool
    result: SmokeResult | None = field(default=None)

    async def __call__(self, results: tuple[ChangeResult, ...]) -> frozenset[Address]:
        """Try; the assistants that were put back as they were."""
        ids = self._ids(results)
        same = paths_of_same_content(self.made.contents)
        subjects = [
            Subject(
                key=desired.key,
                assistant_id=ids[desired.address],
                cases=desired.smoke,
                vector_store=desired.spec.vector_store,
                same_content=same,
            )
            for desired in self._affected(results)
            if desired.address in ids and desired.smoke
        ]
        if not subjects:
            return frozenset()
        options = SmokeOptions(
            parallelism=self.project.target.parallelism,
            directory=self.project.root,
            withheld=self.project.credentials,
            sensitive=self.made.plan.sensitive,
        )
        stores = {a.key: id_ for a, id_ in ids.items() if a.kind is Kind.VECTOR_STORE}
        self.result = await smoke(
            self.connection, self.project, subjects, options, stores, quiet=self.quiet
        )
        failed = {case.key for case in self.result.cases if case.status is CaseStatus.FAILED}
        return await self._undo(failed, results) if self.rollback else frozenset()

    def _affected(self, results: tuple[ChangeResult, ...]) -> list[DesiredAssistant]:
        """The assistants that were written, or whose vector store was."""
        written = {result.address for result in results if result.status is Status.DONE}
        return [
            change.desired
            for change in self.made.plan.changes
            if isinstance(change.desired, DesiredAssistant)
            and ({change.address, _store_of(change.desired)} & written)
        ]

    def _ids(self, results: tuple[ChangeResult, ...]) -> dict[Address, str]:
        present = {change.address: change.id for change in self.made.plan.changes}
        made = {result.address: result.id for result in results if result.status is Status.DONE}
        return {address: id_ for address, id_ in {**present, **made}.items() if id_}

    async def _undo(
        self, failed: set[str], results: tuple[ChangeResult, ...]
    ) -> frozenset[Address]:
        written = {result.address for result in results if result.status is Status.DONE}
        undone: set[Address] = set()
        for change in self.made.plan.writes:
            if change.address.key not in failed or change.address not in written:
                continue
            if await self._undo_one(change):
                undone.add(change.address)
        return frozenset(undone)

    async def _undo_one(self, change: Change) -> bool:
        match change.actual:
            case ActualAssistant() as before:
                return await roll_back(self.connection.account, before)
            case None if change.address.kind is Kind.ASSISTANT:
                say(f"{change.address} is new: there is nothing to go back to, so it stays")
                return False
            case _:
                return False


def _store_of(desired: DesiredAssistant) -> Address | None:
    key = desired.spec.vector_store
    return Address(Kind.VECTOR_STORE, key) if key else None
