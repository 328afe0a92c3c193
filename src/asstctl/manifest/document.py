"""One YAML document of a manifest, and what it amounts to for one target."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, TypeVar, cast

from asstctl.manifest.codes import (
    MISSING_FILE,
    PATH_AS_TEXT,
    REFERENCE_IN_FILE,
    SKIPPED_FILE,
    UNICODE_FORM,
    Code,
)
from asstctl.manifest.interpolate import (
    NO_SCOPE,
    Replaced,
    Scope,
    faults,
    interpolate,
    references_in,
)
from asstctl.manifest.paths import Files, normalised
from asstctl.manifest.problems import Problems, Rejected, Span
from asstctl.manifest.values import Path
from asstctl.manifest.wording import named
from asstctl.manifest.yaml.hidden import warn_of_hidden
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.manifest.yaml.secret_scan import warn_of_secrets
from asstctl.manifest.yaml.source import SourceFile
from asstctl.model.diagnostics import Location
from asstctl.model.file import LocalFile
from asstctl.model.paths import composed
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.text.words import shortened

_WORTH_HIDING = 8
_LONGEST_PATH_AS_TEXT = 255
_T = TypeVar("_T", str, dict[str, Any])


def own_fields(value: dict[str, Any]) -> dict[str, Any]:
    """A document without its ``x-…`` fields, which hold what YAML aliases repeat."""
    return {name: item for name, item in value.items() if not name.startswith("x-")}


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping read from a manifest, before anything is merged into it."""

    layer: Layer
    value: dict[str, Any]
    location: Location
    alone: bool = True
    case_locations: tuple[Location, ...] = ()

    @property
    def source(self) -> SourceFile:
        """The file that holds the document."""
        return self.layer.source

    @property
    def stem(self) -> str:
        """The file's name without its ending: the key, when the document gives none."""
        return PurePosixPath(self.source.path).stem


