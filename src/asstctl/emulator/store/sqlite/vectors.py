"""Search by meaning: the vectors of passages are compared in SQL."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from asstctl.emulator import vector as vectors
from asstctl.emulator.store.database import Row

_AT_ONCE = 256
"""Vectors that are compared before somebody else gets the connection."""


class SqliteVectors:
    """A function of SQL, in the name that sqlite-vec gives it."""

    mark = "?"
    size = "length(vector)"

    def __init__(self, rows: Callable[[str, Sequence[Any]], list[Row]]) -> None:
        self._rows = rows

    def value(self, vector: bytes) -> bytes:
        """Give the vector as it is."""
        return vector

    def distances(self, passages: Sequence[int], model: str, vector: bytes) -> dict[int, float]:
        """Give the cosine distances of passages' vectors from another one."""
        found: dict[int, float] = {}
        for start in range(0, len(passages), _AT_ONCE):
            some = ", ".join(map(str, passages[start : start + _AT_ONCE]))
            rows = self._rows(
                "SELECT passage, vec_distance_cosine(?, vector) AS distance FROM passage_vectors "  # noqa: S608 - numbers
                f"WHERE passage IN ({some}) AND model = ? AND length(vector) = ?",
                (vector, model, len(vector)),
            )
            found |= {row["passage"]: row["distance"] for row in rows}
        return found


def compare_vectors(connection: sqlite3.Connection) -> None:
    """Let SQL compare vectors: with sqlite-vec where it is there, much slower without it."""
    connection.create_function("vec_distance_cosine", 2, vectors.distance, deterministic=True)
    # Many builds of Python cannot load extensions, and sqlite-vec is not made for all systems.
    with suppress(ImportError, AttributeError, sqlite3.Error):
        import sqlite_vec

        connection.enable_load_extension(True)
        try:
            sqlite_vec.load(connection)
        finally:
            connection.enable_load_extension(False)
