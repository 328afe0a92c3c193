"""Find what this project left in the account and nothing refers to any more, and delete it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from asstctl.app.confirm import raise_if_declined
from asstctl.app.connect import Connection, connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.source import Source
from asstctl.errors import ExitCode
from asstctl.smoke.leftovers import Leftover, Removal, remove_all
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.uploads.garbage import Deletion, Garbage, delete_garbage, find_garbage
from asstctl.sync.uploads.journal import UploadJournal


@dataclass(frozen=True, slots=True)
class Found:
    """Uploads that nothing refers to, and conversations that smoke left behind.

    ``leftovers`` is None where an account could not list them; ``what`` is what holds one.
    """

    garbage: Garbage
    leftovers: tuple[Leftover, ...] | None = None
    what: str = "conversation"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to delete."""
        return not self.garbage.ours and not self.leftovers


ConfirmDeletes: TypeAlias = Callable[[Found, str], bool]
"""Is shown what would be deleted and the account's name, and says whether to go on."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was found, and what became of what was to be deleted."""

    found: Found
    deletions: tuple[Deletion, ...] = ()
    removals: tuple[Removal, ...] = ()

    @property
    def garbage(self) -> Garbage:
        """The uploads that were found."""
        return self.found.garbage

    @property
    def exit_code(self) -> ExitCode:
        """An error when something could not be deleted."""
        errors = [item.error for item in self.deletions] + [item.error for item in self.removals]
        return ExitCode.ERROR if any(errors) else ExitCode.OK


async def collect(
    source: Source,
    *,
    deletes: bool = False,
    confirm: ConfirmDeletes | None = None,
    on_found: Callable[[Found], None] = lambda _: None,
    observer: Observer = SILENT,
) -> Collected:
    """Find what this project left and nothing refers to; delete it if that is wanted.

    ``deletes`` goes on without asking; else ``confirm`` is asked, and without it nothing is
    deleted. ``on_found`` is told what was found before that. Raises AccountError where the account
    cannot be read, DeclinedError where the answer was no.
    """
    project, desired = source.project, source.desired
    writes = deletes or confirm is not None
    async with connect_to(
        project, writes=writes, sensitive=desired.sensitive, observer=observer
    ) as connection:
        account = connection.account
        journal = FileJournal(project, account.name)
        with observer.reading(account.name):
            garbage = await find_garbage(account, desired, journal)
            found = await _with_leftovers(connection, Found(garbage))
        on_found(found)
        if found.is_empty or not writes:
            return Collected(found)
        if confirm is not None:
            raise_if_declined(confirm(found, account.name))
            # The answer may have taken a while, and something may refer to them by now.
            garbage = garbage.still(await find_garbage(account, desired, journal))
        return await _deleted(connection, replace(found, garbage=garbage), journal)


async def _with_leftovers(connection: Connection, found: Found) -> Found:
    if connection.leftovers is None:
        return found
    account = connection.leftovers()
    return replace(found, leftovers=await account.left_behind(), what=account.what)


async def _deleted(connection: Connection, found: Found, journal: UploadJournal) -> Collected:
    """Conversations go first: they may hold uploads."""
    collected = Collected(found)
    if connection.leftovers is not None and found.leftovers:
        removals = await remove_all(connection.leftovers(), found.leftovers)
        collected = replace(collected, removals=removals)
    if found.garbage.ours:
        deletions = await delete_garbage(connection.account, found.garbage.ours, journal)
        collected = replace(collected, deletions=deletions)
    return collected
