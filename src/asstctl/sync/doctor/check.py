"""What a check is, and what the manifests ask of an account."""

from dataclasses import dataclass
from enum import StrEnum

from asstctl.model.assistant import AssistantSpec


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the manifests ask of an account. ``models`` are those of the assistants.

    ``assistants`` are their specs by address; ``stores`` and ``store_files`` tell whether there
    are vector stores, and files in them, ``uploads`` whether there are any files at all.
    """

    project: str
    has_key: bool = True
    models: tuple[str, ...] = ()
    assistants: tuple[tuple[str, AssistantSpec], ...] = ()
    stores: bool = False
    store_files: bool = False
    uploads: bool = False


def skipped(name: str, because: str) -> Check:
    """A check that makes no sense, or cannot be made."""
    return Check(name, Verdict.SKIPPED, because)
