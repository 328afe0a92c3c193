"""What cases are made of: rows of values by column, each of which has a place."""

from dataclasses import dataclass
from typing import Protocol

from asstctl.manifest.problems import Span
from asstctl.manifest.values import Fields, Path
from asstctl.manifest.yaml.provenance import Provenance


class Row(Protocol):
    """One case's values by column, and where they stand."""

    @property
    def values(self) -> Fields:
        """The values by column."""

    @property
    def is_text(self) -> bool:
        """Whether all of its values are texts, whatever they say."""

    @property
    def span(self) -> Span:
        """The place of the row."""

    def span_of(self, column: str) -> Span:
        """The place of one of its values."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their ``name``: the path of their file, or the field that lists them.

    ``columns`` are those of any row.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row that is written in the manifest itself, at ``path``."""

    provenance: Provenance
    path: Path
    values: Fields
    is_text: bool = False

    @property
    def span(self) -> Span:
        """The place of the row."""
        return self.provenance.key_span(self.path)

    def span_of(self, column: str) -> Span:
        """The place of one of its values."""
        return self.provenance.value_span((*self.path, column))


def listed_table(provenance: Provenance, path: Path, rows: list[Fields]) -> Table:
    """The table of the rows that are listed at ``path``."""
    columns = dict.fromkeys(column for values in rows for column in values)
    found = (ListedRow(provenance, (*path, i), values) for i, values in enumerate(rows))
    return Table("cases", tuple(columns), tuple(found))
