"""Does the account give metadata back? Without it nothing could ever be recognised again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from asstctl.errors import AsstctlError
from asstctl.model.actual import Actual, Upload
from asstctl.model.address import Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import DesiredAssistant
from asstctl.model.file import Content
from asstctl.model.stamp import PROBE
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.warnings import PROBE_LEFT, AccountWarning
from asstctl.sync.ports import (
    Account,
    AccountError,
    Failure,
    NotKeptError,
    RemoteAssistant,
    RemoteStore,
)

PROBE_NAME: Final = "asstctl probe, safe to delete"
PROBE_FILE: Final = "asstctl-probe-safe-to-delete.md"
_PATIENCE: Final = 10.0
"""Seconds that an answer is waited for after Ctrl-C."""

T = TypeVar("T")
Made = TypeVar("Made", RemoteAssistant, RemoteStore, Upload)


class MetadataLostError(AsstctlError):
    """The account does not keep metadata, so nothing in it can be managed."""

    code: ClassVar[str] = "metadata-lost"


@dataclass(slots=True)
class Cleanup:
    """What became of probes: how many were deleted, and why the others are still there."""

    deleted: int = 0
    errors: list[AccountError] = field(default_factory=list)

    def warnings(self) -> tuple[AccountWarning, ...]:
        """One for each probe that is left for the reader to delete."""
        fix = f"It is called {PROBE_NAME!r}: delete it with the service's own means."
        return tuple(
            AccountWarning(PROBE_LEFT, f"a probe is left behind: {error.what}", error.why, fix)
            for error in self.errors
        )


async def raise_if_metadata_is_lost(
    plan: Plan, actual: Actual, account: Account
) -> tuple[AccountWarning, ...]:
    """Find out before the first write, unless the account has shown a stamp already.

    The probe is an object of its own that is deleted again; what is returned tells where that
    does not work. Raises MetadataLostError.
    """
    creates = [change for change in plan.writes if _needs_metadata(change, actual)]
    if not creates or actual.keeps_stamps:
        return ()
    model = next(
        (
            change.desired.spec.model
            for change in creates
            if isinstance(change.desired, DesiredAssistant)
        ),
        None,
    )
    metadata, cleanup = {PROBE: plan.project}, Cleanup()
    kept: RemoteAssistant | RemoteStore | None
    if model is not None:
        spec = AssistantSpec(model=model, name=PROBE_NAME, metadata=metadata)
        async with assistant_probe(account, spec, cleanup) as probe:
            kept = await account.get_assistant(probe.id)
    else:
        async with store_probe(account, metadata, cleanup) as store:
            kept = await account.get_store(store.id)
    if kept is None or kept.spec.metadata.get(PROBE) != plan.project:
        fate = cleanup.errors[0].what if cleanup.errors else "it was deleted again"
        raise MetadataLostError(
            f"{account.name} does not keep metadata",
            why="asstctl recognises what it manages by metadata. A probe was created with some "
            f"and came back without it; {fate}. Nothing else was written.",
            fix="Use a service that keeps the metadata of assistants and vector stores.",
        )
    return cleanup.warnings()


def _needs_metadata(change: Change, actual: Actual) -> bool:
    """Whether only metadata on the server will tell whose it is: an environment's name does."""
    kind = change.address.kind
    is_new = change.action is Action.CREATE
    return is_new and kind is not Kind.ENVIRONMENT and actual.is_on_server(kind)


async def delete_probes(actual: Actual, account: Account) -> tuple[AccountWarning, ...]:
    """Delete the orphans of runs that were killed while they probed; warnings of what stays."""
    cleanup = Cleanup()

    async def stands(probe_id: str) -> bool:
        return await account.get_assistant(probe_id) is not None

    async def store_stands(probe_id: str) -> bool:
        return await account.get_store(probe_id) is not None

    for assistant_id in actual.probes:
        await _clean_up(assistant_id, account.delete_assistant, stands, cleanup)
    for store_id in actual.store_probes:
        await _clean_up(store_id, account.delete_store, store_stands, cleanup)
    return cleanup.warnings()


@asynccontextmanager
async def assistant_probe(
    account: Account, spec: AssistantSpec, cleanup: Cleanup
) -> AsyncIterator[RemoteAssistant]:
    """An assistant of no use, called ``PROBE_NAME``, that is deleted afterwards.

    ``cleanup`` is told whether it is. Raises AccountError.
    """

    async def orphans() -> list[str]:
        found = (await account.list_assistants()).items
        return [item.id for item in found if _is_orphan(item, spec.metadata)]

    async def stands(probe_id: str) -> bool:
        return probe_id in await orphans() and await account.get_assistant(probe_id) is not None

    create = account.create_assistant(spec)
    async with _probe(
        create, _Probing(account.delete_assistant, orphans, stands, cleanup)
    ) as probe:
        yield probe


