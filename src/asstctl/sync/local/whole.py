"""Files that are there whole or not at all: written aside, then moved to their place.

A reader sees the old text or the new one, and a full disk or a kill leaves the old one as it was.
"""

import errno
import glob
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NOT_REPLACED: Final = {errno.EACCES, errno.EPERM, errno.EBUSY}
"""A folder that only lets its files be written to, or a file that is a mount of its own."""
_SPECIAL: Final = {("/", "dev"), ("/", "proc")}


def replace_file(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Put a new file with this text (UTF-8) in the place of whatever is there, links included.

    ``mode`` is that of a file which is not there yet, subject to the umask. A kill may leave a
    file behind that ``leftovers`` finds. Raises OSError, which names the path.
    """
    try:
        _replace(path, text, mode)
    except OSError as error:
        error.filename = os.fspath(path)
        raise


def _replace(path: Path, text: str, mode: int) -> None:
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.is_file() and not path.is_symlink():
            shutil.copymode(path, aside)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def leftovers(path: Path) -> Iterator[Path]:
    """What killed processes wrote aside; also what others are writing, unless a lock keeps them."""
    return path.parent.glob(f".{glob.escape(path.name)}.{'?' * 32}.tmp")


def write_output(path: Path, text: str) -> None:
    """Write a file that a person named: through links, with the permissions that it has.

    A pipe or a device is written to as it is, and so is a file that cannot be replaced. Raises
    OSError.
    """
    if path.parts[:2] in _SPECIAL or (path.exists() and not path.is_file()):
        path.write_text(text, encoding="utf-8", newline="")
        return
    target = path.resolve()
    try:
        replace_file(target, text)
    except OSError as error:
        if error.errno not in _NOT_REPLACED or not target.exists():
            raise
        target.write_text(text, encoding="utf-8", newline="")
