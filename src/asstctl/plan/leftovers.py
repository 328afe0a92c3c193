"""Uploads that nothing of the project refers to once a plan has been applied."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from asstctl.model.actual import Actual
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change
from asstctl.plan.files import with_deletes


def deleting_uploads(changes: list[Change], actual: Actual) -> list[Change]:
    """``changes``, with the deletes of uploads that nothing refers to afterwards.

    There are none while something that was not seen may refer to them.
    """
    if not _sees_all_files_after(changes, actual):
        return changes
    needed = _uploads_in_use_after(changes, actual)
    # What does not exist any more counts as deleted.
    held = (file for resource in actual.resources for file in resource.held_files)
    deleted = {file.id for file in held if file.gone}
    return [
        replace(change, files=with_deletes(change.files, needed, deleted))
        if change.action.writes
        else change
        for change in changes
    ]


def _sees_all_files_after(changes: Iterable[Change], actual: Actual) -> bool:
    """Whether it is known which uploads every object holds that is left afterwards."""
    leaving = {change.id for change in changes if change.action is Action.DELETE}
    unread = {store.id for store in actual.stores if store.files_unread}
    return not actual.unproven and unread <= leaving


def _uploads_in_use_after(changes: Iterable[Change], actual: Actual) -> frozenset[str]:
    """The uploads that something holds afterwards, whether it is changed or not.

    What another project's environments name is in use as well: they may be named by content.
    """
    changes = tuple(changes)
    touched = {change.id for change in changes}
    untouched = (item for item in actual.resources if item.id not in touched)
    return frozenset(_uploads_in_use(changes)).union(
        actual.named_elsewhere,
        (file.id for resource in untouched for file in resource.held_files),
    )


def _uploads_in_use(changes: Iterable[Change]) -> Iterator[str]:
    """The uploads that some resource of the project holds when the plan has been applied."""
    for change in changes:
        leaving = (
            {file.file_id for file in change.files if file.action is FileAction.DETACH}
            if change.action.writes
            else set()
        )
        if change.actual is not None:
            held = change.actual.held_files
            yield from (file.id for file in held if file.id not in leaving)
        for file in change.files:
            if file.file_id and file.action in (FileAction.REUSE, FileAction.ATTACH):
                yield file.file_id
