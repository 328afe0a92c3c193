"""The steps that write assistants."""

from dataclasses import replace

from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import DesiredAssistant
from asstctl.plan.scope import references
from asstctl.plan.steps import CheckEnvironment, CheckStore, CreateAssistant, UpdateAssistant
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
    await _check(Kind.VECTOR_STORE, work, shared)


async def check_environment(_: CheckEnvironment, work: Work, shared: Shared) -> None:
    """Raises ConcurrentApplyError when another apply has made its environment, too."""
    await _check(Kind.ENVIRONMENT, work, shared)


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
    ids = {address.kind: shared.ids[address] for address in references(desired)}
    return bind_assistant(
        desired,
        actual,
        stamp,
        file_ids=file_ids,
        store_id=ids.get(Kind.VECTOR_STORE),
        environment_id=ids.get(Kind.ENVIRONMENT),
    )


async def _check(kind: Kind, work: Work, shared: Shared) -> None:
    for address in references(_desired(work)):
        if address.kind is kind and address in shared.created:
            await raise_if_duplicate(shared.account, address, shared.ids[address])


def _desired(work: Work) -> DesiredAssistant:
    assert isinstance(work.change.desired, DesiredAssistant)
    return work.change.desired


def _actual(work: Work) -> ActualAssistant | None:
    actual = work.change.actual
    assert actual is None or isinstance(actual, ActualAssistant)
    return actual