@dataclass(slots=True)
class Context:
    """A merged document on its way to the model: its value, and where to report what is wrong.

    ``interpolated`` maps texts that came about by replacing references to what was written
    instead: messages show the latter, since an environment variable may be a secret.
    ``sensitive`` are the secrets among them, ``scope`` is what references stand for.
    """

    value: dict[str, Any]
    provenance: Provenance
    problems: Problems
    files: Files
    targets: tuple[str, ...] = ()
    scope: Scope = NO_SCOPE
    interpolated: dict[str, str] = field(default_factory=dict)
    sensitive: Sensitive = NOTHING
    case_locations: tuple[Location, ...] = ()

    def case_location(self, index: int) -> Location:
        """Where a smoke case starts."""
        if self.case_locations:
            return self.case_locations[index]
        return self.provenance.key_span(("smoke", index)).location

    def report(
        self,
        code: Code,
        path: Path,
        subject: str = "",
        *,
        detail: str = "",
        fix: str = "",
        at_key: bool = False,
    ) -> None:
        """Report a problem with the value at ``path``, or with its name."""
        span = self.provenance.key_span(path) if at_key else self.provenance.value_span(path)
        self.report_at(code, span, subject, detail=detail, fix=fix)

    def report_at(
        self, code: Code, span: Span, subject: str = "", *, detail: str = "", fix: str = ""
    ) -> None:
        """Report a problem at a place that is known, perhaps in another file."""
        self.problems.add(
            code, span, self._as_written(subject), detail=self._as_written(detail), fix=fix
        )

    def reject(self, rejected: Rejected, path: Path) -> None:
        """Report a verdict on the value at ``path``."""
        if rejected.code is MISSING_FILE:
            rejected = self._perhaps_beside_the_manifest(rejected)
        self.report(rejected.code, path, rejected.subject, detail=rejected.detail, fix=rejected.fix)

    def upload(self, name: str, path: Path) -> LocalFile | None:
        """The one file that the value at ``path`` names; None when that was reported."""
        try:
            file = self.files.upload(name)
        except Rejected as rejected:
            self.reject(rejected, path)
            return None
        self._warn_of_form(name, file.path, path)
        return file

    def uploads(self, pattern: str, path: Path) -> list[LocalFile]:
        """The files that the path or glob at ``path`` names, without those that were reported."""
        found: list[LocalFile] = []
        for file in self.files.uploads(pattern):
            if isinstance(file, Rejected):
                self.reject(file, path)
            elif not file.bytes:
                detail = "A glob names it, and there is nothing in it."
                self.report(SKIPPED_FILE, path, file.path, detail=detail)
            else:
                self._warn_of_form(pattern, file.path, path)
                found.append(file)
        for rejected in self.files.linked_folders(pattern):
            self.reject(rejected, path)
        return found

    def note(self, raw: str, replaced: Replaced, *, is_name: bool = False) -> None:
        """Take note of a text whose references were replaced; a name is never a secret."""
        self.interpolated[replaced.text] = raw
        if replaced.secrets and not is_name:
            self.sensitive |= Sensitive(replaced.secrets, {replaced.text: replaced.shown})

    def rendered_text(self, source: SourceFile) -> str | None:
        """A file's text, its references replaced; None where one cannot be, which is reported."""

        def report(path: Path, rejected: Rejected) -> None:
            for offset, width, fault in faults(source.text, self.scope):
                self.problems.reject(fault, source.at_offset(offset, width))

        return self._rendered(source.text, report)

    def rendered_json(
        self, value: dict[str, Any], span_of: Callable[[Path], Span]
    ) -> dict[str, Any] | None:
        """What a JSON file holds, the references in its texts replaced; None as above.

        ``span_of`` finds the place of a value in the file.
        """

        def report(path: Path, rejected: Rejected) -> None:
            self.problems.reject(rejected, span_of(path))

        return self._rendered(value, report)

    def _rendered(self, value: _T, report: Callable[[Path, Rejected], None]) -> _T | None:
        left: list[Path] = []

        def leave(path: Path, rejected: Rejected | None) -> None:
            left.append(path)
            if rejected:
                report(path, rejected)

        def note(path: Path, raw: str, replaced: Replaced) -> None:
            self.note(raw, replaced)

        rendered = interpolate(value, self.scope, leave, note=note)
        return None if left else cast(_T, rendered)

    def text(self, name: str, path: Path, *, render: bool = False) -> SourceFile | None:
        """The text file that the value at ``path`` names; None when that was reported.

        Whoever is going to ``render`` it needs no warning of references in it.
        """
        try:
            source = self.files.text(name)
        except Rejected as rejected:
            self.reject(rejected, path)
            return None
        warn_of_secrets(source, self.problems)
        warn_of_hidden(source, self.problems)
        self._warn_of_form(name, source.path, path)
        if not render:
            self._warn_of_references(source)
        return source

    def warn_of_path(self, text: str, path: Path) -> None:
        """Warn of a text that is the path of a file: what the file holds is meant, most likely."""
        name = text.strip()
        if len(name) > _LONGEST_PATH_AS_TEXT or "\n" in name:
            return
        beside = f"{PurePosixPath(self.provenance.main.source.path).parent}/{name}"
        for candidate in (name, beside):
            with suppress(Rejected):
                found = self.files.file(candidate).path
                detail = f"The project has a file {found}."
                fix = f"Did you mean {{file: {found}}}?"
                self.report(PATH_AS_TEXT, path, named(path), detail=detail, fix=fix)
                return

    def _warn_of_references(self, source: SourceFile) -> None:
        for offset, reference in references_in(source.text):
            detail = "What {file: …} reads is taken as it is: this goes to the model as it stands."
            span = source.at_offset(offset, len(reference))
            self.report_at(REFERENCE_IN_FILE, span, shortened(reference), detail=detail)

    def _warn_of_form(self, written: str, found: str, path: Path) -> None:
        """Warn of a file whose name looks like what is written and is another text."""
        wanted = normalised(written)
        if wanted == found or composed(wanted) != composed(found):
            return
        detail = "It looks like what is written here and is another text. It is taken; other "
        detail += "systems may not find it."
        self.report(UNICODE_FORM, path, found, detail=detail)

    def _perhaps_beside_the_manifest(self, rejected: Rejected) -> Rejected:
        beside = PurePosixPath(self.provenance.main.source.path).parent / rejected.subject
        try:
            found = self.files.file(str(beside)).path
        except Rejected:
            return rejected
        detail = "It is beside the manifest, but paths count from the project's folder."
        return Rejected(MISSING_FILE, rejected.subject, detail=detail, fix=f"Write {found}.")

    def _as_written(self, text: str) -> str:
        for value, raw in self.interpolated.items():
            if text == value:
                return raw
            if len(value) >= _WORTH_HIDING:
                for form in (value, shortened(value), shortened(value, 40)):
                    text = text.replace(form, raw)
            else:
                text = text.replace(f'"{value}"', f'"{raw}"')
        return text
