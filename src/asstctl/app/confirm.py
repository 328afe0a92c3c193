"""Asking before something is written or deleted."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from asstctl.errors import AsstctlError
from asstctl.plan.plan import Plan

T = TypeVar("T")

Confirm: TypeAlias = Callable[[Plan], bool]
"""Is shown what would be written, and says whether to go on. May raise to stop."""


class DeclinedError(AsstctlError):
    """The person said no. Nothing was written."""

    code = "declined"


def approve(plan: Plan) -> bool:
    """Go on without asking anybody."""
    return True


def raise_if_declined(answer: bool) -> None:
    """Stop before anything is written. Raises DeclinedError."""
    if not answer:
        raise DeclinedError("not confirmed; nothing was changed")
