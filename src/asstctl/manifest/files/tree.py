"""The folder of a project as it lies on disk. Each part of it is looked at once."""

import errno
import os
import stat
from pathlib import Path
from typing import Final, TypeAlias

from asstctl.manifest import codes
from asstctl.manifest.files.paths import is_within, normalised
from asstctl.manifest.problems import Rejected
from asstctl.model.file import LocalFile
from asstctl.model.paths import composed
from asstctl.model.suggestions import closest, did_you_mean

Found: TypeAlias = LocalFile | Rejected
"""A file, or why a path does not lead to one."""
Listing: TypeAlias = dict[str, os.DirEntry[str]]
"""What a folder holds, by name."""

_NOT_THERE: Final = {errno.ENOENT, errno.ENOTDIR, errno.EINVAL}
"""No such file; to Windows a name with a star or a question mark is none that a file can have."""

WITH_SUBMODULES: Final = codes.LEFT_OUT_SUBMODULE.cure


class Tree:
    """A project's folder. Answers are cached: a project is read in one go.

    ``submodules`` are folders that are empty because their files were left out. Those in which
    something was looked for are noted in ``left_out``.
    """

    def __init__(self, root: Path, submodules: frozenset[str]) -> None:
        self.root = os.path.realpath(root)
        self.left_out: set[str] = set()
        self._submodules = submodules
        self._found: dict[str, Found] = {}
        self._listings: dict[str, Listing] = {}
        self._real_folders: dict[str, str] = {}

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """Every file that was found so far."""
        return tuple(found for found in self._found.values() if isinstance(found, LocalFile))

    def find(self, path: str) -> Found:
        """The file that a path, as it is written, leads to; or a verdict on it."""
        found = self._found.get(path)
        if found is None:
            try:
                found = self._look_up(normalised(path))
            except Rejected as rejected:
                found = rejected
            self._found[path] = found
        return found

    def real_path(self, path: str) -> str:
        """Where a path leads once symbolic links are followed; it need not exist."""
        return os.path.realpath(f"{self.root}/{path}")

    def contained(self, real: str, path: str) -> str:
        """The real path that ``path`` leads to. Raises Rejected when it leaves the project."""
        if not is_within(real, self.root):
            detail = "A symbolic link leads out of the project's folder."
            raise Rejected(codes.OUTSIDE_PROJECT, path, detail=detail)
        return real

    def listing(self, folder: str) -> Listing:
        """What a folder holds; nothing when it is not there, or cannot be read."""
        known = self._listings.get(folder)
        if known is None:
            if folder in self._submodules:
                self.left_out.add(folder)
            try:
                with os.scandir(self._real_folder(folder)) as entries:
                    known = {entry.name: entry for entry in entries}
            except (OSError, Rejected):
                known = {}
            self._listings[folder] = known
        return known

    def forms(self, step: str, listing: Listing) -> list[str]:
        """What a folder has of a name: the name itself, else those in another Unicode form."""
        if step in listing or step.isascii():
            return [step] if step in listing else []
        return [name for name in listing if composed(name) == composed(step)]

    def why_left_out(self, path: str) -> str:
        """A sentence on the submodule that a path or glob leads into, or nothing."""
        for folder in self._submodules:
            if path.startswith(f"{folder}/"):
                self.left_out.add(folder)
                return f"{folder} is a submodule, and the files of submodules are left out."
        return ""

    # --- one path -------------------------------------------------------------------------------

    def _look_up(self, path: str) -> LocalFile:
        folder, _, name = path.rpartition("/")
        try:
            real = self._real_folder(folder)
            inside = f"{real}/{name}"
            status = os.lstat(inside)
            if stat.S_ISLNK(status.st_mode):
                inside = self.contained(os.path.realpath(inside), path)
                status = Path(inside).stat()
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise unreadable(path, error) from None
            other = self._in_other_form(path)
            if other != path:
                return self._look_up(other)
            raise self._missing(path) from None
        if stat.S_ISDIR(status.st_mode):
            fix = f"Name the files in it with a glob, as in {path}/**/*."
            raise Rejected(codes.NOT_A_FILE, path, detail="It is a folder.", fix=fix)
        if not stat.S_ISREG(status.st_mode):
            raise Rejected(codes.NOT_A_FILE, path, detail="It is a device, a pipe or a socket.")
        return LocalFile(path=path, source=Path(inside), bytes=status.st_size)

    def _real_folder(self, folder: str) -> str:
        real = self._real_folders.get(folder)
        if real is None:
            real = self._real_folders[folder] = self.contained(self.real_path(folder), folder)
        return real

    def _in_other_form(self, path: str) -> str:
        """The path as its names are on disk, when they differ only in their Unicode form.

        ``path`` itself when a name is not there, or there in several forms.
        """
        found: list[str] = []
        for step in path.split("/"):
            names = self.forms(step, self.listing("/".join(found)))
            if len(names) != 1:
                return path
            found += names
        return "/".join(found)

    def _missing(self, path: str) -> Rejected:
        """Why there is no file at ``path``, and which one may be meant."""
        left_out = self.why_left_out(path)
        if left_out:
            return Rejected(codes.MISSING_FILE, path, detail=left_out, fix=WITH_SUBMODULES)
        folder = ""
        for step in path.split("/"):
            listing, here = self.listing(folder), folder
            name = step if step in listing else closest(step, listing)
            if name is None:
                break
            folder = f"{here}/{name}" if here else name
            if name == step and self._is_broken_link(listing[name], folder):
                detail = f"{folder} is a symbolic link, and what it leads to does not exist."
                fix = "Mend the link, or remove it."
                return Rejected(codes.MISSING_FILE, path, detail=detail, fix=fix)
        siblings = {f"{here}/{other}" if here else other for other in listing} - {path}
        known = {folder} if name and folder != path else siblings
        detail = "The project has no such file."
        return Rejected(codes.MISSING_FILE, path, detail=detail, fix=did_you_mean(path, known))

    def _is_broken_link(self, entry: os.DirEntry[str], path: str) -> bool:
        return entry.is_symlink() and not Path(f"{self.root}/{path}").exists()


def unreadable(path: str, error: OSError) -> Rejected:
    """The verdict on a file that the system does not let us read."""
    reason = error.strerror or type(error).__name__
    return Rejected(codes.UNREADABLE_FILE, path, detail=f"{reason}.")
