"""Desired and actual in the one form in which they can be compared."""

from collections.abc import Mapping
from typing import assert_never

from asstctl.model.actual import (
    ActualAssistant,
    ActualEnvironment,
    ActualResource,
    ActualStore,
)
from asstctl.model.canonical import (
    Canonical,
    canonical_assistant,
    canonical_environment,
    canonical_store,
)
from asstctl.model.desired import (
    Contents,
    DesiredAssistant,
    DesiredEnvironment,
    DesiredResource,
    DesiredStore,
)
from asstctl.plan.ignore import without_ignored


def canonical_desired(resource: DesiredResource, contents: Contents) -> Canonical:
    """What a resource should be, without what its manifest leaves to others."""
    protect = resource.lifecycle.protect
    match resource:
        case DesiredAssistant():
            canonical = canonical_assistant(resource.named(contents), protect=protect)
        case DesiredStore():
            canonical = canonical_store(resource.named(contents), protect=protect)
        case DesiredEnvironment():
            canonical = canonical_environment(resource.named(contents), protect=protect)
        case _:
            assert_never(resource)
    return without_ignored(canonical, resource.lifecycle)


def canonical_actual(resource: ActualResource) -> Canonical:
    """What a resource is, as far as the account shows it."""
    match resource:
        case ActualAssistant():
            return canonical_assistant(resource.spec, protect=resource.protected)
        case ActualStore():
            return canonical_store(resource.spec, protect=resource.protected)
        case ActualEnvironment():
            return canonical_environment(resource.spec, protect=resource.protect)
        case _:
            assert_never(resource)


def left_to_server(resource: DesiredResource, canonical: Canonical) -> Mapping[str, str]:
    """The fields of ``canonical`` that the server sets, each with the field that it follows."""
    if not isinstance(resource, DesiredAssistant):
        return {}
    return {
        name: follows
        for name, follows in resource.spec.dialect.chosen.items()
        if name not in canonical and not resource.lifecycle.ignores(name)
    }
