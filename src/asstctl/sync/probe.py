"""Does the account give metadata back? Without it nothing could ever be recognised again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, Final, TypeVar

from asstctl.errors import AsstctlError
from asstctl.model.actual import Actual
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import DesiredAssistant
from asstctl.model.stamp import PROBE
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action
from asstctl.plan.plan import Plan
from asstctl.sync.ownership import Remote
from asstctl.sync.ports import Account, AccountError, RemoteAssistant, RemoteStore

PROBE_NAME: Final = "asstctl probe, safe to delete"
_PATIENCE: Final = 10.0
"""Seconds that an answer is waited for after Ctrl-C."""

T = TypeVar("T")


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
    metadata = {PROBE: plan.project}
    kept: RemoteAssistant | RemoteStore | None
    if model is not None:
        async with assistant_probe(account, model, metadata) as probe:
            kept = await account.get_assistant(probe.id)
    else:
        async with store_probe(account, metadata) as store:
            kept = await account.get_store(store.id)
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


@asynccontextmanager
async def assistant_probe(
    account: Account, model: str, metadata: Mapping[str, str]
) -> AsyncIterator[RemoteAssistant]:
    """An assistant of no use that is gone again afterwards. Raises AccountError."""

    async def strays() -> list[str]:
        found = (await account.list_assistants()).items
        return [item.id for item in found if _is_stray(item, metadata)]

    spec = AssistantSpec(model=model, name=PROBE_NAME, metadata=dict(metadata))
    create = account.create_assistant(spec)
    async with _passing(create, account.delete_assistant, strays) as made:
        yield made


@asynccontextmanager
async def store_probe(account: Account, metadata: Mapping[str, str]) -> AsyncIterator[RemoteStore]:
    """A vector store of no use that is gone again afterwards. Raises AccountError."""

    async def strays() -> list[str]:
        found = (await account.list_stores()).items
        return [item.id for item in found if _is_stray(item, metadata)]

    create = account.create_store(VectorStoreSpec(name=PROBE_NAME, metadata=dict(metadata)))
    async with _passing(create, account.delete_store, strays) as made:
        yield made


@asynccontextmanager
async def _passing(
    create: Coroutine[Any, Any, Remote],
    delete: Callable[[str], Coroutine[Any, Any, None]],
    strays: Callable[[], Awaitable[list[str]]],
) -> AsyncIterator[Remote]:
    """Create and delete, whatever comes between.

    A first Ctrl-C waits for the answer of what is in flight; an answer that never comes is looked
    up in the account, where the probe is known by its name.
    """
    creation = asyncio.ensure_future(create)
    try:
        made = await _finished(creation)
    except BaseException as error:
        if creation.done() and not creation.cancelled() and creation.exception() is None:
            await delete(creation.result().id)
        elif isinstance(error, AccountError) and error.outcome_unknown:
            await _delete_strays(strays, delete)
        raise
    try:
        yield made
    finally:
        await _finished(asyncio.ensure_future(delete(made.id)))


async def _finished(task: "asyncio.Future[T]") -> T:
    """What a task gives. When cancelled once meanwhile it is waited for all the same."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=_PATIENCE)
        raise


async def _delete_strays(
    strays: Callable[[], Awaitable[list[str]]],
    delete: Callable[[str], Coroutine[Any, Any, None]],
) -> None:
    """Best effort: the failure that led here is what gets reported."""
    with suppress(AccountError):
        for object_id in await strays():
            await delete(object_id)


def _is_stray(remote: RemoteAssistant | RemoteStore, metadata: Mapping[str, str]) -> bool:
    """Whether this can only be the probe that was just made, with or without its metadata."""
    own = remote.spec.metadata
    return remote.spec.name == PROBE_NAME and own.get(PROBE) in (None, metadata.get(PROBE))
