"""The way of the data that plan, apply and smoke share: manifests and account → plan."""

from dataclasses import dataclass, replace

import click

from asstctl.cli.output import never_mask
from asstctl.cli.reading import reading
from asstctl.model.actual import Actual
from asstctl.model.address import Kind
from asstctl.model.desired import Contents, Desired
from asstctl.model.project import Project
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.local.last_apply import LastApply, read_last_apply
from asstctl.sync.ports import Account
from asstctl.sync.refresh import refresh
from asstctl.sync.uploads.journal import FileJournal

EVERYTHING = PlanOptions()

only_option = click.option(
    "--only",
    multiple=True,
    metavar="ADDRESS",
    help="Only this resource and what it needs, e.g. assistant.travel-guide; globs work. "
    "May be given several times.",
)
prune_option = click.option(
    "--prune", is_flag=True, help="Delete what is managed and in no manifest any more."
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it was computed from."""

    plan: Plan
    contents: Contents
    actual: Actual
    remembered: LastApply


async def planned(
    project: Project,
    desired: Desired,
    account: Account,
    options: PlanOptions = EVERYTHING,
    *,
    commit: str | None = None,
    expects_stores: bool = False,
) -> Planned:
    """Read the account and compare. ``commit`` is where the manifests come from.

    ``expects_stores`` says that the project has vector stores, whatever ``desired`` says.
    """
    journal = FileJournal(project, account.name)
    never_mask(account.name)
    remembered = read_last_apply(project, account.name)
    with reading(account.name):
        contents, actual = await refresh(
            account,
            desired,
            all_files=options.prune,
            expects_stores=expects_stores or _has_stores(remembered),
            journal=journal,
        )
    for resource in actual.resources:
        never_mask(resource.address, resource.id)
    plan = make_plan(
        desired,
        contents,
        actual,
        target=project.target.name,
        commit=commit,
        options=replace(options, remembered=remembered.addresses),
    )
    return Planned(plan, contents, actual, remembered)


def _has_stores(remembered: LastApply) -> bool:
    return any(address.kind is Kind.VECTOR_STORE for address in remembered.addresses)
