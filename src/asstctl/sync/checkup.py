"""Is an account fit to be managed? One check after the other, each with what to do about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from asstctl.model.assistant import AssistantSpec
from asstctl.model.stamp import PROBE
from asstctl.sync.ports import Account, AccountError, ApiGoneError, Failure, RemoteAssistant
from asstctl.sync.probe import PROBE_NAME


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


def skipped(name: str, because: str) -> Check:
    """A check that makes no sense, or cannot be made."""
    return Check(name, Verdict.SKIPPED, because)


async def examine(account: Account, *, project: str, model: str) -> list[Check]:
    """Key, API, vector stores and metadata, by asking; a probe object is deleted again."""
    key, api = await _api(account)
    if api.verdict is not Verdict.OK:
        names = ("vector stores", "metadata", "metadata updates")
        return [key, api, *(skipped(name, "the API does not answer") for name in names)]
    return [key, api, await _stores(account), *await _metadata(account, project, model)]


async def _api(account: Account) -> tuple[Check, Check]:
    """The key and the API, from one and the same request."""
    try:
        count = len((await account.list_assistants()).items)
    except AccountError as error:
        if error.failure is Failure.UNAUTHORIZED:
            bad = Check("key", Verdict.FAILED, _said(error), error.fix)
            return bad, skipped("assistants API", "the key is refused")
        word = "gone" if isinstance(error, ApiGoneError) else "not usable"
        if error.failure is Failure.FORBIDDEN:
            word = "forbidden"
        api = Check("assistants API", Verdict.FAILED, f"{word}: {_said(error)}", error.fix)
        if error.status is None:
            return skipped("key", "the account does not answer"), api
        return Check("key", Verdict.OK, "not refused"), api
    alive = Check("assistants API", Verdict.OK, f"alive, {count} assistants")
    return Check("key", Verdict.OK, "accepted"), alive


async def _stores(account: Account) -> Check:
    try:
        count = len((await account.list_stores()).items)
    except AccountError as error:
        return Check(
            "vector stores",
            Verdict.WARNING,
            f"not supported: {_said(error)}",
            "Manifests with vector stores cannot be applied here.",
        )
    return Check("vector stores", Verdict.OK, f"supported, {count} there")


async def _metadata(account: Account, project: str, model: str) -> list[Check]:
    """Whether metadata comes back, and whether an update replaces it."""
    first = {PROBE: project, "before": "1"}
    second = {PROBE: project, "after": "2"}
    spec = AssistantSpec(model=model, name=PROBE_NAME, metadata=first)
    later = AssistantSpec(model=model, name=PROBE_NAME, metadata=second)
    try:
        async with _probe(account, spec) as probe:
            kept = await account.get_assistant(probe.id)
            await account.update_assistant(probe.id, later, was=spec)
            updated = await account.get_assistant(probe.id)
    except AccountError as error:
        bad = Check("metadata", Verdict.FAILED, f"a probe failed: {_said(error)}", error.fix)
        return [bad, skipped("metadata updates", "there was no probe")]
    if not _holds(kept, first):
        lost = Check(
            "metadata",
            Verdict.FAILED,
            "lost: a probe came back without it",
            "asstctl cannot manage this account: use a service that keeps metadata.",
        )
        return [lost, skipped("metadata updates", "metadata is lost")]
    if not _holds(updated, second):
        stuck = "kept at creation, lost in an update"
        return [
            Check("metadata", Verdict.OK, "kept"),
            Check("metadata updates", Verdict.FAILED, stuck, "Report this to the service."),
        ]
    merged = updated is not None and "before" in updated.spec.metadata
    how = "merged into the old" if merged else "replaced"
    return [
        Check("metadata", Verdict.OK, "kept"),
        Check("metadata updates", Verdict.OK, f"{how}; asstctl copes with both"),
    ]


@asynccontextmanager
async def _probe(account: Account, spec: AssistantSpec) -> AsyncIterator[RemoteAssistant]:
    """An assistant that is gone again afterwards, also after Ctrl-C."""
    made = await account.create_assistant(spec)
    try:
        yield made
    finally:
        await account.delete_assistant(made.id)


def _holds(found: RemoteAssistant | None, metadata: dict[str, str]) -> bool:
    return found is not None and found.spec.metadata.items() >= metadata.items()


def _said(error: AccountError) -> str:
    return ": ".join(filter(None, (error.what, error.why)))
