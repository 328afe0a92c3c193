"""Progress callbacks. Must not raise or block: an apply calls them on its event loop's thread."""

from asstctl.model.actual import FileCounts
from asstctl.model.file import Content
from asstctl.plan.change import Change
from asstctl.sync.ports import OnBytes
from asstctl.sync.result import ChangeResult


class ApplyObserver:
    """Told what happens, as it happens; shows nothing unless a method is overridden.

    Changes overlap, so the calls for one change come between those for others.
    """

    def change_started(self, change: Change) -> None:
        """The first step of a change begins. Not called for a change that is skipped."""

    def change_finished(self, result: ChangeResult) -> None:
        """A change is done, has failed or was skipped."""

    def upload_started(self, content: Content) -> OnBytes:
        """An upload begins. The result is called with every further number of bytes sent."""
        return lambda _: None

    def upload_finished(self, content: Content) -> None:
        """An upload has arrived whole. Not called for one that failed."""

    def indexing(self, change: Change, counts: FileCounts) -> None:
        """The account was asked how far it has indexed the files of a store."""