@asynccontextmanager
async def store_probe(
    account: Account, metadata: Mapping[str, str], cleanup: Cleanup
) -> AsyncIterator[RemoteStore]:
    """A vector store of no use that is deleted afterwards. Raises AccountError."""

    async def orphans() -> list[str]:
        found = (await account.list_stores()).items
        return [item.id for item in found if _is_orphan(item, metadata)]

    async def stands(probe_id: str) -> bool:
        return probe_id in await orphans() and await account.get_store(probe_id) is not None

    create = account.create_store(VectorStoreSpec(name=PROBE_NAME, metadata=dict(metadata)))
    async with _probe(create, _Probing(account.delete_store, orphans, stands, cleanup)) as probe:
        yield probe


@asynccontextmanager
async def upload_probe(
    account: Account, content: Content, cleanup: Cleanup
) -> AsyncIterator[Upload]:
    """An upload called ``PROBE_FILE`` that is deleted afterwards. Raises AccountError."""

    async def orphans() -> list[str]:
        return [item.id for item in await account.list_uploads() or () if _is_probe(item)]

    async def stands(probe_id: str) -> bool:
        return probe_id in await orphans() and await account.get_upload(probe_id) is not None

    create = account.upload(content, PROBE_FILE, lambda _: None)
    async with _probe(create, _Probing(account.delete_upload, orphans, stands, cleanup)) as probe:
        yield probe


@dataclass(frozen=True, slots=True)
class _Probing:
    """How a probe is cleaned up. ``orphans`` finds those whose create lost its answer."""

    delete: Callable[[str], Awaitable[None]]
    orphans: Callable[[], Awaitable[list[str]]]
    stands: Callable[[str], Awaitable[bool]]
    cleanup: Cleanup

    async def clean_up(self, probe_id: str) -> None:
        """Delete it, and see whether it is gone whatever was answered."""
        await _clean_up(probe_id, self.delete, self.stands, self.cleanup)

    async def delete_orphans(self) -> None:
        """Best effort: the failure that led here is what gets reported."""
        with suppress(AccountError):
            for probe_id in await self.orphans():
                await self.delete(probe_id)


async def _clean_up(
    probe_id: str,
    delete: Callable[[str], Awaitable[None]],
    stands: Callable[[str], Awaitable[bool]],
    cleanup: Cleanup,
) -> None:
    try:
        await delete(probe_id)
    except AccountError as error:
        cleanup.errors.append(error)
        return
    still_there = False
    with suppress(AccountError):
        still_there = await stands(probe_id)
    if still_there:
        cleanup.errors.append(_standing(probe_id))
    else:
        cleanup.deleted += 1


@asynccontextmanager
async def _probe(create: Coroutine[Any, Any, Made], probing: _Probing) -> AsyncIterator[Made]:
    """Create and delete, whatever comes between.

    A first Ctrl-C waits for the answer of what is in flight; an answer that never comes is looked
    up in the account, where the probe is known by its name.
    """
    creation = asyncio.ensure_future(create)
    try:
        made = await _finished(creation)
    except BaseException as error:
        if creation.done() and not creation.cancelled() and creation.exception() is None:
            await probing.clean_up(creation.result().id)
        elif isinstance(error, AccountError) and error.outcome_unknown:
            await probing.delete_orphans()
        raise
    try:
        yield made
    finally:
        await _finished(asyncio.ensure_future(probing.clean_up(made.id)))


async def _finished(task: "asyncio.Future[T]") -> T:
    """What a task gives. When cancelled once meanwhile it is waited for all the same."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=_PATIENCE)
        raise


def _is_orphan(remote: RemoteAssistant | RemoteStore, metadata: Mapping[str, str]) -> bool:
    """Whether this can only be the probe that was just made, with or without its metadata."""
    own = remote.spec.metadata
    return remote.spec.name == PROBE_NAME and own.get(PROBE) in (None, metadata.get(PROBE))


def _is_probe(upload: Upload) -> bool:
    return upload.filename.rpartition("/")[2] == PROBE_FILE


def _standing(probe_id: str) -> NotKeptError:
    return NotKeptError(
        f"{probe_id} was not deleted, it is still there",
        failure=Failure.INVALID,
        why="The server answered that it had deleted the object, and shows it all the same.",
    )
