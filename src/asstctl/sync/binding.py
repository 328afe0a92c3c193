"""Named → bound: what a manifest asks for, with the account's ids and the stamp on it."""

from collections.abc import Mapping
from dataclasses import replace

from asstctl.model.actual import ActualAssistant, ActualEnvironment, ActualResource
from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import Canonical, field_digest
from asstctl.model.desired import (
    Contents,
    DesiredAssistant,
    DesiredEnvironment,
    DesiredResource,
    DesiredStore,
)
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.stamp import ENVIRONMENT, UNKNOWN, FileStamp, Stamp
from asstctl.model.template_name import TemplateName
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.change import Change
from asstctl.plan.comparable import canonical_actual, canonical_desired, left_to_server
from asstctl.plan.ignore import (
    keeping_ignored,
    keeping_ignored_environment,
    keeping_ignored_store,
)


def bind_assistant(
    desired: DesiredAssistant,
    actual: ActualAssistant | None,
    stamp: Stamp,
    *,
    file_ids: Mapping[str, str],
    store_id: str | None,
    environment_id: str | None,
) -> AssistantSpec:
    """The whole assistant as it goes over the wire. ``file_ids`` maps content to uploads."""
    spec = bind_unstamped(
        desired,
        actual,
        file_ids=file_ids,
        store_id=store_id,
        environment_id=environment_id,
    )
    return stamped(spec, stamp)


def bind_unstamped(
    desired: DesiredAssistant,
    actual: ActualAssistant | None,
    *,
    file_ids: Mapping[str, str],
    store_id: str | None,
    environment_id: str | None,
) -> AssistantSpec:
    """``bind_assistant`` without the stamp: what the manifest asks for and no more."""
    spec = replace(
        desired.spec,
        code_files=tuple(file_ids.values()),
        vector_store=store_id,
        environment=environment_id,
    )
    if actual is not None:
        spec = keeping_ignored(spec, bound(actual), desired.lifecycle)
    return spec


def bind_store(
    desired: DesiredStore, actual_spec: VectorStoreSpec | None, stamp: Stamp
) -> VectorStoreSpec:
    """A store's own fields as they go over the wire; its files are attached apart."""
    spec = desired.spec
    if actual_spec is not None:
        spec = keeping_ignored_store(spec, actual_spec, desired.lifecycle)
    return replace(spec, metadata={**spec.metadata, **stamp.to_metadata()})


def bind_environment(
    desired: DesiredEnvironment,
    actual: ActualEnvironment | None,
    name: TemplateName,
    *,
    file_ids: Mapping[str, str],
    contents: Contents,
) -> EnvironmentSpec:
    """The whole environment as it goes over the wire. ``name`` is all but its title."""
    spec = bind_unmarked(desired, actual, file_ids=file_ids, contents=contents)
    return replace(spec, name=str(replace(name, title=spec.name or "")))


def bind_unmarked(
    desired: DesiredEnvironment,
    actual: ActualEnvironment | None,
    *,
    file_ids: Mapping[str, str],
    contents: Contents,
) -> EnvironmentSpec:
    """``bind_environment`` with the bare title for a name: what the manifest asks for."""
    spec = desired.named(contents)
    files = tuple(replace(file, ref=file_ids.get(file.ref or "")) for file in spec.files)
    spec = replace(spec, files=files)
    if actual is not None:
        earlier = replace(actual.raw, name=actual.spec.name)
        spec = keeping_ignored_environment(spec, earlier, desired.lifecycle)
    return spec


def stamped(spec: AssistantSpec, stamp: Stamp) -> AssistantSpec:
    """A bound assistant with its stamp; an agent's names its environment too."""
    environment = {ENVIRONMENT: spec.environment} if spec.environment else {}
    return replace(spec, metadata={**spec.metadata, **stamp.to_metadata(), **environment})


def bound(actual: ActualAssistant) -> AssistantSpec:
    """An assistant of the account with its references as ids again."""
    return replace(
        actual.spec,
        code_files=tuple(file.id for file in actual.code_files),
        vector_store=actual.store_id,
        environment=actual.environment_id,
    )


def stamp_for(
    change: Change,
    contents: Contents,
    *,
    project: str,
    commit: str | None,
    files: Mapping[str, FileStamp],
    run: str,
) -> Stamp:
    """The stamp of a change that is being made. ``files`` are uploads by id.

    An object that exists keeps the token of the apply that created it; a new one gets ``run``.

    What the server was seen not to keep last time, and what did not change since, is stamped
    so again. What it chooses by itself is not known before it is read back.
    """
    assert change.desired is not None
    canonical = canonical_desired(change.desired, contents)
    return Stamp.of(
        canonical,
        project=project,
        key=change.desired.key,
        commit=commit,
        files=files,
        kept=_known_losses(canonical, change.actual)
        | _choices(left_to_server(change.desired, canonical), canonical, change.actual),
        run=change.actual.stamp.run if change.actual else run,
    )


def hashes_of(resource: DesiredResource, contents: Contents) -> tuple[str, ...]:
    """The content that a resource holds, each once, by path."""
    paths = sorted(file.path for file in resource.files)
    return tuple(dict.fromkeys(contents[path].sha256 for path in paths))


def _known_losses(canonical: Canonical, actual: ActualResource | None) -> dict[str, str]:
    if actual is None or actual.stamp.fields is None:
        return {}
    return {
        name: field.kept
        for name, field in actual.stamp.fields.items()
        if field.kept != field.applied == field_digest(canonical.get(name))
    }


def _choices(
    fields: Mapping[str, str], canonical: Canonical, actual: ActualResource | None
) -> dict[str, str]:
    """The digests of what the server chose; UNKNOWN where it chooses anew."""
    return {
        name: UNKNOWN if actual is None else _choice(name, follows, canonical, actual)
        for name, follows in fields.items()
    }


def _choice(name: str, follows: str, canonical: Canonical, actual: ActualResource) -> str:
    base, followed = actual.stamp.base(name), actual.stamp.base(follows)
    if base is None or followed is None or base.applied:
        return UNKNOWN
    if followed.applied != field_digest(canonical.get(follows)):
        return UNKNOWN
    if base.kept == UNKNOWN:
        return field_digest(canonical_actual(actual).get(name))
    return base.kept
