"""What the manual says of a code or of a field of a document."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from asstctl.errors import UsageError
from asstctl.manifest import codes
from asstctl.manifest.codes import Code
from asstctl.manifest.reference.index import Field, fields
from asstctl.model.suggestions import did_you_mean
from asstctl.text.known_errors import KNOWN_ERRORS, KnownError


@dataclass(frozen=True, slots=True)
class Explained:
    """One of the three that was asked for. ``below`` are the fields inside a ``field``."""

    diagnostic: Code | None = None
    error: KnownError | None = None
    field: Field | None = None
    below: tuple[Field, ...] = ()


def explain(name: str) -> tuple[Explained, ...]:
    """What ``name`` means: a code that asstctl prints in brackets, or a field.

    A field has a path from the kind of its document, `assistant.tools.file_search`; its end alone
    will do, and then there may be several. Raises UsageError for what is neither.
    """
    asked = name.strip().strip("[]`")
    found = (*_codes(asked), *_fields(asked))
    if not found:
        raise UsageError(
            f"the manual says nothing of {name!r}",
            why=did_you_mean(asked, names()),
            fix="Give a code, as `unknown-field`, or a field, as `assistant.tools.file_search`.",
        )
    return found


@cache
def names() -> tuple[str, ...]:
    """Everything that can be explained."""
    errors = [error.code for error in KNOWN_ERRORS]
    return (*(code.name for code in codes.ALL), *errors, *(field.path for field in fields()))


def _codes(name: str) -> Iterator[Explained]:
    yield from (Explained(diagnostic=code) for code in codes.ALL if code.name == name)
    yield from (Explained(error=error) for error in KNOWN_ERRORS if error.code == name)


def _fields(name: str) -> Iterator[Explained]:
    known = fields()
    chosen = [field for field in known if field.path == name]
    for field in chosen or [field for field in known if field.path.endswith(f".{name}")]:
        inside = (
            other
            for other in known
            if other.path.startswith(f"{field.path}.")
            and "." not in other.path.removeprefix(f"{field.path}.")
        )
        yield Explained(field=field, below=tuple(inside))
