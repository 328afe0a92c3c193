"""Carrying out a change: a loop over its steps, and one handler for each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from asstctl.model.address import Kind
from asstctl.plan.change import Change
from asstctl.plan.steps import (
    AnnounceFiles,
    Attach,
    AwaitIndex,
    CheckAttributes,
    CheckEnvironment,
    CheckStamp,
    CheckStore,
    CheckUnmoved,
    CreateAssistant,
    CreateEnvironment,
    CreateStore,
    DeleteObject,
    DeleteUpload,
    Detach,
    ReadFiles,
    Step,
    UpdateAssistant,
    UpdateEnvironment,
    Upload,
    WriteStamp,
    steps_of,
)
from asstctl.sync.change import assistants, environments, idempotent, stores
from asstctl.sync.change.unmoved import MovedError, raise_if_moved
from asstctl.sync.change.work import Shared, Work, hashes_in, upload_of

Handler: TypeAlias = Callable[[Any, Work, Shared], Awaitable[tuple[Step, ...] | None]]
"""Carries out one kind of step. What it returns are the steps that its outcome picks."""


async def make(change: Change, shared: Shared) -> str:
    """Make one change; the object's id. Raises AsstctlError."""
    work = Work(change)
    steps = steps_of(change)
    while steps:
        steps = (*await perform(steps[0], work, shared), *steps[1:])
    return work.made_id


async def perform(step: Step, work: Work, shared: Shared) -> tuple[Step, ...]:
    """Carry out one step; the steps to take next, where its outcome picks them."""
    return await HANDLERS[type(step)](step, work, shared) or ()


async def _upload(step: Upload, work: Work, shared: Shared) -> None:
    hashes = hashes_in(step.files)
    made = await asyncio.gather(*map(shared.uploads.provide, hashes))
    work.file_ids |= dict(zip(hashes, made, strict=True))


async def _check_unmoved(_: CheckUnmoved, work: Work, shared: Shared) -> None:
    assert work.change.actual is not None
    await raise_if_moved(shared.account, work.change.actual)


async def _read_files(_: ReadFiles, work: Work, shared: Shared) -> None:
    await shared.account.list_store_files(work.made_id)
    raise MovedError(
        f"the account shows the files of {work.change.address} now",
        why="When the plan was made it did not, so nothing was planned for them.",
        fix="Apply again.",
    )


async def _delete_object(_: DeleteObject, work: Work, shared: Shared) -> None:
    delete = {
        Kind.ASSISTANT: idempotent.delete_assistant,
        Kind.ENVIRONMENT: idempotent.delete_environment,
        Kind.VECTOR_STORE: idempotent.delete_store,
    }
    await delete[work.change.address.kind](shared.account, work.made_id)


async def _delete_upload(step: DeleteUpload, _: Work, shared: Shared) -> None:
    # One that stays is garbage that `gc` finds by its stamp or the journal: no reason to fail.
    ids = map(upload_of, step.files)
    await asyncio.gather(*map(shared.uploads.delete, ids), return_exceptions=True)


HANDLERS: Final[Mapping[type[Step], Handler]] = {
    Upload: _upload,
    CheckUnmoved: _check_unmoved,
    ReadFiles: _read_files,
    CheckStore: assistants.check_store,
    CheckEnvironment: assistants.check_environment,
    CreateStore: stores.create,
    CreateEnvironment: environments.create,
    CreateAssistant: assistants.create,
    AnnounceFiles: stores.announce,
    Attach: stores.attach,
    AwaitIndex: stores.await_index,
    CheckAttributes: stores.check_attributes,
    CheckStamp: stores.check_stamp,
    WriteStamp: stores.write_stamp,
    UpdateEnvironment: environments.update,
    UpdateAssistant: assistants.update,
    Detach: stores.detach,
    DeleteObject: _delete_object,
    DeleteUpload: _delete_upload,
}
