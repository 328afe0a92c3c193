"""Plans for tests: from plain values, for one target and one commit."""

from asstctl.model.actual import Actual
from asstctl.model.desired import Contents, Desired
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from support.values import NOTHING_READ

AS_IS = PlanOptions()
PRUNE = PlanOptions(prune=True)
DESTROY = PlanOptions(prune=True, destroy=True)
OVERWRITE = PlanOptions(overwrite_drift=True)


def plan_of(
    desired: Desired,
    actual: Actual,
    options: PlanOptions = AS_IS,
    read: Contents = NOTHING_READ,
) -> Plan:
    return make_plan(desired, read, actual, target="test", commit="c0ffee", options=options)


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change
