"""Objects that no manifest describes any more: what others did to them, and who needs them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from asstctl.model.actual import Actual, ActualAssistant, ActualResource, ActualStore
from asstctl.model.canonical import (
    CODE_FILES,
    ENVIRONMENT,
    STORE_FILES,
    VECTOR_STORE,
    field_digest,
)
from asstctl.model.json import JsonValue
from asstctl.plan.action import Action
from asstctl.plan.change import Block, Change, Drift
from asstctl.plan.comparable import canonical_actual
from asstctl.plan.files import Uploads, foreign_files
from asstctl.plan.reasons import still_used


def edits_of(found: ActualResource, uploads: Uploads) -> tuple[Drift, ...]:
    """Every field that is not as the last apply left it.

    Only the stamp says how that was, by digests. The manifest is gone, and with it what its
    ``ignore_changes`` said: an edit that it allowed is shown too.
    """
    return (*_edited_fields(found), *_added_files(found, uploads))


def dangling_fields(found: ActualResource) -> tuple[str, ...]:
    """The fields of an assistant that refer to something that is gone: nobody edited them."""
    if not isinstance(found, ActualAssistant):
        return ()
    gone = {VECTOR_STORE: found.store_is_gone, ENVIRONMENT: found.environment_is_gone}
    return tuple(name for name, is_gone in gone.items() if is_gone)


def keeping_what_is_used(changes: Iterable[Change], actual: Actual) -> list[Change]:
    """``changes``, with the deletes blocked of what an assistant refers to that stays."""
    changes = list(changes)
    letting_go = {
        change.id
        for change in changes
        if change.action.writes and isinstance(change.actual, ActualAssistant)
    }
    users = {
        reference: assistant.address
        for assistant in actual.assistants
        if assistant.id not in letting_go
        for reference in assistant.references
    }
    return [
        replace(
            change,
            action=Action.BLOCKED,
            reason=still_used(users[change.id]),
            block=Block.IN_USE,
            files=(),
        )
        if change.action is Action.DELETE and change.id in users
        else change
        for change in changes
    ]


def _edited_fields(found: ActualResource) -> Iterator[Drift]:
    stamp = found.stamp
    if stamp.fields is None:
        return
    fields = canonical_actual(found)
    apart = {CODE_FILES, STORE_FILES, *dangling_fields(found)}
    for name in sorted({*fields, *stamp.fields} - apart):
        base, actual = stamp.base(name), fields.get(name)
        if base is not None and not base.holds(field_digest(actual)):
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
