"""The way of the data that plan, apply and smoke share: manifests and account → plan."""

from dataclasses import dataclass

from asstctl.manifest.revision import current_commit
from asstctl.model.actual import Actual
from asstctl.model.desired import Contents, Desired
from asstctl.model.project import Project
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.ports import Account
from asstctl.sync.refresh import observe


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much a plan may do."""

    prune: bool = False
    overwrite_drift: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it was computed from."""

    plan: Plan
    contents: Contents
    actual: Actual


async def planned(project: Project, desired: Desired, account: Account, scope: Scope) -> Planned:
    """Read the account and compare."""
    contents, actual = await observe(account, desired, all_files=scope.prune)
    plan = make_plan(
        desired,
        contents,
        actual,
        target=project.target.name,
        commit=current_commit(project.root),
        options=PlanOptions(prune=scope.prune, overwrite_drift=scope.overwrite_drift),
    )
    return Planned(plan, contents, actual)
