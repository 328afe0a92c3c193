"""Paths of a project: kept inside it, found by globs, and looked up once each."""

import os
import re
import stat
from collections.abc import Iterator
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypeVar

from asstctl.manifest import codes
from asstctl.manifest.lfs import LARGEST_POINTER, raise_if_pointer
from asstctl.manifest.problems import Rejected
from asstctl.manifest.wording import closest, did_you_mean
from asstctl.manifest.yaml.source import SourceFile, read_text
from asstctl.model.file import LocalFile
from asstctl.model.paths import composed, folded

MAX_UPLOAD_BYTES = 512 * 1024 * 1024
"""The largest file that the API takes."""

OWN_FOLDER = ".asstctl"

_LONGEST_PATH = 4096
_WITH_SUBMODULES = codes.LEFT_OUT_SUBMODULE.cure
_GLOB_CHARACTERS = re.compile(r"[*?\[]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_T = TypeVar("_T")
Found: TypeAlias = LocalFile | Rejected
_Listing: TypeAlias = dict[str, os.DirEntry[str]]
_Passed: TypeAlias = dict[str, list[str]]
"""Linked folders that ``**`` went past, each with the steps that would have gone on there."""


class Files:
    """The files of one project. Answers are remembered: a project is read in one go.

    ``submodules`` are folders that are empty because their files were left out. Those that somebody
    looked into are noted in ``left_out``.
    """

    def __init__(
        self,
        root: Path,
        *,
        max_bytes: int = MAX_UPLOAD_BYTES,
        submodules: frozenset[str] = frozenset(),
    ) -> None:
        self.root = root
        self._real_root = os.path.realpath(root)
        self._max_bytes = max_bytes
        self._submodules = submodules
        self.left_out: set[str] = set()
        self._listings: dict[str, _Listing] = {}
        self._real_folders: dict[str, str] = {}
        self._found: dict[str, Found] = {}
        self._used: dict[str, LocalFile] = {}
        self._globs: dict[str, tuple[Found, ...]] = {}
        self._texts: dict[str, SourceFile | Rejected] = {}

    @property
    def used(self) -> tuple[LocalFile, ...]:
        """Every file that was read, or is to be sent."""
        return tuple(self._used.values())

    def file(self, path: str) -> LocalFile:
        """The file at a path. Raises Rejected."""
        return _unless_rejected(self._remembered_file(path))

    def upload(self, path: str) -> LocalFile:
        """A file that is to be sent: readable, and not too large. Raises Rejected."""
        return _unless_rejected(self._checked(self.file(path), path))

    def uploads(self, pattern: str) -> tuple[Found, ...]:
        """What a path or glob names: files that are fit to be sent, sorted, and verdicts."""
        known = self._globs.get(pattern)
        if known is None:
            try:
                known = tuple(self._checked(found, pattern) for found in self._expand(pattern))
            except Rejected as rejected:
                known = (rejected,)
            self._globs[pattern] = known
        return known

    def place(self, path: str) -> Path:
        """Where a file inside the project is, or would be. Raises Rejected."""
        steps = normalised(path)
        self._contained(os.path.realpath(f"{self._real_root}/{steps}"), steps)
        return self.root / steps

    def manifests(self, pattern: str) -> tuple[Found, ...]:
        """What a glob of manifests names, perhaps nothing. Raises Rejected for a bad glob."""
        return self._matches(normalised(pattern))

    def linked_folders(self, pattern: str) -> Iterator[Rejected]:
        """A warning for each linked folder that a glob goes past: its ``**`` follows none.

        Where nothing is missed there is none: the folder holds nothing for the glob, or the link
        leads back to where ``**`` starts.
        """
        try:
            steps = normalised(pattern).split("/")
        except Rejected:
            return  # and reported as what it is
        if "**" not in steps:
            return
        start = os.path.realpath(f"{self._real_root}/{'/'.join(steps[: steps.index('**')])}")
        passed: _Passed = {}
        for _ in self._walk("", steps, passed):
            pass
        for path, rest in sorted(passed.items()):
            real = os.path.realpath(f"{self._real_root}/{path}")
            if not _is_within(real, self._real_root):
                detail = f"{pattern} follows no links, and this one leads out of the project."
                fix = "Copy what is needed into the project."
                yield Rejected(codes.LINKED_FOLDER, path, detail=detail, fix=fix)
            elif not _is_within(real, start) and any(self._walk(path, rest, {})):
                detail = f"{pattern} follows no links."
                fix = f"Add {path}/{'/'.join(rest)} if it belongs there."
                yield Rejected(codes.LINKED_FOLDER, path, detail=detail, fix=fix)

    def case_twins(self) -> Iterator[tuple[str, str]]:
        """Pairs of files, of all that were found, that are one to macOS and Windows."""
        first: dict[str, str] = {}
        files = {file.path for file in self._found.values() if isinstance(file, LocalFile)}
        for path in sorted(files):
            other = first.setdefault(folded(path), path)
            if other != path:
                yield other, path

    def text(self, path: str) -> SourceFile:
        """The content of a text file. Raises Rejected."""
        known = self._texts.get(path)
        if known is None:
            try:
                file = self.file(path)
                known = read_text(file.source, file.path)
                self._used[file.path] = file
            except Rejected as rejected:
                known = rejected
            self._texts[path] = known
        return _unless_rejected(known)

    # --- single paths ---------------------------------------------------------------------------

    def _remembered_file(self, path: str) -> Found:
        known = self._found.get(path)
        if known is None:
            try:
                known = self._look_up(normalised(path))
            except Rejected as rejected:
                known = rejected
            self._found[path] = known
        return known

    def _look_up(self, path: str) -> LocalFile:
        folder, _, name = path.rpartition("/")
        try:
            real = self._real_folder(folder)
            inside = f"{real}/{name}"
            status = os.lstat(inside)
            if stat.S_ISLNK(status.st_mode):
                inside = self._contained(os.path.realpath(inside), path)
                status = Path(inside).stat()
        except (FileNotFoundError, NotADirectoryError):
            other = self._in_other_form(path)
            if other != path:
                return self._look_up(other)
            raise self._missing(path) from None
        except OSError as error:
            raise _unreadable(path, error) from None
        if stat.S_ISDIR(status.st_mode):
            fix = f"Name the files in it with a glob, as in {path}/**/*."
            raise Rejected(codes.NOT_A_FILE, path, detail="It is a folder.", fix=fix)
        if not stat.S_ISREG(status.st_mode):
            raise Rejected(codes.NOT_A_FILE, path, detail="It is a device, a pipe or a socket.")
        return LocalFile(path=path, source=Path(inside), bytes=status.st_size)

    def _real_folder(self, folder: str) -> str:
        real = self._real_folders.get(folder)
        if real is None:
            real = os.path.realpath(f"{self._real_root}/{folder}")
            self._contained(real, folder)
            self._real_folders[folder] = real
        return real

    def _contained(self, real: str, path: str) -> str:
        if not _is_within(real, self._real_root):
            detail = "A symbolic link leads out of the project's folder."
            raise Rejected(codes.OUTSIDE_PROJECT, path, detail=detail)
        return real

    def _in_other_form(self, path: str) -> str:
        """The path as its names are on disk, when they differ only in their Unicode form.

        ``path`` itself when a name is not there, or there in several forms.
        """
        found: list[str] = []
        for step in path.split("/"):
            names = self._forms(step, self._listing("/".join(found)))
            if len(names) != 1:
                return path
            found += names
        return "/".join(found)

    def _forms(self, step: str, listing: _Listing) -> list[str]:
        """What a folder has of a name: the name itself, else those in another Unicode form."""
        if step in listing or step.isascii():
            return [step] if step in listing else []
        return [name for name in listing if composed(name) == composed(step)]

    def _missing(self, path: str) -> Rejected:
        """Why there is no file at ``path``, and which one may be meant."""
        left_out = self._left_out(path)
        if left_out:
            return Rejected(codes.MISSING_FILE, path, detail=left_out, fix=_WITH_SUBMODULES)
        folder = ""
        for step in path.split("/"):
            listing, here = self._listing(folder), folder
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
        return entry.is_symlink() and not Path(f"{self._real_root}/{path}").exists()

    def _left_out(self, path: str) -> str:
        """A sentence on the submodule that a path or glob leads into, or nothing."""
        for folder in self._submodules:
            if path.startswith(f"{folder}/"):
                self.left_out.add(folder)
                return f"{folder} is a submodule, and the files of submodules are left out."
        return ""

    def _checked(self, file: Found, named: str) -> Found:
        if isinstance(file, Rejected):
            return file
        if file.bytes > self._max_bytes:
            detail = f"It has {file.bytes:,} bytes; {self._max_bytes:,} are allowed."
            return Rejected(codes.FILE_TOO_LARGE, file.path, detail=detail)
        if not os.access(file.source, os.R_OK):
            return Rejected(codes.UNREADABLE_FILE, file.path, detail="Permission denied.")
        if not file.bytes and file.path == named:
            return Rejected(codes.EMPTY_FILE, file.path, detail="There is nothing in it.")
        self._used[file.path] = file
        return _unless_pointer(file)

    # --- globs ----------------------------------------------------------------------------------

    def _expand(self, pattern: str) -> tuple[Found, ...]:
        path = normalised(pattern)
        if not _GLOB_CHARACTERS.search(path):
            return (self.file(path),)
        found = self._remembered_file(path)  # a file's own name may have a bracket in it
        if isinstance(found, LocalFile):
            return (found,)
        matches = self._matches(path)
        if not matches:
            left_out = self._left_out(path)
            if left_out:
                raise Rejected(codes.NO_MATCH, path, detail=left_out, fix=_WITH_SUBMODULES)
            fix = "Braces are not expanded: write an entry for each." if "{" in path else ""
            detail = "No file of the project matches; hidden ones are skipped."
            raise Rejected(codes.NO_MATCH, path, detail=detail, fix=fix)
        return matches

    def _matches(self, pattern: str) -> tuple[Found, ...]:
        paths = sorted(set(self._walk("", pattern.split("/"), {})))
        return tuple(self._remembered_file(path) for path in paths)

    def _walk(self, folder: str, steps: list[str], passed: _Passed) -> Iterator[str]:
        step, rest = steps[0], steps[1:]
        prefix = f"{folder}/" if folder else ""
        if step == "**":
            yield from self._walk(folder, rest or ["*"], passed)
            for name, entry in self._listing(folder).items():
                if name.startswith(".") or not _is_folder(entry):
                    continue
                if entry.is_symlink():
                    passed[f"{prefix}{name}"] = steps
                else:
                    yield from self._walk(f"{prefix}{name}", steps, passed)
            return
        for name, entry in self._matching(folder, step):
            if rest:
                if _is_folder(entry):
                    yield from self._walk(f"{prefix}{name}", rest, passed)
            elif not _is_folder(entry):
                yield f"{prefix}{name}"

    def _matching(self, folder: str, step: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        listing = self._listing(folder)
        if not _GLOB_CHARACTERS.search(step):
            for name in self._forms(step, listing):
                if name != OWN_FOLDER:
                    yield name, listing[name]
            return
        matches = _compiled(composed(step)).match
        for name, entry in listing.items():
            hidden = name.startswith(".") and not step.startswith(".")
            if not hidden and name != OWN_FOLDER and matches(composed(name)):
                yield name, entry

    def _listing(self, folder: str) -> _Listing:
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


def normalised(path: str) -> str:
    """A path or glob with single ``/`` and no dots. Raises Rejected when it is not one of ours.

    ``./docs//../faq/**/**/*.md`` is ``faq/**/*.md``.
    """
    _raise_unless_usable(path)
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            if not steps:
                detail = "Its `..` leads out of the project's folder."
                raise Rejected(codes.OUTSIDE_PROJECT, path, detail=detail)
            steps.pop()
        elif step not in {"", "."} and (step != "**" or steps[-1:] != ["**"]):
            steps.append(step)
    if not steps:
        raise Rejected(codes.NOT_A_FILE, path or "(empty)", detail="It is the project's folder.")
    return "/".join(steps)


def _raise_unless_usable(path: str) -> None:
    """Refuse what is no relative path with ``/`` on any system. Raises Rejected."""
    if len(path) > _LONGEST_PATH:
        raise Rejected(codes.BAD_PATH, f"{path[:40]}…", detail=f"It has {len(path):,} characters.")
    if _CONTROL.search(path):
        shown = path.encode("ascii", "backslashreplace").decode()
        raise Rejected(codes.BAD_PATH, shown, detail="It holds a character that no path has.")
    if "\\" in path:
        fix = f"Write {path.replace(chr(92), '/')}."
        raise Rejected(codes.BAD_PATH, path, detail="Paths are written with `/`.", fix=fix)
    if path.startswith("/") or re.match(r"[A-Za-z]:/", path):
        detail = "It is an absolute path; paths count from the project's folder."
        raise Rejected(codes.OUTSIDE_PROJECT, path, detail=detail)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


@cache
def _compiled(step: str) -> re.Pattern[str]:
    try:
        return re.compile(translate(step))
    except re.error:
        raise Rejected(codes.BAD_PATH, step, detail="It is not a valid glob.") from None


def _unless_pointer(file: LocalFile) -> Found:
    if file.bytes >= LARGEST_POINTER:
        return file
    try:
        raise_if_pointer(file.path, file.source.read_bytes())
    except OSError as error:
        return _unreadable(file.path, error)
    except Rejected as rejected:
        return rejected
    return file


def _unreadable(path: str, error: OSError) -> Rejected:
    reason = error.strerror or type(error).__name__
    return Rejected(codes.UNREADABLE_FILE, path, detail=f"{reason}.")


def _unless_rejected(found: _T | Rejected) -> _T:
    if isinstance(found, Rejected):
        raise found.with_traceback(None)
    return found
