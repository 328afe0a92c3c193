"""Objects that no manifest describes any more: what others did to them since the last apply."""

from collections.abc import Iterator

from asstctl.model.actual import ActualAssistant, ActualResource, ActualStore
from asstctl.model.canonical import CODE_FILES, STORE_FILES, VECTOR_STORE, field_digest
from asstctl.model.json import JsonValue
from asstctl.plan.change import Drift
from asstctl.plan.comparable import canonical_actual
from asstctl.plan.files import Uploads, foreign_files


def edits_of(found: ActualResource, uploads: Uploads) -> tuple[Drift, ...]:
    """Every field that is not as the last apply left it.

    Only the stamp says how that was, by digests. The manifest is gone, and with it what its
    ``ignore_changes`` said: an edit that it allowed is shown too.
    """
    return (*_edited_fields(found), *_added_files(found, uploads))


def _edited_fields(found: ActualResource) -> Iterator[Drift]:
    stamp = found.stamp
    if stamp.fields is None:
        return
    fields = canonical_actual(found)
    apart = {CODE_FILES, STORE_FILES}
    if isinstance(found, ActualAssistant) and found.store_is_gone:
        apart.add(VECTOR_STORE)
    for name in sorted({*fields, *stamp.fields} - apart):
        base, actual = stamp.base(name), fields.get(name)
        if base is not None and field_digest(actual) != base.kept:
            yield _edit(name, actual, base.applied)


def _added_files(found: ActualResource, uploads: Uploads) -> Iterator[Drift]:
    if isinstance(found, ActualStore) and found.files is None:
        return  # Its stamp and its counts say that they are as they should be.
    path = CODE_FILES if isinstance(found, ActualAssistant) else STORE_FILES
    base = found.stamp.base(path)
    if base is not None and (labels := foreign_files(found.held_files, base, uploads)):
        yield _edit(path, labels, base.applied)


def _edit(path: str, actual: JsonValue, base: str) -> Drift:
    return Drift(path=path, applied=None, actual=actual, desired=None, conflict=True, base=base)
