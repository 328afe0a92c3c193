"""The bundle on disk: read once, and written only while it is still what was read.

The file comes with a clone and goes into commits: it is never reached through a link, never
outside the project, replaced whole, and left alone where nothing changes.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from asstctl.model.project import Project
from asstctl.remote.responses.bundle import Bundle, BundleError, BundleMovedError, read_bundle
from asstctl.sync.local.folder import Folder
from asstctl.sync.local.whole import leftovers, replace_file
from asstctl.sync.ownership import OwnedElsewhereError
from asstctl.text import words

_LARGEST: Final = 64 * 2**20
"""Bytes. An answer of an account may have as many."""
# Opening a pipe would block until its other end is opened.
_CAREFULLY: Final = (
    getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)


class BundleFile:
    """The file of one project on one target.

    The first ``read`` decides what a plan is made of. From then on every access finds the file as
    it was then, or as this object wrote it; else it raises BundleMovedError. Every method raises
    BundleError.
    """

    def __init__(self, path: Path, project: Project) -> None:
        self._path = path
        self._root = project.root
        self._project = project.name
        self._target = project.target.name
        self._name = path.relative_to(project.root).as_posix()
        self._known: tuple[bytes | None, Bundle] | None = None

    @property
    def name(self) -> str:
        """The file's path inside the project."""
        return self._name

    @property
    def exists(self) -> bool:
        """Whether the file was there when it was last read or written."""
        return self._known is not None and self._known[0] is not None

    def read(self) -> Bundle:
        """The bundle; an empty one where there is no file.

        Raises OwnedElsewhereError for another project's.
        """
        with self._failures("read"):
            data = self._bytes()
        if self._known is None:
            self._known = data, self._parsed(data)
        known, bundle = self._known
        if known != data:
            raise _moved(self._name)
        return bundle

    def write(self, bundle: Bundle) -> None:
        """Replace the file; without an assistant it goes."""
        text, before = bundle.text(self._target), self.read()
        if text == before.text(self._target):
            return
        with self._failures("written"), self._locked():
            self.read()  # Another process may have written while this one waited for the lock.
            self._put(text if bundle.assistants else None)
            self._known = text.encode() if bundle.assistants else None, bundle

    def _parsed(self, data: bytes | None) -> Bundle:
        if data is None:
            return Bundle(self._project)
        bundle = read_bundle(data, self._name)
        if bundle.project != self._project:
            raise OwnedElsewhereError(
                f"{self._name} is the bundle of the project {bundle.project!r}",
                why="Two projects that write one file undo each other's work.",
                fix="Name another file in the target's `bundle`, or delete this one.",
            )
        return bundle

    def _bytes(self) -> bytes | None:
        """What the file holds; None where there is none. Raises OSError and BundleError."""
        self._raise_if_linked()
        try:
            handle = os.open(self._path, os.O_RDONLY | _CAREFULLY)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise BundleError(f"{self._name}: the bundle is no file", fix=_ELSEWHERE)
            if found.st_size > _LARGEST:
                raise BundleError(
                    f"{self._name}: the bundle is too large",
                    why=f"It has {words.size(found.st_size)} of at most {words.size(_LARGEST)}.",
                    fix=_ELSEWHERE,
                )
            return file.read()

    def _locked(self) -> AbstractContextManager[None]:
        """Keeps other processes from writing. Raises OSError."""
        return Folder(self._root).locked()

    def _put(self, text: str | None) -> None:
        """Put this text in the place of the file; None takes it away. Raises OSError."""
        for aside in leftovers(self._path):
            aside.unlink(missing_ok=True)
        if text is None:
            self._path.unlink()
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, text)

    def _raise_if_linked(self) -> None:
        """Neither the file nor a folder on the way to it may be a link."""
        place = self._root
        for part in self._path.relative_to(self._root).parts:
            place /= part
            if place.is_symlink():
                link = place.relative_to(self._root).as_posix()
                raise BundleError(
                    f"{self._name}: the bundle is not reached through a link",
                    why=f"{link} is a symbolic link, which may lead anywhere.",
                    fix=_ELSEWHERE,
                )

    @contextmanager
    def _failures(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BundleError(
                f"{self._name}: the bundle cannot be {done}",
                why=error.strerror or str(error),
                fix="Check the file, its folder and their permissions.",
            ) from error


_ELSEWHERE: Final = "Put a plain file in its place, or name another in the target's `bundle`."


def _moved(name: str) -> BundleMovedError:
    return BundleMovedError(
        f"{name} was changed by somebody else since the plan was made",
        why="It is not what the plan was computed from any more, so it was left alone.",
        fix="Look at what `asstctl plan` shows now, then apply again.",
    )
