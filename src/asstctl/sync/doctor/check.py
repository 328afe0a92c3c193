"""What a check is, and what the manifests ask of an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from asstctl.errors import ExitCode
from asstctl.model.assistant import AssistantSpec
from asstctl.model.dialect import ASSISTANTS, Api, Dialect
from asstctl.sync.ports import AccountError


class Verdict(StrEnum):
    """How a check came out. A warning is worth knowing and stops nothing."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, how it came out, what was found and how to mend it."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Whether a server speaks an API; ``answers`` is None where nobody can tell.

    ``found`` is what was seen instead of an answer, ``error`` how the request failed.
    """

    api: Api
    answers: bool | None
    found: str = ""
    error: AccountError | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """What a server tells of itself, whatever its target says of it.

    ``apis`` has every API once. ``models`` gives the day on which each is shut down, as far as the
    server says; None where it does not list its models.
    """

    apis: tuple[Spoken, ...]
    models: Mapping[str, date | None] | None = None

    def speaks(self, api: Api) -> Spoken:
        """What is known of one API."""
        return next(spoken for spoken in self.apis if spoken.api is api)

    def fitting(self, wanted: Api) -> Api | None:
        """The API that a target should use: the one that it wants, else the first that answers.

        None where none does, and where nobody can tell of the one that it wants.
        """
        own = self.speaks(wanted).answers
        answering = (spoken.api for spoken in self.apis if spoken.answers)
        return wanted if own else next(answering, None) if own is False else None


@dataclass(frozen=True, slots=True)
class Checkup:
    """Every check of one target; its name is empty where even that is not known.

    ``api`` is what the target is written for; ``server`` is None where nobody could be asked.
    """

    target: str
    checks: tuple[Check, ...]
    api: Api = Api.ASSISTANTS
    server: Server | None = None

    @property
    def exit_code(self) -> ExitCode:
        """An error when a check fails."""
        failed = any(check.verdict is Verdict.FAILED for check in self.checks)
        return ExitCode.ERROR if failed else ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the manifests ask of an account. ``models`` are those of the assistants.

    ``dialect`` is that of the API which the target speaks. ``assistants`` are their specs by
    address; ``environments``, ``stores`` and ``store_files`` tell whether there are any, and
    files in the vector stores; ``uploads`` whether there are any files at all.
    """

    project: str
    dialect: Dialect = ASSISTANTS
    has_key: bool = True
    models: tuple[str, ...] = ()
    assistants: tuple[tuple[str, AssistantSpec], ...] = ()
    stores: bool = False
    store_files: bool = False
    environments: bool = False
    uploads: bool = False


def skipped(name: str, because: str) -> Check:
    """A check that makes no sense, or cannot be made."""
    return Check(name, Verdict.SKIPPED, because)
