"""The files of a project: single ones, what globs name, and the content of texts."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from asstctl.manifest import codes
from asstctl.manifest.files.globs import linked_folders, matches
from asstctl.manifest.files.paths import is_glob, normalised
from asstctl.manifest.files.tree import WITH_SUBMODULES, Found, Tree, unreadable
from asstctl.manifest.lfs import LARGEST_POINTER, raise_if_pointer
from asstctl.manifest.problems import Rejected
from asstctl.manifest.yaml.source import SourceFile, read_text
from asstctl.model.file import LocalFile
from asstctl.model.paths import folded

MAX_UPLOAD_BYTES = 512 * 1024 * 1024
"""The largest file that the API takes."""

NO_TEXTS: Final[Mapping[str, str]] = {}
"""The files hold what they hold."""

_T = TypeVar("_T")


class Files:
    """The files of one project. Answers are cached: a project is read in one go.

    ``submodules`` are folders that are empty because their files were left out. ``texts`` are read
    in place of what some files hold, by path.
    """

    def __init__(
        self,
        root: Path,
        *,
        max_bytes: int = MAX_UPLOAD_BYTES,
        submodules: frozenset[str] = frozenset(),
        texts: Mapping[str, str] = NO_TEXTS,
    ) -> None:
        self.root = root
        self._given = texts
        self._tree = Tree(root, submodules)
        self._max_bytes = max_bytes
        self._used: dict[str, LocalFile] = {}
        self._globs: dict[str, tuple[Found, ...]] = {}
        self._texts: dict[str, SourceFile | Rejected] = {}

    @property
    def used(self) -> tuple[LocalFile, ...]:
        """Every file that was read, or is to be sent."""
        return tuple(self._used.values())

    @property
    def left_out(self) -> frozenset[str]:
        """The submodules in which a path or glob looked for files."""
        return frozenset(self._tree.left_out)

    def file(self, path: str) -> LocalFile:
        """The file at a path. Raises Rejected."""
        return _unless_rejected(self._tree.find(path))

    def upload(self, path: str) -> LocalFile:
        """A file that is to be sent: readable, and not too large. Raises Rejected."""
        return _unless_rejected(self._fit(self._tree.find(path), path))

    def uploads(self, pattern: str) -> tuple[Found, ...]:
        """What a path or glob names, sorted by path: files that can be sent, and verdicts."""
        known = self._globs.get(pattern)
        if known is None:
            found: tuple[Found, ...] = (self._tree.find(pattern),)
            # A file's own name may have a bracket in it: a glob is what does not lead to a file.
            if isinstance(found[0], Rejected) and is_glob(pattern):
                found = self._glob(pattern)
            known = self._globs[pattern] = tuple(self._fit(file, pattern) for file in found)
        return known

    def place(self, path: str) -> Path:
        """Where a file inside the project is, or would be. Raises Rejected."""
        steps = normalised(path)
        self._tree.contained(self._tree.real_path(steps), steps)
        return self.root / steps

    def manifests(self, pattern: str) -> tuple[Found, ...]:
        """What a glob of manifests names, perhaps nothing. Raises Rejected for a bad glob."""
        return tuple(self._tree.find(path) for path in matches(self._tree, normalised(pattern)))

    def linked_folders(self, pattern: str) -> Iterator[Rejected]:
        """A warning for each linked folder that a glob goes past; none for what is no glob."""
        return linked_folders(self._tree, pattern)

    def case_twins(self) -> Iterator[tuple[str, str]]:
        """Pairs of files, of all that were found, that are one to macOS and Windows."""
        first: dict[str, str] = {}
        for path in sorted({file.path for file in self._tree.files}):
            other = first.setdefault(folded(path), path)
            if other != path:
                yield other, path

    def text(self, path: str) -> SourceFile:
        """The content of a text file. Raises Rejected."""
        known = self._texts.get(path)
        if known is None:
            try:
                file = self.file(path)
                given = self._given.get(file.path)
                known = (
                    read_text(file.source, file.path)
                    if given is None
                    else SourceFile(file.path, given)
                )
                self._used[file.path] = file
            except Rejected as rejected:
                known = rejected
            self._texts[path] = known
        return _unless_rejected(known)

    def _glob(self, pattern: str) -> tuple[Found, ...]:
        """What a glob matches; a verdict when that is nothing, or when it is no glob after all."""
        try:
            path = normalised(pattern)
            if not is_glob(path):
                return (self._tree.find(path),)
            return self.manifests(path) or (self._no_match(path),)
        except Rejected as rejected:
            return (rejected,)

    def _no_match(self, path: str) -> Rejected:
        left_out = self._tree.why_left_out(path)
        if left_out:
            return Rejected(codes.NO_MATCH, path, detail=left_out, fix=WITH_SUBMODULES)
        fix = "Braces are not expanded: write an entry for each." if "{" in path else ""
        detail = "No file of the project matches; hidden ones are skipped."
        return Rejected(codes.NO_MATCH, path, detail=detail, fix=fix)

    def _fit(self, file: Found, named: str) -> Found:
        """A file that can be sent, which counts as used then; or why it cannot."""
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


def _unless_pointer(file: LocalFile) -> Found:
    if file.bytes >= LARGEST_POINTER:
        return file
    try:
        raise_if_pointer(file.path, file.source.read_bytes())
    except OSError as error:
        return unreadable(file.path, error)
    except Rejected as rejected:
        return rejected
    return file


def _unless_rejected(found: _T | Rejected) -> _T:
    if isinstance(found, Rejected):
        raise found.with_traceback(None)
    return found
