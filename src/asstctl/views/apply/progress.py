"""Progress of an apply, on stderr: live on a terminal, one plain line per event elsewhere."""

from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from asstctl.model.actual import FileCounts
from asstctl.model.address import Address
from asstctl.model.file import Content
from asstctl.plan.change import Change
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import OnBytes
from asstctl.sync.result import ChangeResult
from asstctl.text import words
from asstctl.text.printable import printable


class PlainProgress(ApplyObserver):
    """Lines without movement, for logs: one per beginning, since the report tells every end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.flush()

    def change_started(self, change: Change) -> None:
        """Write ``update assistant.guide``."""
        self._say(f"{change.action} {change.address}")

    def upload_started(self, content: Content) -> OnBytes:
        """Write one line for the file, and none as its bytes go: a log would be flooded."""
        self._say(f"  uploading {content.path} ({words.size(content.bytes)})")
        return lambda _: None

    def _say(self, text: str) -> None:
        self._stream.write(f"{printable(text)}\n")


class LiveProgress(ApplyObserver):
    """One line per running change, one bar for all uploads, and one for each that is under way.

    ``files`` is how many are to be sent, ``size`` their bytes.
    """

    def __init__(self, stream: TextIO, *, color: bool, files: int = 0, size: int = 0) -> None:
        console = Console(file=stream, no_color=not color, highlight=False)
        self._changes = Progress(SpinnerColumn(), _column("{task.description}"), console=console)
        self._uploads = Progress(
            _column("  {task.description}"),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
        )
        self._live = Live(Group(self._changes, self._uploads), console=console, transient=True)
        self._running: dict[Address, TaskID] = {}
        self._sending: dict[str, TaskID] = {}
        self._files = files
        self._sent = 0
        self._all: TaskID | None = None
        if files > 1:
            self._all = self._uploads.add_task(self._count(), total=size)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def change_started(self, change: Change) -> None:
        """Add a line with a spinner."""
        text = printable(f"{change.action} {change.address}")
        self._running[change.address] = self._changes.add_task(text, total=None)

    def change_finished(self, result: ChangeResult) -> None:
        """Remove the line; the result is printed when all is done."""
        task = self._running.pop(result.address, None)
        if task is not None:
            self._changes.remove_task(task)

    def upload_started(self, content: Content) -> OnBytes:
        """Add a bar, which is seen once bytes go; the callable moves it on by so many."""
        task = self._uploads.add_task(
            printable(content.path), total=content.bytes, visible=self._all is None
        )
        self._sending[content.sha256] = task

        def advance(more: int) -> None:
            self._uploads.update(task, advance=more, visible=True)
            if self._all is not None:
                self._uploads.advance(self._all, more)

        return advance

    def upload_finished(self, content: Content) -> None:
        """Remove the bar, and count it."""
        task = self._sending.pop(content.sha256, None)
        if task is not None:
            self._uploads.remove_task(task)
            self._sent += 1
        if self._all is not None:
            self._uploads.update(self._all, description=self._count())

    def _count(self) -> str:
        return f"{self._sent} of {self._files} files"

    def indexing(self, change: Change, counts: FileCounts) -> None:
        """Say in the line of the change how many of its files are indexed."""
        task = self._running.get(change.address)
        if task is not None:
            text = f"{change.address}: {counts.completed} of {counts.total} files indexed"
            self._changes.update(task, description=printable(text))


def _column(text: str) -> TextColumn:
    """A column of names that are nothing but names, whatever brackets they hold."""
    return TextColumn(text, markup=False)
