"""A bundle on disk, and a process that dies around the moment in which it is written."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from asstctl.model.project import Project, ResponsesTarget
from asstctl.remote.responses.bundle import Bundle, read_bundle
from asstctl.remote.responses.bundle_file import BundleFile
from support.projects import PROJECT


class Moment(StrEnum):
    """When a process dies that writes a bundle."""

    BEFORE = "before"
    BETWEEN = "between write and rename"
    AFTER = "after"


@dataclass(frozen=True)
class BundleFolder:
    """The folder of a bundle, which outlives every process.

    ``dies`` is the write, from 0, around which the next process dies, and when.
    """

    root: Path
    name: str = "assistants.json"
    dies: tuple[int, Moment] | None = None

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

    def file(self, die: Callable[[], None]) -> BundleFile:
        """The file as one process sees it."""
        if self.dies is None:
            return BundleFile(self.path, self.project)
        return _Dying(self.path, self.project, die, *self.dies)


@dataclass
class _Deaths:
    die: Callable[[], None]
    at: int
    moment: Moment
    writes: Iterator[int] = field(default_factory=itertools.count)


class _Dying(BundleFile):
    def __init__(
        self, path: Path, project: Project, die: Callable[[], None], at: int, moment: Moment
    ) -> None:
        super().__init__(path, project)
        self._deaths = _Deaths(die, at, moment)

    def _put(self, text: str | None) -> None:
        deaths = self._deaths
        if next(deaths.writes) != deaths.at:
            super()._put(text)
            return
        if deaths.moment is Moment.BETWEEN and text is not None:
            self._path.with_name(".half-written.tmp").write_text(text)
        elif deaths.moment is Moment.AFTER:
            super()._put(text)
        deaths.die()
