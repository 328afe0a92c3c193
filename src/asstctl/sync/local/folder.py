"""The folder `.asstctl` of a project, which may come with a clone and is not to be trusted.

Nothing in it is followed through a link, and nothing is read or written when the folder itself
leads out of the project.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from asstctl.model.project import Project
from asstctl.sync.local.whole import replace_file

NAME: Final = ".asstctl"

_LOCK: Final = "lock"
# Opening a pipe would block until its other end is opened.
_CAREFULLY: Final = (
    getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)


class Folder:
    """Small text files by name. Every method raises OSError.

    A link cannot be read, and makes way for a file where something is written.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / NAME

    def read(self, name: str) -> str:
        """The text of a file, with whatever is not UTF-8 in it replaced."""
        self._raise_if_outside()
        with os.fdopen(_opened(self._path / name, os.O_RDONLY), "rb") as file:
            return file.read().decode("utf-8", errors="replace")

    def append(self, name: str, text: str) -> None:
        """Add to the end of a file, in one piece: a kill leaves no half of two lines.

        Nothing is lost to a concurrent ``replace``, whose caller has to hold the lock.
        """
        with self.locked():
            handle = _opened(self._path / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            with os.fdopen(handle, "ab", buffering=0) as file:
                file.write(text.encode())

    def replace(self, name: str, text: str) -> None:
        """Replace a file, or a link in its place, as a whole."""
        self._make()
        replace_file(self._path / name, text, mode=0o600)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes, and other threads, from entering a block like this one."""
        self._make()
        handle = _opened(self._path / _LOCK, os.O_RDWR | os.O_CREAT)
        try:
            with suppress(OSError):  # Some file systems know no locks: the last to write wins.
                _lock(handle)
            yield
        finally:
            os.close(handle)

    def _make(self) -> None:
        self._raise_if_outside()
        self._path.mkdir(exist_ok=True)

    def _raise_if_outside(self) -> None:
        if not self._path.resolve().is_relative_to(self._root.resolve()):
            raise OSError(errno.ELOOP, "leads out of the project", str(self._path))


def account_key(project: Project, account: str) -> str:
    """What tells one account of a project from every other in the files of this folder.

    ``account`` is the name that the adapter gives it: a host, or ``local``.
    """
    return f"{project.name} {project.target.name} {account}"


def _opened(path: Path, flags: int) -> int:
    if path.is_symlink():  # Not every system can be asked to refuse one.
        if not flags & os.O_CREAT:
            raise OSError(errno.ELOOP, "is a link", str(path))
        path.unlink()
    handle = os.open(path, flags | _CAREFULLY, 0o600)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "is no file", str(path))
    return handle


def _lock(handle: int) -> None:
    """Wait for the lock. The system lets go of it when the file is closed, or the process dies."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
