"""A bundle on disk, and a process that dies around the moment in which it is written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from asstctl.model.project import Project, ResponsesTarget
from asstctl.model.stamp import Stamp
from asstctl.remote.responses.bundle import Bundle, read_bundle
from asstctl.remote.responses.bundle_file import BundleFile
from asstctl.remote.responses.entry import read_entry
from support.projects import PROJECT


class Moment(StrEnum):
    """When a process dies that writes a bundle."""

    BEFORE = "before"
    BETWEEN = "between write and rename"
    AFTER = "after"


@dataclass(frozen=True)
class BundleFolder:
    """The folder of a bundle, which outlives every process.

    ``dies`` is the write, from 0, around which the next process dies, and when. ``written`` is
    given every text that is written.
    """

    root: Path
    name: str = "assistants.json"
    dies: tuple[int, Moment] | None = None
    written: list[str | None] | None = None

    @property
    def path(self) -> Path:
        return self.root / self.name

    @property
    def text(self) -> str | None:
        """What the file holds, to the byte."""
        return self.path.read_bytes().decode() if self.path.exists() else None

    @property
    def state(self) -> tuple[str | None, int]:
        """What the file holds and when it was written: a file that is left alone keeps both."""
        return self.text, self.path.stat().st_mtime_ns if self.path.exists() else 0

    @property
    def bundle(self) -> Bundle:
        text = self.text
        return Bundle(PROJECT) if text is None else read_bundle(text.encode(), self.name)

    @property
    def project(self) -> Project:
        target = ResponsesTarget(name="test", base_url="http://test.account/v1", bundle=self.path)
        return Project(name=PROJECT, root=self.root, target=target)

    @property
    def stamps(self) -> list[Stamp]:
        """What the entries know of what was last applied."""
        items = (read_entry(PROJECT, *item) for item in self.bundle.assistants.items())
        stamps = (Stamp.from_metadata(item.spec.metadata) for item in items)
        return [stamp for stamp in stamps if stamp is not None]

    def copied_to(self, root: Path) -> "BundleFolder":
        """The same file in another folder."""
        copy = replace(self, root=root)
        if self.path.exists():
            copy.path.write_bytes(self.path.read_bytes())
        return copy

    def file(self, die: Callable[[], None]) -> BundleFile:
        """The file as one process sees it."""
        return _Watched(self, die)


class _Watched(BundleFile):
    """A bundle whose writes are counted, and may be the last thing that a process does."""

    def __init__(self, folder: BundleFolder, die: Callable[[], None]) -> None:
        super().__init__(folder.path, folder.project)
        self._dies = folder.dies
        self._written = [] if folder.written is None else folder.written
        self._die = die

    def _put(self, text: str | None) -> None:
        self._written.append(text)
        at, moment = self._dies or (None, Moment.AFTER)
        if len(self._written) - 1 != at:
            super()._put(text)
            return
        if moment is Moment.BETWEEN and text is not None:
            self._path.with_name(f".{self._path.name}.{'0' * 32}.tmp").write_text(text)
        elif moment is Moment.AFTER:
            super()._put(text)
        self._die()
