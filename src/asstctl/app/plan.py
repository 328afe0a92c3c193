"""The way of the data that plan, apply and smoke share: manifests and account → plan."""

from dataclasses import dataclass, replace

from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.source import Source
from asstctl.model.actual import Actual
from asstctl.model.address import Kind
from asstctl.model.desired import Contents
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.local.last_apply import LastApply, read_last_apply
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.ports import Account
from asstctl.sync.refresh import refresh

EVERYTHING = PlanOptions()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it was computed from."""

    plan: Plan
    contents: Contents
    actual: Actual
    remembered: LastApply
    options: PlanOptions


async def plan(
    source: Source, options: PlanOptions = EVERYTHING, *, observer: Observer = SILENT
) -> Planned:
    """How a target's account differs from what should exist. Nothing is written.

    Raises AccountError where it cannot be read, DuplicateKeyError where two objects have one key,
    and UsageError where ``options.only`` matches nothing.
    """
    async with connect_to(
        source.project, writes=False, sensitive=source.desired.sensitive, observer=observer
    ) as connection:
        return await plan_on(connection.account, source, options, observer=observer)


async def plan_on(
    account: Account,
    source: Source,
    options: PlanOptions = EVERYTHING,
    *,
    expects_stores: bool = False,
    observer: Observer = SILENT,
) -> Planned:
    """``plan`` on an account that is open already.

    ``expects_stores`` says that the project has vector stores, whatever ``source`` says.
    """
    project, desired = source.project, source.desired
    options = replace(options, within=source.within) if source.within is not None else options
    observer.on_names(account.name)
    remembered = read_last_apply(project, account.name)
    with observer.reading(account.name):
        contents, actual = await refresh(
            account,
            desired,
            all_files=options.prune,
            expects_stores=expects_stores or _has_stores(remembered),
            journal=FileJournal(project, account.name),
        )
    for resource in actual.resources:
        observer.on_names(resource.address, resource.id)
    made = make_plan(
        desired,
        contents,
        actual,
        target=project.target.name,
        commit=source.commit,
        options=replace(options, remembered=options.remembered | remembered.addresses),
    )
    return Planned(made, contents, actual, remembered, options)


def _has_stores(remembered: LastApply) -> bool:
    return any(address.kind is Kind.VECTOR_STORE for address in remembered.addresses)
