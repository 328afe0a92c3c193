"""Where problems are gathered, each with the place that it is about."""

from __future__ import annotations

from dataclasses import dataclass

from asstctl.errors import AsstctlError
from asstctl.manifest.codes import Code
from asstctl.model.diagnostics import Diagnostic, Excerpt, Location
from asstctl.text.printable import printable, printable_lines
from asstctl.text.words import count


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file, and the line that a reader is shown for it."""

    location: Location
    excerpt: Excerpt | None = None


class ManifestError(AsstctlError):
    """The manifests are wrong; ``diagnostics`` say where and how."""

    code = "manifest"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
        files = len({diagnostic.location.path for diagnostic in errors})
        super().__init__(
            f"{count(len(errors), 'error')} in {count(files, 'file')}",
            fix="Mend what is listed; `asstctl validate` shows it again.",
        )
        self.diagnostics = diagnostics


class Rejected(Exception):  # noqa: N818 - a verdict on a value, not a failure of the program
    """A verdict on a value, raised where its place is not known and reported where it is.

    ``line`` and ``column``, from 1, are set when the verdict is on a place inside a whole file.
    """

    def __init__(
        self,
        code: Code,
        subject: str = "",
        *,
        detail: str = "",
        fix: str = "",
        line: int = 0,
        column: int = 0,
    ) -> None:
        super().__init__(code.name)
        self.code = code
        self.subject = subject
        self.detail = detail
        self.fix = fix
        self.line = line
        self.column = column

    def span_in(self, path: str) -> Span:
        """The place in the file itself, when the verdict is on a whole file."""
        return Span(Location(path, self.line, self.column))


class Problems:
    """Collects diagnostics in the order in which they are found; the same one may come twice."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def add(
        self, code: Code, span: Span, subject: str = "", *, detail: str = "", fix: str = ""
    ) -> None:
        """Report one problem. Without a ``fix`` the code's own cure is given.

        Names of the manifests may stand in all texts: what steers a terminal is written out.
        """
        self.found.append(
            Diagnostic(
                severity=code.severity,
                code=code.name,
                summary=printable(code.summarise(subject)),
                location=span.location,
                detail=printable_lines(detail),
                fix=printable_lines(fix) or code.cure,
                excerpt=span.excerpt,
            )
        )

    def reject(self, rejected: Rejected, span: Span) -> None:
        """Report a verdict at the place of the value that it is about."""
        self.add(rejected.code, span, rejected.subject, detail=rejected.detail, fix=rejected.fix)
