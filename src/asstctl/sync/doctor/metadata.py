"""What becomes of metadata: an account that loses it cannot be managed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from asstctl.model.assistant import AssistantSpec
from asstctl.model.stamp import PROBE
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.doctor.check import Check, Verdict, skipped
from asstctl.sync.ports import Account, AccountError, Failure
from asstctl.sync.probe import PROBE_NAME, Cleanup, assistant_probe, store_probe

_MOST_MODELS: Final = 3

Metadata: TypeAlias = Mapping[str, str]


async def check_metadata(
    account: Account, project: str, models: tuple[str, ...], cleanup: Cleanup
) -> list[Check]:
    """Whether metadata comes back, and whether an update replaces it."""
    first, second = {PROBE: project, "before": "1"}, {PROBE: project, "after": "2"}
    try:
        created, updated = await _probed(account, models, first, second, cleanup)
    except AccountError as error:
        bad = Check("metadata", Verdict.FAILED, f"a probe failed: {error.one_line}", error.fix)
        return [bad, skipped("metadata updates", "there was no probe")]
    if not _holds(created, first):
        lost = Check(
            "metadata",
            Verdict.FAILED,
            "lost: a probe came back without it",
            "asstctl cannot manage this account: use a service that keeps metadata.",
        )
        return [lost, skipped("metadata updates", "metadata is lost")]
    kept = Check("metadata", Verdict.OK, "kept")
    if not _holds(updated, second):
        stuck = "kept at creation, lost in an update"
        fix = "asstctl cannot keep its stamps current here: report this to the service."
        return [kept, Check("metadata updates", Verdict.FAILED, stuck, fix)]
    how = "merged into the old" if "before" in updated else "replaced"
    return [kept, Check("metadata updates", Verdict.OK, f"{how}; asstctl copes with both")]


async def _probed(
    account: Account, models: tuple[str, ...], first: Metadata, second: Metadata, cleanup: Cleanup
) -> tuple[Metadata, Metadata]:
    """What a probe's metadata is after its creation and after an update.

    A server that knows none of the ``models`` may still make a vector store. Where it does not,
    what it said of the first model is what counts.
    """
    refusal: AccountError | None = None
    for model in models[:_MOST_MODELS]:
        try:
            return await _probed_assistant(account, model, first, second, cleanup)
        except AccountError as error:
            if error.failure is not Failure.INVALID:
                raise
            refusal = refusal or error
    try:
        return await _probed_store(account, first, second, cleanup)
    except AccountError as error:
        raise refusal or error from error


async def _probed_assistant(
    account: Account, model: str, first: Metadata, second: Metadata, cleanup: Cleanup
) -> tuple[Metadata, Metadata]:
    was = AssistantSpec(model=model, name=PROBE_NAME, metadata=first)
    async with assistant_probe(account, was, cleanup) as probe:
        created = await account.get_assistant(probe.id)
        await account.update_assistant(probe.id, replace(was, metadata=second), was=was)
        updated = await account.get_assistant(probe.id)
    return created.spec.metadata if created else {}, updated.spec.metadata if updated else {}


async def _probed_store(
    account: Account, first: Metadata, second: Metadata, cleanup: Cleanup
) -> tuple[Metadata, Metadata]:
    async with store_probe(account, first, cleanup) as probe:
        created = await account.get_store(probe.id)
        was = VectorStoreSpec(name=PROBE_NAME, metadata=first)
        await account.update_store(probe.id, replace(was, metadata=second), was=was)
        updated = await account.get_store(probe.id)
    return created.spec.metadata if created else {}, updated.spec.metadata if updated else {}


def _holds(found: Metadata, written: Metadata) -> bool:
    return found.items() >= written.items()
