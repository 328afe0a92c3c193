"""Finds the files that a document names, and reports those that it should not name."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final, TypeVar, cast

from asstctl.manifest.codes import (
    MISSING_FILE,
    PATH_AS_TEXT,
    REFERENCE_IN_FILE,
    SKIPPED_FILE,
    UNICODE_FORM,
)
from asstctl.manifest.files.paths import normalised
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.interpolate import (
    Data,
    Replaced,
    Scope,
    faults,
    interpolate,
    references_in,
    secrets_in,
)
from asstctl.manifest.problems import Rejected, Span
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.values import Fields, Path
from asstctl.manifest.wording import named
from asstctl.manifest.yaml.hidden import warn_of_hidden
from asstctl.manifest.yaml.secret_scan import warn_of_secrets
from asstctl.manifest.yaml.source import SourceFile
from asstctl.model.file import LocalFile
from asstctl.model.paths import composed
from asstctl.text.words import shortened

_LONGEST_PATH_AS_TEXT = 255
NO_DATA: Final[Mapping[str, Data]] = MappingProxyType({})
_T = TypeVar("_T", str, Fields)


@dataclass(frozen=True, slots=True)
class FileFinder:
    """The ``files`` of the project as one document names them; problems go to its ``reporter``."""

    files: Files
    reporter: Reporter

    def upload(self, name: str, path: Path) -> LocalFile | None:
        """The one file that the value at ``path`` names; None when that was reported."""
        try:
            file = self.files.upload(name)
        except Rejected as rejected:
            self._reject(rejected, path)
            return None
        self._warn_of_form(name, file.path, path)
        return file

    def uploads(self, pattern: str, path: Path) -> list[LocalFile]:
        """The files that the path or glob at ``path`` names, without those that were reported."""
        found: list[LocalFile] = []
        for file in self.files.uploads(pattern):
            if isinstance(file, Rejected):
                self._reject(file, path)
            elif not file.bytes:
                detail = "A glob names it, and there is nothing in it."
                self.reporter.report(SKIPPED_FILE, path, file.path, detail=detail)
            else:
                self._warn_of_form(pattern, file.path, path)
                found.append(file)
        for rejected in self.files.linked_folders(pattern):
            self._reject(rejected, path)
        return found

    def text(
        self, name: str, path: Path, *, render: bool = False, data: Mapping[str, Data] = NO_DATA
    ) -> SourceFile | None:
        """The text file that the value at ``path`` names; None when that was reported.

        A file that is not going to be rendered gets a warning for each reference in it; ``data``
        is what a smoke case is made of.
        """
        source = self.data(name, path)
        if source is not None and not render:
            self._warn_of_references(source, data)
        return source

    def data(self, name: str, path: Path) -> SourceFile | None:
        """The file of data that the value at ``path`` names; None when that was reported."""
        try:
            source = self.files.text(name)
        except Rejected as rejected:
            self._reject(rejected, path)
            return None
        warn_of_secrets(source, self.reporter.problems)
        warn_of_hidden(source, self.reporter.problems)
        self._warn_of_form(name, source.path, path)
        return source

    def rendered_text(
        self, source: SourceFile, field: Path, data: Mapping[str, Data] = NO_DATA
    ) -> str | None:
        """A file's text, its references replaced; None where one cannot be, which is reported.

        ``field`` is the one that names the file, ``data`` what a smoke case is made of.
        """
        scope = replace(self.reporter.replacements.scope, data=data)

        def report(path: Path, rejected: Rejected) -> None:
            for offset, width, fault in faults(source.text, scope):
                self.reporter.problems.reject(fault, source.at_offset(offset, width))

        def span_of(path: Path) -> Span:
            return next(source.at_offset(*place) for place in secrets_in(source.text, scope))

        return self._rendered(source.text, field, scope, span_of, report)

    def rendered_json(
        self, value: Fields, field: Path, span_of: Callable[[Path], Span]
    ) -> Fields | None:
        """What a JSON file holds, the references in its texts replaced; None as above.

        ``span_of`` finds the place of a value in the file.
        """

        def report(path: Path, rejected: Rejected) -> None:
            self.reporter.problems.reject(rejected, span_of(path))

        scope = self.reporter.replacements.scope
        return self._rendered(value, field, scope, span_of, report)

    def _rendered(
        self,
        value: _T,
        field: Path,
        scope: Scope,
        span_of: Callable[[Path], Span],
        report: Callable[[Path, Rejected], None],
    ) -> _T | None:
        left: list[Path] = []

        def leave(path: Path, rejected: Rejected | None) -> None:
            left.append(path)
            if rejected:
                report(path, rejected)

        def note(path: Path, raw: str, replaced: Replaced) -> None:
            if not scope.data:
                self.reporter.replacements.note(raw, replaced)
            if replaced.secrets:
                self.reporter.replacements.note_secrets(replaced, field, span_of(path))

        rendered = interpolate(value, scope, leave, note=note)
        return None if left else cast(_T, rendered)

    def warn_of_path(self, text: str, path: Path) -> None:
        """Warn of a text that is the path of a file: what the file holds is meant, most likely."""
        name = text.strip()
        if len(name) > _LONGEST_PATH_AS_TEXT or "\n" in name:
            return
        for candidate in (name, self._beside_the_manifest(name)):
            with suppress(Rejected):
                found = self.files.file(candidate).path
                detail = f"The project has a file {found}."
                fix = f"Did you mean {{file: {found}}}?"
                self.reporter.report(PATH_AS_TEXT, path, named(path), detail=detail, fix=fix)
                return

    def _warn_of_references(self, source: SourceFile, data: Mapping[str, Data]) -> None:
        for offset, reference in references_in(source.text, data):
            detail = "What {file: …} reads is taken as it is: this goes to the model as it stands."
            span = source.at_offset(offset, len(reference))
            self.reporter.report_at(REFERENCE_IN_FILE, span, shortened(reference), detail=detail)

    def _warn_of_form(self, written: str, found: str, path: Path) -> None:
        """Warn of a file whose name looks like what is written and is another text."""
        wanted = normalised(written)
        if wanted == found or composed(wanted) != composed(found):
            return
        detail = "It looks like what is written here and is another text. It is taken; other "
        detail += "systems may not find it."
        self.reporter.report(UNICODE_FORM, path, found, detail=detail)

    def _reject(self, rejected: Rejected, path: Path) -> None:
        if rejected.code is MISSING_FILE:
            rejected = self._perhaps_beside_the_manifest(rejected)
        self.reporter.reject(rejected, path)

    def _perhaps_beside_the_manifest(self, rejected: Rejected) -> Rejected:
        try:
            found = self.files.file(self._beside_the_manifest(rejected.subject)).path
        except Rejected:
            return rejected
        detail = "It is beside the manifest, but paths count from the project's folder."
        return Rejected(MISSING_FILE, rejected.subject, detail=detail, fix=f"Write {found}.")

    def _beside_the_manifest(self, name: str) -> str:
        manifest = self.reporter.provenance.main.source.path
        return f"{PurePosixPath(manifest).parent}/{name}"
