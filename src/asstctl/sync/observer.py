"""Somebody may watch an apply. Watching changes nothing."""

from typing import Protocol

from asstctl.model.actual import FileCounts
from asstctl.model.file import Content
from asstctl.plan.change import Change
from asstctl.sync.ports import OnBytes
from asstctl.sync.result import ChangeResult


class ApplyObserver(Protocol):
    """Told what happens, as it happens, on the event loop's thread."""

    def change_started(self, change: Change) -> None:
        """A change has begun."""

    def change_finished(self, result: ChangeResult) -> None:
        """A change has ended, or was skipped."""

    def upload_started(self, content: Content) -> OnBytes:
        """An upload has begun; the result is called with every further number of bytes."""

    def upload_finished(self, content: Content) -> None:
        """An upload has arrived."""

    def indexing(self, change: Change, counts: FileCounts) -> None:
        """The server indexes the files of a store."""


class Silent:
    """An observer that does not look."""

    def change_started(self, change: Change) -> None:
        """Nothing."""

    def change_finished(self, result: ChangeResult) -> None:
        """Nothing."""

    def upload_started(self, content: Content) -> OnBytes:
        """Nothing."""
        return lambda _: None

    def upload_finished(self, content: Content) -> None:
        """Nothing."""

    def indexing(self, change: Change, counts: FileCounts) -> None:
        """Nothing."""
