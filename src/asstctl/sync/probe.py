"""Does the account give metadata back? Without it nothing could ever be recognised again."""

from typing import ClassVar, Final

from asstctl.errors import AsstctlError
from asstctl.model.actual import Actual
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import DesiredAssistant
from asstctl.model.stamp import PROBE
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action
from asstctl.plan.plan import Plan
from asstctl.sync.ports import Account, RemoteAssistant, RemoteStore

PROBE_NAME: Final = "asstctl probe, safe to delete"


class MetadataLostError(AsstctlError):
    """The account does not keep metadata, so nothing in it can be managed."""

    code: ClassVar[str] = "metadata-lost"


async def raise_if_metadata_is_lost(plan: Plan, actual: Actual, account: Account) -> None:
    """Find out before the first write, unless the account has shown a stamp already.

    The probe is an object of its own that is deleted again, so that nothing is left behind.
    Raises MetadataLostError.
    """
    creates = [change for change in plan.writes if change.action is Action.CREATE]
    if not creates or actual.keeps_stamps:
        return
    model = next(
        (
            change.desired.spec.model
            for change in creates
            if isinstance(change.desired, DesiredAssistant)
        ),
        None,
    )
    kept = await (
        _assistant(account, plan.project, model) if model else _store(account, plan.project)
    )
    if kept is None or kept.spec.metadata.get(PROBE) != plan.project:
        raise MetadataLostError(
            f"{account.name} does not keep metadata",
            why="asstctl recognises what it manages by metadata. A probe was created with some, "
            "came back without it, and was deleted; nothing else was written.",
            fix="Use a service that keeps the metadata of assistants and vector stores.",
        )


async def delete_probes(actual: Actual, account: Account) -> None:
    """Clear away probes of runs that were killed in the middle of probing."""
    for assistant_id in actual.probes:
        await account.delete_assistant(assistant_id)


async def _assistant(account: Account, project: str, model: str) -> RemoteAssistant | None:
    spec = AssistantSpec(model=model, name=PROBE_NAME, metadata={PROBE: project})
    made = await account.create_assistant(spec)
    try:
        return await account.get_assistant(made.id)
    finally:
        await account.delete_assistant(made.id)


async def _store(account: Account, project: str) -> RemoteStore | None:
    made = await account.create_store(VectorStoreSpec(name=PROBE_NAME, metadata={PROBE: project}))
    try:
        return await account.get_store(made.id)
    finally:
        await account.delete_store(made.id)
