"""Desired and actual in the one form in which they can be compared."""

from typing import assert_never

from asstctl.model.actual import ActualAssistant, ActualResource, ActualStore
from asstctl.model.canonical import Canonical, canonical_assistant, canonical_store
from asstctl.model.desired import Contents, DesiredAssistant, DesiredResource, DesiredStore
from asstctl.plan.ignore import without_ignored


def canonical_desired(resource: DesiredResource, contents: Contents) -> Canonical:
    """What a resource should be, without what its manifest leaves to others."""
    protect = resource.lifecycle.protect
    match resource:
        case DesiredAssistant():
            canonical = canonical_assistant(resource.named(contents), protect=protect)
        case DesiredStore():
            canonical = canonical_store(resource.named(contents), protect=protect)
        case _:
            assert_never(resource)
    return without_ignored(canonical, resource.lifecycle)


def canonical_actual(resource: ActualResource) -> Canonical:
    """What a resource is."""
    match resource:
        case ActualAssistant():
            return canonical_assistant(resource.spec, protect=resource.protected)
        case ActualStore():
            return canonical_store(resource.spec, protect=resource.protected)
        case _:
            assert_never(resource)
