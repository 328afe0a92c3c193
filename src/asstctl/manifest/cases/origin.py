"""Where a smoke case comes from: an entry of ``smoke``, perhaps a row, perhaps choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from asstctl.manifest.cases.row import Row
from asstctl.manifest.interpolate import Data, names_in
from asstctl.manifest.problems import Span
from asstctl.manifest.values import Path, Plain, at

SMOKE: Final = "smoke"
MATRIX: Final = "matrix"
CASES: Final = "cases"
PUT_INTO: Final[Mapping[str, Path]] = {"prompt": ("prompt",), "model": ("run", "model")}
"""What of a matrix takes the place of another field, and which one; the rest is only named."""

_CELLS_ARE_TEXT: Final = "Use a .jsonl file: it keeps numbers and lists; in CSV all is text."


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a list of a matrix: which one it is, and what reports call it."""

    index: int
    label: str


@dataclass(frozen=True, slots=True)
class CaseOrigin:
    """The ``entry`` of a case by its place, and its ``fields`` before references are replaced.

    ``choices`` are what it has of the entry's matrix, by name; ``data`` is what references to its
    row and its choices stand for.
    """

    entry: int
    fields: Plain
    row: Row | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)
    data: Mapping[str, Data] = field(default_factory=dict)

    def written(self, rest: Path) -> Path:
        """Where in the document the field of the case is written."""
        for name, place in PUT_INTO.items():
            if name in self.choices and rest[: len(place)] == place:
                return (SMOKE, self.entry, MATRIX, name, self.choices[name].index)
        return (SMOKE, self.entry, *rest)

    def span(self, rest: Path) -> Span | None:
        """The place of the row's value that a field of the case is made of; None without one."""
        names = self.columns_of(rest)
        return self.row.span_of(names[0]) if self.row and names else None

    def type_cure(self, rest: Path) -> str:
        """A cell of CSV cannot be made another type."""
        is_cell = self.row and self.row.is_text and self.columns_of(rest)
        return _CELLS_ARE_TEXT if is_cell else ""

    def columns_of(self, rest: Path) -> tuple[str, ...]:
        """The columns of which a field of the case is made."""
        for length in range(len(rest), 0, -1):
            text = at(self.fields, *rest[:length])
            if isinstance(text, str):
                names = names_in(text, "case")
                return tuple(name for name in names if self.row and name in self.row.values)
        return ()
