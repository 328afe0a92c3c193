"""The steps that write vector stores and what they hold."""

import asyncio
from dataclasses import replace

from asstctl.model.actual import ActualStore
from asstctl.model.desired import DesiredStore
from asstctl.plan.steps import (
    AnnounceFiles,
    Attach,
    AwaitIndex,
    CheckAttributes,
    CheckStamp,
    CreateStore,
    Detach,
    Step,
    WriteStamp,
)
from asstctl.sync.binding import bind_store, hashes_of
from asstctl.sync.change import idempotent
from asstctl.sync.change.indexing import until_indexed
from asstctl.sync.change.work import Shared, Work, hashes_in, sha256_of, upload_of
from asstctl.sync.exactly_once import create_store
from asstctl.sync.ports import AccountError
from asstctl.sync.uploads.proofs import announcing, foretelling, is_open, proven, remembering


async def create(_: CreateStore, work: Work, shared: Shared) -> None:
    """Make the store exactly once.

    Where nothing else will tell what its files are, the stamp does so before they come.
    """
    coming = shared.uploads.stamped(work.file_ids)
    stamp = foretelling(shared.stamp(work.change, {}), coming, kept=shared.proofs.kept)
    work.stamp_is_open = is_open(stamp)
    made = await create_store(shared.account, bind_store(_desired(work), None, stamp))
    work.object_id = made.id
    shared.made(work.change.address, made.id)


async def check_stamp(step: CheckStamp, work: Work, _: Shared) -> tuple[Step, ...]:
    """The steps that are left for a new store, now that its files are there."""
    return step.open if work.stamp_is_open else ()


async def announce(step: AnnounceFiles, work: Work, shared: Shared) -> None:
    """Write the ids of pending uploads into the stamp, unless attributes will tell them."""
    if shared.proofs.kept is not False:
        return
    actual = _actual(work)
    assert actual is not None
    coming = shared.uploads.stamped(work.ids_of(hashes_in(step.files)))
    stamp = announcing(actual.stamp, coming)
    metadata = {**actual.spec.metadata, **stamp.to_metadata()}
    spec = replace(actual.spec, metadata=metadata)
    await idempotent.update_store(shared.account, actual.id, spec, was=actual.spec)


async def attach(step: Attach, work: Work, shared: Shared) -> None:
    """Put uploads into the store; after a lost answer only those that are not in it yet."""
    ids = [(file, work.file_ids[sha256_of(file)]) for file in reversed(step.files)]
    entries = {file_id: shared.uploads.to_attach(file, file_id) for file, file_id in ids}
    account, store_id = shared.account, work.made_id
    try:
        await account.attach(store_id, list(entries.values()))
    except AccountError as error:
        if not error.outcome_unknown:
            raise
        present = {file.id for file in await account.list_store_files(store_id)}
        missing = [entry for file_id, entry in entries.items() if file_id not in present]
        if missing:
            await account.attach(store_id, missing)


async def await_index(step: AwaitIndex, work: Work, shared: Shared) -> None:
    """Wait for the files. Raises IndexingError."""
    paths = {file.id: file.path or file.id for file in step.earlier}
    paths |= {work.file_ids[sha256_of(file)]: file.path for file in reversed(step.files)}
    others = {file.id for file in work.held} - paths.keys()
    await until_indexed(
        shared.account,
        work.made_id,
        paths,
        # A store may be slow to count its new files, and the old ones are indexed already.
        expected=len(paths) + len(others),
        others=bool(others),
        within=shared.indexing_timeout,
        on_look=lambda counts: shared.observer.indexing(work.change, counts),
        sleep=shared.sleep,
    )


async def check_attributes(step: CheckAttributes, work: Work, shared: Shared) -> tuple[Step, ...]:
    """The steps to go on with: do the files say themselves what they are?"""
    return step.kept if await shared.proofs.look(work.made_id) else step.lost


async def write_stamp(_: WriteStamp, work: Work, shared: Shared) -> None:
    """Set the store's own fields and its stamp."""
    desired, actual = _desired(work), _actual(work)
    stamp = shared.stamp(work.change, {})
    if actual is not None and (actual.files is None or desired.leaves_files_to_others):
        stamp = replace(stamp, files=actual.stamp.files)
    else:
        if desired.store_files and not await shared.proofs.look(work.made_id):
            ids = work.ids_of(hashes_of(desired, shared.contents))
            stamp = proven(stamp, shared.uploads.stamped(ids))
        stamp = remembering(stamp, work.change, shared.uploads.present)
    spec = bind_store(desired, actual.spec if actual else None, stamp)
    was = actual.spec if actual else desired.spec
    await idempotent.update_store(shared.account, work.made_id, spec, was=was)


async def detach(step: Detach, work: Work, shared: Shared) -> None:
    """Take files out side by side; the first failure is raised when all have been tried."""
    store_id = work.made_id
    ids = map(upload_of, step.files)
    detaching = (idempotent.detach(shared.account, store_id, file_id) for file_id in ids)
    for outcome in await asyncio.gather(*detaching, return_exceptions=True):
        if outcome is not None:
            raise outcome


def _desired(work: Work) -> DesiredStore:
    assert isinstance(work.change.desired, DesiredStore)
    return work.change.desired


def _actual(work: Work) -> ActualStore | None:
    actual = work.change.actual
    assert actual is None or isinstance(actual, ActualStore)
    return actual
