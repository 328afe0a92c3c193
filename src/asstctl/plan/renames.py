"""Assistants that refer to something which was renamed, and whose stamp still has the old key."""

from dataclasses import replace

from asstctl.model.actual import ActualAssistant, ActualResource
from asstctl.model.address import Address, Kind
from asstctl.model.canonical import ENVIRONMENT, VECTOR_STORE, field_digest
from asstctl.model.desired import Desired
from asstctl.model.stamp import FieldStamp, Stamp


def following_renames(found: ActualResource, desired: Desired) -> ActualResource:
    """The object with a stamp that knows what it refers to by the key of today.

    Nobody edited an assistant whose store or environment got another key in the manifests and was
    moved, by an apply that did not come to write the assistant itself.
    """
    if not isinstance(found, ActualAssistant):
        return found
    references = {
        VECTOR_STORE: (Kind.VECTOR_STORE, found.spec.vector_store),
        ENVIRONMENT: (Kind.ENVIRONMENT, found.spec.environment),
    }
    fields = {
        name: FieldStamp(base.applied, field_digest(key))
        for name, (kind, key) in references.items()
        if key and (base := found.stamp.base(name)) is not None
        if base.kept in _earlier(Address(kind, key), desired)
    }
    return replace(found, stamp=_with(found.stamp, fields)) if fields else found


def _earlier(address: Address, desired: Desired) -> frozenset[str]:
    """Digests of the keys that a resource had before."""
    keys = (key for item in desired.resources if item.address == address for key in item.previously)
    return frozenset(map(field_digest, keys))


def _with(stamp: Stamp, fields: dict[str, FieldStamp]) -> Stamp:
    return replace(stamp, fields={**(stamp.fields or {}), **fields})
