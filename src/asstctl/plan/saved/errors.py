"""Why a saved plan is not applied."""

from typing import ClassVar

from asstctl.errors import RefusedError


class PlanFileError(RefusedError):
    """The file cannot be taken for a plan that asstctl saved."""

    code: ClassVar[str] = "plan-file"


class StalePlanError(RefusedError):
    """What the saved plan was computed from has moved."""

    code: ClassVar[str] = "stale-plan"


class AppliedPlanError(RefusedError):
    """The saved plan was applied before."""

    code: ClassVar[str] = "applied-plan"
