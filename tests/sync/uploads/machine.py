"""A project whose applies keep a journal, on an account that can be looked into."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from asstctl.model.desired import Desired
from asstctl.sync.ports import Account
from asstctl.sync.uploads.garbage import Deletion, Garbage, delete_garbage, find_garbage
from asstctl.sync.uploads.journal import NoJournal, UploadJournal
from support.clock import run
from support.engine import Engine, journal_in
from support.faults import Matcher, never
from support.projects import PROJECT, Folder, project
from support.quirks import Quirks
from support.server import Server

T = TypeVar("T")
OPEN = Quirks(gives_content=True)
"""A server that gives out what was uploaded."""
CLOSED = Quirks()


@dataclass
class Machine:
    """One machine with the project's folder; ``forgetful`` ones keep no journal."""

    server: Server
    root: Path
    forgetful: bool = False
    engine_matcher: Matcher = never
    folder: Folder = field(init=False)

    def __post_init__(self) -> None:
        self.folder = Folder(self.root)

    @property
    def journal(self) -> UploadJournal:
        return NoJournal() if self.forgetful else journal_in(self.root, PROJECT)

    def engine(self, matcher: Matcher | None = None) -> Engine:
        root = None if self.forgetful else self.root
        return Engine(self.server, matcher=matcher or self.engine_matcher, root=root)

    def garbage(self, wanted: Desired) -> Garbage:
        return self._with_account(lambda account: find_garbage(account, wanted, self.journal))

    def clean(self, wanted: Desired) -> tuple[Deletion, ...]:
        async def clean(account: Account) -> tuple[Deletion, ...]:
            found = await find_garbage(account, wanted, self.journal)
            return await delete_garbage(account, found.ours, self.journal)

        return self._with_account(clean)

    def _with_account(self, work: Callable[[Account], Coroutine[Any, Any, T]]) -> T:
        async def all_of_it() -> T:
            async with self.engine().account() as account:
                return await work(account)

        return run(all_of_it())

    def first(self) -> Desired:
        """A store with two files and an assistant with one."""
        self.folder.write("docs/a.md", "first a")
        self.folder.write("docs/b.md", "first b")
        self.folder.write("bills/bill.csv", "1,2")
        return self.wanted()

    def second(self) -> Desired:
        """One file of each has other content."""
        self.first()
        self.folder.write("docs/a.md", "second a, which is longer")
        self.folder.write("bills/bill.csv", "3,4")
        return self.wanted()

    def wanted(self) -> Desired:
        return project(
            self.folder.assistant("guide", code="bills/bill.csv", store="docs"),
            self.folder.store("docs", "docs/a.md docs/b.md"),
        )
