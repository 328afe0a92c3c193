"""The steps that write assistants."""

from dataclasses import replace

from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import DesiredAssistant
from asstctl.plan.steps import CheckStore, CreateAssistant, UpdateAssistant
from asstctl.sync.binding import bind_assistant, bound, hashes_of
from asstctl.sync.change import idempotent
from asstctl.sync.change.work import Shared, Work
from asstctl.sync.exactly_once import create_assistant
from asstctl.sync.readback.concurrent import raise_if_duplicate
from asstctl.sync.uploads.proofs import remembering


async def create(_: CreateAssistant, work: Work, shared: Shared) -> None:
    """Make the assistant exactly once."""
    made = await create_assistant(shared.account, _bound(work, shared))
    work.object_id = made.id


async def check_store(_: CheckStore, work: Work, shared: Shared) -> None:
    """Raises ConcurrentApplyError when another apply has made the store that this one made, too."""
    address = _store_of(_desired(work))
    if address in shared.created:
        await raise_if_duplicate(shared.account, address, shared.store_ids[address])


async def update(_: UpdateAssistant, work: Work, shared: Shared) -> None:
    """Make the assistant what the manifest says."""
    actual = _actual(work)
    assert actual is not None
    spec = _bound(work, shared)
    work.object_id = await idempotent.update_assistant(
        shared.account, actual.id, spec, was=bound(actual)
    )


def _bound(work: Work, shared: Shared) -> AssistantSpec:
    desired, actual = _desired(work), _actual(work)
    foreign = actual is not None and desired.leaves_files_to_others
    file_ids = work.ids_of(() if foreign else hashes_of(desired, shared.contents))
    stamp = shared.stamp(work.change, shared.uploads.stamped(file_ids))
    if actual is not None and foreign:
        stamp = replace(stamp, files=actual.stamp.files)
    else:
        stamp = remembering(stamp, work.change, shared.uploads.present)
    store_id = shared.store_ids[_store_of(desired)] if desired.spec.vector_store else None
    return bind_assistant(desired, actual, stamp, file_ids=file_ids, store_id=store_id)


def _store_of(desired: DesiredAssistant) -> Address:
    assert desired.spec.vector_store is not None
    return Address(Kind.VECTOR_STORE, desired.spec.vector_store)


def _desired(work: Work) -> DesiredAssistant:
    assert isinstance(work.change.desired, DesiredAssistant)
    return work.change.desired


def _actual(work: Work) -> ActualAssistant | None:
    actual = work.change.actual
    assert actual is None or isinstance(actual, ActualAssistant)
    return actual
