"""Make an account what the manifests say, or what a saved plan does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from asstctl.app.commands import raise_if_not_allowed
from asstctl.app.confirm import Confirm, raise_if_declined
from asstctl.app.connect import NO_IDS, connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import EVERYTHING, Planned, plan_on
from asstctl.app.plan_file import check_plan, read_plan
from asstctl.app.sandboxes import ConfirmCost, raise_if_too_dear
from asstctl.app.source import Source
from asstctl.app.trial import SmokeTrial
from asstctl.errors import ExitCode, UsageError
from asstctl.model.address import Address
from asstctl.model.dialect import Api
from asstctl.model.project import Project
from asstctl.plan.action import Action
from asstctl.plan.safety import raise_if_unsafe
from asstctl.plan.scope import PlanOptions
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.result import SmokeResult
from asstctl.sync.apply import ApplyOptions, Trial, apply_plan
from asstctl.sync.local.ids import read_ids
from asstctl.sync.local.last_apply import raise_if_everything_is_gone, record_apply
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.ports import Account
from asstctl.sync.probe import delete_probes, raise_if_metadata_is_lost
from asstctl.sync.result import ApplyResult, Status


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did, and what its smoke cases said; None when none ran."""

    result: ApplyResult
    smoke: SmokeResult | None = None

    @property
    def exit_code(self) -> ExitCode:
        """A failed case outranks what its rollback left undone."""
        if self.smoke is None:
            return self.result.exit_code
        if self.smoke.exit_code is ExitCode.SMOKE_FAILED or self.result.exit_code is ExitCode.OK:
            return self.smoke.exit_code
        return self.result.exit_code


async def apply(
    source: Source,
    options: PlanOptions = EVERYTHING,
    *,
    confirm: Confirm,
    confirm_cost: ConfirmCost | None = None,
    planfile: Path | None = None,
    allow_deletes: int | None = None,
    smoke: SmokeOptions | None = None,
    rollback: bool = False,
    keep_ids: bool = False,
    observer: Observer = SILENT,
) -> Applied:
    """Plan, pass the guards, ask ``confirm``, and carry the plan out. Running it again is safe.

    ``planfile`` is a saved plan that is done exactly, with the options and the commit that it was
    made with. ``allow_deletes`` lets so many deletes through, whatever the project's ``safety``
    says. With ``smoke`` what was changed is tried before anything old is deleted; that asks
    ``confirm_cost`` first where that takes sandboxes which cost money; ``rollback`` gives
    assistants that fail their previous configuration back.

    With ``keep_ids`` what is made gets the id that it had where it was pulled from.

    What fails for one resource is told in the result. Raises RefusedError where a guard says no,
    and AccountError where the account cannot be read.
    """
    saved = None
    if planfile is not None:
        saved = read_plan(planfile, source)
        options, source = saved.options, replace(source, commit=saved.plan.commit)
    project = source.project
    ids = _kept_ids(project) if keep_ids else NO_IDS
    async with connect_to(
        project, writes=True, sensitive=source.desired.sensitive, observer=observer, ids=ids
    ) as connection:
        planned = await plan_on(connection.account, source, options, observer=observer)
        if saved is not None:
            check_plan(saved, planned)
        observer.on_plan(planned.plan)
        raise_if_refused(project, planned, allow_deletes=allow_deletes)
        trial = None
        if smoke is not None:
            trial = SmokeTrial(connection, project, planned, smoke, rollback, observer)
            raise_if_not_allowed(trial.planned_for, project.target.name, smoke)
        if planned.plan.writes:
            raise_if_declined(confirm(planned.plan))
        if trial is not None and smoke is not None:
            raise_if_too_dear(
                project, trial.planned_for, smoke, confirm=confirm_cost, observer=observer
            )
        result = await carry_out(
            project, planned, connection.account, trial=trial, observer=observer
        )
        return Applied(result, trial.result if trial else None)


def _kept_ids(project: Project) -> Mapping[str, str]:
    if project.target.api is not Api.ASSISTANTS:
        raise UsageError(
            f"--keep-ids is for api: assistants, and {project.target.name} is a target of another",
            fix="Leave --keep-ids out.",
        )
    return read_ids(project.root)


def raise_if_refused(
    project: Project, planned: Planned, *, allow_deletes: int | None = None
) -> None:
    """Every guard that stands before an apply. Raises RefusedError."""
    raise_if_everything_is_gone(project, planned.actual, planned.remembered)
    raise_if_unsafe(planned.plan, planned.actual, project.safety, allow_deletes=allow_deletes)


async def carry_out(
    project: Project,
    planned: Planned,
    account: Account,
    *,
    trial: Trial | None = None,
    observer: Observer = SILENT,
) -> ApplyResult:
    """Carry out a plan that the guards let through, and remember what it left."""
    plan, target = planned.plan, project.target
    apply_options = ApplyOptions(parallelism=target.parallelism, indexing_timeout=target.timeout)
    told = await delete_probes(planned.actual, account)
    told += await raise_if_metadata_is_lost(plan, planned.actual, account)
    journal = FileJournal(project, planned.actual.account)
    journal.tidy()
    with observer.applying(plan) as watching, observer.interrupts() as stop:
        result = await apply_plan(
            plan,
            planned.contents,
            planned.actual,
            account,
            apply_options,
            observer=watching,
            stop=stop,
            trial=trial,
            journal=journal,
        )
    left = _left_in_account(planned, result)
    record_apply(project, planned.actual.account, left, before=planned.remembered)
    return replace(result, warnings=(*result.warnings, *told), bundle=_bundle_left(project))


def _bundle_left(project: Project) -> str | None:
    bundle = project.bundle
    if bundle is None or not bundle.is_file():
        return None
    return bundle.relative_to(project.root).as_posix()


def _left_in_account(planned: Planned, result: ApplyResult) -> set[Address]:
    """The addresses that are in the account now, as far as is known."""
    actual = planned.actual
    present = {resource.address for resource in actual.resources}
    present |= {a for a in planned.remembered.addresses if a.kind in actual.unproven}
    moved = {change.address: change.moved_from for change in planned.plan.writes}
    for change in result.changes:
        if change.status is not Status.DONE:
            continue
        if change.action is Action.DELETE:
            present.discard(change.address)
        else:
            present.add(change.address)
            if (old := moved.get(change.address)) is not None:
                present.discard(old)
    return present
