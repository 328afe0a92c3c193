"""What is wrong with a manifest, where, why and how to fix it: a value that a view can show."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from asstctl.text import words


class Severity(StrEnum):
    """An error stops the command; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the project. Lines and columns count from 1; 0 means the whole file."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The source line that a diagnostic points at, and how many columns to underline."""

    text: str
    width: int = 1


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. ``code`` is stable, ``summary`` short and fixed; ``detail`` says why."""

    severity: Severity
    code: str
    summary: str
    location: Location
    detail: str = ""
    fix: str = ""
    excerpt: Excerpt | None = None

    @property
    def is_error(self) -> bool:
        """Whether this problem stops the command."""
        return self.severity is Severity.ERROR


def in_reading_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file, line and column, without repetitions: how a person would go through them."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.location, d.code, d.summary)))


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """``2 errors, 1 warning``."""
    diagnostics = tuple(diagnostics)
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    numbers = ((errors, "error"), (len(diagnostics) - errors, "warning"))
    return ", ".join(words.count(number, noun) for number, noun in numbers if number)
