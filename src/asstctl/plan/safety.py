"""Guards: a plan that might destroy more than was meant is refused as a whole."""

from typing import ClassVar

from asstctl.errors import RefusedError
from asstctl.model.actual import Actual
from asstctl.model.address import Kind
from asstctl.model.project import Safety
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.warnings import cut_list


class DriftError(RefusedError):
    """Managed objects were edited outside asstctl."""

    code: ClassVar[str] = "drift"


class TooManyDeletesError(RefusedError):
    """The plan deletes a larger share of what is managed than the project allows."""

    code: ClassVar[str] = "too-many-deletes"


class CutListError(RefusedError):
    """The server shows only part of its objects, so absence proves nothing."""

    code: ClassVar[str] = "cut-list"


def raise_if_unsafe(
    plan: Plan, actual: Actual, safety: Safety, *, allow_deletes: int | None = None
) -> None:
    """Refuse (exit 5) what a plan must not do. Raises RefusedError; nothing was written."""
    _raise_for_drift(plan)
    _raise_for_cut_lists(plan, actual)
    _raise_for_deletes(plan, safety, allow_deletes)


def _raise_for_drift(plan: Plan) -> None:
    if plan.drifted:
        raise DriftError(
            ", ".join(str(change.address) for change in plan.drifted) + ": changed outside asstctl",
            why="Applying would undo edits that the manifests know nothing of.",
            fix="Take the edits over with `asstctl accept`, or undo them with --overwrite-drift. "
            "`lifecycle.ignore_changes` leaves a field to others for good.",
        )


def _raise_for_cut_lists(plan: Plan, actual: Actual) -> None:
    """Nothing is created in the place of what was not shown, nothing deleted that may be in use."""
    unproven = actual.unproven
    doomed = [
        change
        for change in plan.writes
        if change.action is Action.DELETE
        and (change.address.kind in unproven or (_may_be_needed(change) and unproven))
    ]
    risky = (*plan.unseen, *doomed)
    if not risky:
        return
    kind = risky[0].address.kind
    cut = kind if kind in unproven else min(unproven)
    raise CutListError(
        cut_list(cut),
        why="The server does not turn its pages properly and may hold more than it shows, so "
        + (
            f"{risky[0].address} may exist without being seen."
            if plan.unseen
            else f"something unseen may be in the place of {risky[0].address}, or need it."
        ),
        fix="Use a server with working lists, or limit the plan to updates with --only.",
    )


def _may_be_needed(change: Change) -> bool:
    """Whether assistants can refer to it."""
    return change.address.kind in (Kind.VECTOR_STORE, Kind.ENVIRONMENT)


def _raise_for_deletes(plan: Plan, safety: Safety, allow_deletes: int | None) -> None:
    deletes = len(plan.destroys)
    allowed = int(safety.max_deletes * plan.managed) if allow_deletes is None else allow_deletes
    if deletes > allowed:
        limit = (
            f"`safety.max_deletes` is {safety.max_deletes:g}"
            if allow_deletes is None
            else f"--allow-deletes is {allow_deletes}"
        )
        raise TooManyDeletesError(
            f"the plan deletes {deletes} of {plan.managed} managed objects",
            why=f"{limit}, which allows {allowed}.",
            fix=f"If that is what you mean, add --allow-deletes {deletes}.",
        )
