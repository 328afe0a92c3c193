"""One root exception. Every class carries the exit code that the command line returns for it.

An error says what happened, why, and how to fix it. Errors never print: the boundary in
``asstctl.cli.boundary`` does, once.
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process returns; the same meaning for every command."""

    OK = 0
    ERROR = 1
    CHANGES_PENDING = 2
    APPLY_INCOMPLETE = 3
    SMOKE_FAILED = 4
    REFUSED = 5
    INTERRUPTED = 130


class AsstctlError(Exception):
    """Something the user can act on: ``what`` happened, ``why``, and the ``fix``.

    ``commands`` are for a shell: any one of them does what the fix says, the likeliest first.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.ERROR
    code: ClassVar[str] = "error"

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", commands: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.commands = commands

    @property
    def one_line(self) -> str:
        """What happened and why, on one line: ``GET /threads: HTTP 500``."""
        return f"{self.what}: {self.why}" if self.why else self.what


class UsageError(AsstctlError):
    """The command was called in a way that cannot work."""

    code = "usage"


class RefusedError(AsstctlError):
    """A guard said no: a stale plan, drift, a safety limit, or an object that has moved.

    What the guard protects was not written. One that acts during an apply stops its own change.
    """

    exit_code = ExitCode.REFUSED
    code = "refused"
