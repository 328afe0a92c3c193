"""Which lists have to be read to know what the project's uploads hold: as few as will do.

A store that is as its stamp and its own counts say holds what its manifest says, and its files are
not listed. They are when another resource may use them, or may let go of what they share.
"""

from collections import Counter
from collections.abc import Collection, Mapping

from asstctl.model.actual import Actual, ActualResource, ActualStore
from asstctl.model.address import Address
from asstctl.model.canonical import STORE_FILES, canonical_files, field_digest
from asstctl.model.desired import Contents, Desired
from asstctl.plan.files import Uploads


class ListsToRead:
    """Compares what is desired with what is known of an account so far."""

    def __init__(self, desired: Desired, contents: Contents) -> None:
        self._desired = desired
        self._contents = contents
        self._wanted = {store.address: store.named(contents).files for store in desired.stores}

    def needs_uploads(self, actual: Actual, in_doubt: Collection[ActualStore]) -> bool:
        """Whether something may point at an upload that is gone, or a plan send or delete one.

        A store with files that is not ``in_doubt`` is as it was applied: it raises no question.
        """
        holding = any(assistant.code_files for assistant in actual.assistants)
        if in_doubt or holding or any(item.files for item in actual.environments):
            return True
        settled = {store.address for store in actual.stores}
        return any(
            resource.files and resource.address not in settled
            for resource in self._desired.resources
        )

    def stores_in_doubt(self, actual: Actual, *, all_files: bool) -> tuple[ActualStore, ...]:
        """The stores whose files a plan has to know one by one.

        ``all_files`` asks for those of stores that no manifest wants, too: they may be deleted.
        """
        doubtful = [store for store in actual.stores if self._is_in_doubt(store, all_files)]
        expired = [s for s in actual.expired if all_files or s.address in self._wanted]
        duplicates = [item for item in actual.duplicates if isinstance(item, ActualStore)]
        return (*doubtful, *expired, *duplicates)

    def stores_that_share(self, actual: Actual, *, all_files: bool) -> tuple[ActualStore, ...]:
        """Stores that are not listed and hold content that another resource lacks or lets go of.

        Example: ``assistant.guide`` is to get docs/a.md, which ``vector_store.docs`` has held since
        the last apply. Only the list of its files tells the id of that upload; without it a.md
        would be sent once more. And if the assistant lets go of a.md, only that list tells that
        the upload is still in use.
        """
        wanted = self._wanted_content(actual)
        leaving = self._leaving(actual, wanted, all_files=all_files)
        asked_for = leaving | self._lacking(actual, wanted)
        unlisted = [store for store in actual.stores if store.files is None]
        return tuple(
            store
            for store in unlisted
            if not asked_for.isdisjoint(self._content_of(store))
            or (leaving and store.address not in self._wanted)
        )

    def _is_in_doubt(self, store: ActualStore, all_files: bool) -> bool:
        """Whether the stamp and the store's own counts leave any doubt about its files."""
        files = self._wanted.get(store.address)
        if files is None:
            renamed = any(store.stamp.key in other.previously for other in self._desired.stores)
            return all_files or renamed
        base = store.stamp.base(STORE_FILES)
        as_applied = base is not None and base.applied == field_digest(
            canonical_files(files) or None
        )
        return not (as_applied and store.counts.settled and store.counts.total == len(files))

    def _wanted_content(self, actual: Actual) -> Mapping[Address, frozenset[str]]:
        """What each resource should hold, but for stores that are as they were applied."""
        settled = {store.address for store in actual.stores if store.files is None}
        return {
            resource.address: frozenset(self._contents[file.path].sha256 for file in resource.files)
            for resource in self._desired.resources
            if resource.address not in settled
        }

    def _lacking(self, actual: Actual, wanted: Mapping[Address, frozenset[str]]) -> set[str]:
        """Wanted content that no resource is known to hold: it would have to be sent."""
        lacking = set[str]().union(*wanted.values())
        for resource in actual.resources:
            lacking -= _content(resource)
        return lacking

    def _leaving(
        self, actual: Actual, wanted: Mapping[Address, frozenset[str]], *, all_files: bool
    ) -> set[str]:
        """Content of which some resource lets go of an upload, which may then be deleted."""
        uploads = Uploads.known(self._contents, actual)
        leaving: set[str] = set()
        for resource in actual.resources:
            if all_files or resource.address in wanted:
                leaving |= _content(resource) - wanted.get(resource.address, frozenset())
            leaving |= _misnamed(resource, uploads)
            leaving |= _held_twice(resource)
        for ending in (*actual.expired, *actual.duplicates):
            leaving |= _content(ending)
        return leaving

    def _content_of(self, store: ActualStore) -> frozenset[str]:
        """What an unlisted store holds: exactly what its manifest says."""
        return frozenset(file.ref for file in self._wanted.get(store.address, ()))


def _content(resource: ActualResource) -> frozenset[str]:
    """The content that a resource is known to hold."""
    return frozenset(file.sha256 for file in resource.held_files if file.sha256)


def _misnamed(resource: ActualResource, uploads: Uploads) -> set[str]:
    """Content whose upload has a name that no path with that content has any more."""
    held = [file for file in resource.held_files if uploads.is_misnamed(file)]
    return {file.sha256 for file in held if file.sha256}


def _held_twice(resource: ActualResource) -> set[str]:
    """Content that a resource holds in more than one upload, all but one of which go."""
    counts = Counter(file.sha256 for file in resource.held_files if file.sha256)
    return {sha256 for sha256, count in counts.items() if count > 1}
