"""What an entry of ``smoke`` is multiplied by: the rows of a file, the combinations of a matrix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from asstctl.manifest import codes
from asstctl.manifest.cases.matrix import Choices, Matrix
from asstctl.manifest.cases.origin import CASES, MATRIX
from asstctl.manifest.cases.row import Row, Table
from asstctl.manifest.interpolate import Data
from asstctl.text.words import count, shortened, some

_COLUMNS_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class Factors:
    """A ``table``, of which only ``rows`` are used, and a ``matrix``; each may be left out."""

    table: Table | None
    rows: tuple[Row | None, ...]
    matrix: Matrix

    @property
    def size(self) -> int:
        """How many cases they make."""
        return len(self.rows) * self.matrix.size

    @property
    def main(self) -> str:
        """The field that multiplies most freely: the one to change when there are too many."""
        return MATRIX if self.matrix.written else CASES

    def __str__(self) -> str:
        """``12 rows of cases.csv × 3 of model``."""
        rows = [f"{count(len(self.rows), 'row')} of {self.table.name}"] if self.table else []
        lists = [f"{len(values):,} of {name}" for name, values in self.matrix.written.items()]
        return " × ".join([*rows, *lists])

    def combinations(self) -> Iterator[tuple[Row | None, Choices]]:
        """Each row with each combination of the matrix."""
        return product(self.rows, self.matrix.combinations())

    def data(self, row: Row | None, choices: Choices) -> Mapping[str, Data]:
        """What references in the case of this row and these choices stand for."""
        found: dict[str, Data] = {}
        if self.table and row:
            names = some(map(shortened, self.table.columns), _COLUMNS_NAMED)
            detail = f"{self.table.name} has the columns {names}."
            found["case"] = Data(row.values, codes.UNKNOWN_COLUMN, detail)
        return {**found, MATRIX: self.matrix.data(choices)} if choices else found
