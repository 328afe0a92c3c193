"""Delete everything that a project manages in an account."""

from dataclasses import replace

from asstctl.app.apply import carry_out
from asstctl.app.confirm import Confirm, raise_if_declined
from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import plan_on
from asstctl.app.source import Source
from asstctl.model.desired import Desired
from asstctl.plan.scope import PlanOptions
from asstctl.sync.result import ApplyResult

_ALL_OF_IT = PlanOptions(prune=True, destroy=True)


async def destroy(source: Source, *, confirm: Confirm, observer: Observer = SILENT) -> ApplyResult:
    """Plan and apply for nothing desired. What ``protect: true`` guards stays.

    Where the account does not show all that it holds, what is shown is deleted and the result
    says that more may be left. Raises AccountError where the account cannot be read.
    """
    project, declared = source.project, source.desired
    nothing = Desired(project=project.name, sensitive=declared.sensitive)
    async with connect_to(
        project, writes=True, sensitive=declared.sensitive, observer=observer
    ) as connection:
        planned = await plan_on(
            connection.account,
            replace(source, desired=nothing),
            _ALL_OF_IT,
            expects_stores=bool(declared.stores),
            observer=observer,
        )
        observer.on_plan(planned.plan)
        if planned.plan.writes:
            raise_if_declined(confirm(planned.plan))
        result = await carry_out(project, planned, connection.account, observer=observer)
        return replace(result, more_may_be_left=bool(planned.actual.cut))
