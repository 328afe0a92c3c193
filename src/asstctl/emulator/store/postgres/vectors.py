"""Search by meaning: the vectors of passages are compared by pgvector, or here where it is not."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from psycopg.errors import DuplicateObject, InsufficientPrivilege, UniqueViolation

from asstctl.emulator.store.database import Row
from asstctl.emulator.store.postgres.reals import Reals
from asstctl.emulator.store.postgres.session import Session
from asstctl.emulator.vector import SIZE, distance_of, unpack

_AT_ONCE = 1024
"""Vectors that are compared before somebody else gets the connection."""
_HAS = (
    "SELECT to_regtype('vector') IS NOT NULL AS there, "
    "EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') AS offered"
)


class PostgresVectors:
    """The table of vectors; ``compares`` where the server has pgvector."""

    mark = "CAST(? AS real[])"
    size = f"cardinality(vector) * {SIZE}"

    def __init__(self, rows: Callable[[str, Sequence[Any]], list[Row]], *, compares: bool) -> None:
        self._rows = rows
        self.compares = compares

    def value(self, vector: bytes) -> Reals:
        """Give what is sent of a vector."""
        return Reals(vector)

    def distances(self, passages: Sequence[int], model: str, vector: bytes) -> dict[int, float]:
        """Give the cosine distances of passages' vectors from another one."""
        compare = self._theirs if self.compares else self._ours
        found: dict[int, float] = {}
        for start in range(0, len(passages), _AT_ONCE):
            found |= compare(list(passages[start : start + _AT_ONCE]), model, vector)
        return found

    def _theirs(self, passages: list[int], model: str, vector: bytes) -> dict[int, float]:
        rows = self._rows(
            "SELECT passage, CAST(vector AS vector) <=> CAST(CAST(? AS real[]) AS vector) AS far "
            "FROM passage_vectors "
            "WHERE passage = ANY(?) AND model = ? AND cardinality(vector) = ?",
            (Reals(vector), passages, model, len(vector) // SIZE),
        )
        return {row["passage"]: row["far"] for row in rows}

    def _ours(self, passages: list[int], model: str, vector: bytes) -> dict[int, float]:
        numbers = unpack(vector)
        rows = self._rows(
            "SELECT passage, vector FROM passage_vectors "
            "WHERE passage = ANY(?) AND model = ? AND cardinality(vector) = ?",
            (passages, model, len(numbers)),
        )
        return {row["passage"]: distance_of(numbers, row["vector"]) for row in rows}


def compares_vectors(session: Session) -> bool:
    """Tell whether a database has pgvector; it is put in where the server has it and lets us."""
    row = session.execute(_HAS).fetchone()
    assert row is not None
    if row["offered"] and not row["there"]:
        # Another process may do it at the same moment.
        with suppress(InsufficientPrivilege, UniqueViolation, DuplicateObject):
            session.command("CREATE EXTENSION IF NOT EXISTS vector")
        row = session.execute(_HAS).fetchone()
    return row is not None and bool(row["there"])
