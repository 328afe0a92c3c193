"""The steps that write environments."""

from asstctl.model.actual import ActualEnvironment
from asstctl.model.canonical import spec_digest
from asstctl.model.desired import DesiredEnvironment
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.template_name import TemplateName, mark_digest, project_mark
from asstctl.plan.comparable import canonical_desired
from asstctl.plan.steps import CreateEnvironment, UpdateEnvironment
from asstctl.sync.binding import bind_environment, hashes_of
from asstctl.sync.change import idempotent
from asstctl.sync.change.work import Shared, Work
from asstctl.sync.exactly_once import create_environment


async def create(_: CreateEnvironment, work: Work, shared: Shared) -> None:
    """Make the environment exactly once."""
    made = await create_environment(shared.account, _bound(work, shared))
    work.object_id = made.id
    shared.made(work.change.address, made.id)


async def update(_: UpdateEnvironment, work: Work, shared: Shared) -> None:
    """Make the environment what the manifest says."""
    await idempotent.update_environment(shared.account, work.made_id, _bound(work, shared))


def _bound(work: Work, shared: Shared) -> EnvironmentSpec:
    desired, actual = work.change.desired, work.change.actual
    assert isinstance(desired, DesiredEnvironment)
    assert actual is None or isinstance(actual, ActualEnvironment)
    foreign = actual is not None and desired.leaves_files_to_others
    name = TemplateName(
        title="",
        project=project_mark(shared.plan.project),
        key=desired.key,
        digest=mark_digest(spec_digest(canonical_desired(desired, shared.contents))),
        protect=desired.lifecycle.protect,
    )
    return bind_environment(
        desired,
        actual,
        name,
        file_ids=work.ids_of(() if foreign else hashes_of(desired, shared.contents)),
        contents=shared.contents,
    )
