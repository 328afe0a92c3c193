"""What an apply did, change by change."""

from dataclasses import dataclass
from enum import StrEnum

from asstctl.errors import AsstctlError, ExitCode
from asstctl.model.address import Address
from asstctl.plan.action import Action
from asstctl.plan.warnings import OF_A_PLAN, AccountWarning


class Status(StrEnum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """One change that was tried, or skipped since something before it failed.

    ``not_kept`` names the fields that the server did not keep as they were written, ``extra`` the
    paths of what it holds beyond that: it did not remove it, or added it.
    """

    address: Address
    action: Action
    status: Status
    id: str | None = None
    error: AsstctlError | None = None
    not_kept: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """Every change of a plan that writes, in the plan's order. ``seconds`` is wall time.

    ``warnings`` are the plan's, and what the account does otherwise than it was asked.
    ``more_may_be_left`` says that everything was to go, and that the account may hold something
    of it that it did not show. ``bundle`` is the path, inside the project, of the file that now
    holds the assistants as requests; None where there is none. ``others_run_on`` says that sessions
    which run already go on with what was here before.
    """

    changes: tuple[ChangeResult, ...]
    seconds: float
    interrupted: bool = False
    warnings: tuple[AccountWarning, ...] = ()
    more_may_be_left: bool = False
    bundle: str | None = None
    others_run_on: bool = False

    @property
    def news(self) -> tuple[AccountWarning, ...]:
        """The warnings that no plan has said already."""
        return tuple(warning for warning in self.warnings if warning.code not in OF_A_PLAN)

    @property
    def failed(self) -> tuple[ChangeResult, ...]:
        """The changes that failed themselves."""
        return tuple(change for change in self.changes if change.status is Status.FAILED)

    def count(self, status: Status) -> int:
        """How many changes ended so."""
        return sum(change.status is status for change in self.changes)

    @property
    def exit_code(self) -> ExitCode:
        """Interrupted first, then refused, then incomplete."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        errors = [change.error for change in self.failed]
        if any(error is not None and error.exit_code is ExitCode.REFUSED for error in errors):
            return ExitCode.REFUSED
        complete = self.count(Status.DONE) == len(self.changes) and not self.more_may_be_left
        return ExitCode.OK if complete else ExitCode.APPLY_INCOMPLETE
