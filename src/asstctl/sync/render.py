"""What apply would send, before it is sent: bound to what the account holds by now."""

from dataclasses import replace

from asstctl.model.actual import ActualAssistant, ActualEnvironment
from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import (
    Contents,
    DesiredAssistant,
    DesiredEnvironment,
    DesiredResource,
)
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.stamp import ENVIRONMENT
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.scope import references
from asstctl.sync.binding import bind_unmarked, bind_unstamped, hashes_of
from asstctl.sync.change.work import Work


def specs_to_send(plan: Plan, contents: Contents) -> dict[str, AssistantSpec]:
    """Every assistant that the manifests ask for, by key, bound and without its stamp.

    In the place of an id that does not exist yet stands what it will be that of:
    ``<vector_store.KEY>``, ``<file.PATH>``, ``<environment.KEY>``. That of an environment is in the
    metadata, as an agent has no other place for it.
    """
    ids = {
        change.address: change.id
        for change in plan.changes
        if change.id and change.action is not Action.DELETE
    }
    return {
        change.address.key: _bound(change, change.desired, contents, ids)
        for change in plan.changes
        if isinstance(change.desired, DesiredAssistant)
    }


def environments_to_send(plan: Plan, contents: Contents) -> dict[str, EnvironmentSpec]:
    """Every environment that the manifests ask for, by key, bound and under its bare title."""
    return {
        change.address.key: _bound_environment(change, change.desired, contents)
        for change in plan.changes
        if isinstance(change.desired, DesiredEnvironment)
    }


def _bound_environment(
    change: Change, desired: DesiredEnvironment, contents: Contents
) -> EnvironmentSpec:
    assert change.actual is None or isinstance(change.actual, ActualEnvironment)
    return bind_unmarked(
        desired, change.actual, file_ids=_file_ids(change, desired, contents), contents=contents
    )


def _bound(
    change: Change, desired: DesiredAssistant, contents: Contents, ids: dict[Address, str]
) -> AssistantSpec:
    assert change.actual is None or isinstance(change.actual, ActualAssistant)
    referred = {address.kind: ids.get(address, f"<{address}>") for address in references(desired)}
    spec = bind_unstamped(
        desired,
        change.actual,
        file_ids=_file_ids(change, desired, contents),
        store_id=referred.get(Kind.VECTOR_STORE),
        environment_id=referred.get(Kind.ENVIRONMENT),
    )
    if spec.environment is None:
        return spec
    return replace(spec, metadata={**spec.metadata, ENVIRONMENT: spec.environment})


def _file_ids(change: Change, desired: DesiredResource, contents: Contents) -> dict[str, str]:
    """The uploads behind each content, by its hash; of what is not there, its first path."""
    held = Work(change).file_ids
    paths = sorted((file.path for file in desired.files), reverse=True)
    first = {contents[path].sha256: path for path in paths}
    return {
        sha256: held.get(sha256, f"<{Address(Kind.FILE, first[sha256])}>")
        for sha256 in hashes_of(desired, contents)
    }
