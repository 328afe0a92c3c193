"""Search by meaning: the vectors of passages are compared here."""

from collections.abc import Callable, Sequence
from typing import Any

from asstctl.emulator import vector as vectors
from asstctl.emulator.store.database import Row

_AT_ONCE = 1024
"""Vectors that are fetched before somebody else gets the connection."""


class PostgresVectors:
    """The table of vectors, fetched as far as a question asks."""

    def __init__(self, rows: Callable[[str, Sequence[Any]], list[Row]]) -> None:
        self._rows = rows

    def distances(self, passages: Sequence[int], model: str, vector: bytes) -> dict[int, float]:
        """Give the cosine distances of passages' vectors from another one."""
        found: dict[int, float] = {}
        for start in range(0, len(passages), _AT_ONCE):
            rows = self._rows(
                "SELECT passage, vector FROM passage_vectors "
                "WHERE passage = ANY(?) AND model = ? AND length(vector) = ?",
                (list(passages[start : start + _AT_ONCE]), model, len(vector)),
            )
            found |= {row["passage"]: vectors.distance(vector, row["vector"]) for row in rows}
        return found
