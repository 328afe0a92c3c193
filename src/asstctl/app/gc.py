"""Find uploads of this project that nothing refers to any more, and delete them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from asstctl.app.confirm import raise_if_declined
from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.source import Source
from asstctl.errors import ExitCode
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.uploads.garbage import Deletion, Garbage, delete_garbage, find_garbage

ConfirmDeletes: TypeAlias = Callable[[Garbage, str], bool]
"""Is shown what would be deleted and the account's name, and says whether to go on."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was found, and what became of what was to be deleted."""

    garbage: Garbage
    deletions: tuple[Deletion, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """An error when something could not be deleted."""
        return ExitCode.ERROR if any(item.error for item in self.deletions) else ExitCode.OK


async def collect(
    source: Source,
    *,
    deletes: bool = False,
    confirm: ConfirmDeletes | None = None,
    on_found: Callable[[Garbage], None] = lambda _: None,
    observer: Observer = SILENT,
) -> Collected:
    """Find uploads that this project made and nothing refers to; delete them if that is wanted.

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
        on_found(garbage)
        if not garbage.ours or not writes:
            return Collected(garbage)
        if confirm is not None:
            raise_if_declined(confirm(garbage, account.name))
            # The answer may have taken a while, and something may refer to them by now.
            garbage = garbage.still(await find_garbage(account, desired, journal))
        if not garbage.ours:
            return Collected(garbage)
        return Collected(garbage, await delete_garbage(account, garbage.ours, journal))
