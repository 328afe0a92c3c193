"""The vectors of passages: each is of one passage, and of the model that made it."""

from collections.abc import Iterable, Mapping, Sequence

from asstctl.emulator.store.database import Connection, Database, Row


def add(
    connection: Connection, model: str, file: int, first: int, vectors: Iterable[bytes]
) -> None:
    """Keep the vectors of a file's passages from position ``first`` on."""
    connection.executemany(
        "INSERT INTO passage_vectors (passage, model, vector) "
        "SELECT seq, ?, ? FROM passages WHERE store_file = ? AND position = ?",
        [(model, vector, file, position) for position, vector in enumerate(vectors, first)],
    )


def put(connection: Connection, model: str, vectors: Mapping[int, bytes]) -> None:
    """Keep vectors by passage; those of passages that are gone by now are not kept."""
    connection.executemany(
        "INSERT INTO passage_vectors (passage, model, vector) "
        "SELECT seq, ?, ? FROM passages WHERE seq = ? "
        "ON CONFLICT (passage, model) DO UPDATE SET vector = excluded.vector",
        [(model, vector, passage) for passage, vector in vectors.items()],
    )


def forget_others(connection: Connection, model: str) -> None:
    """Delete the vectors of all other models."""
    connection.execute("DELETE FROM passage_vectors WHERE model <> ?", (model,))


def missing(database: Database, model: str, after: int, limit: int, size: int) -> list[Row]:
    """Give ``seq`` and ``text`` of the next passages without a vector of this model.

    One that is not of ``size`` bytes counts for none; 0 stands for any size.
    """
    return database.rows(
        "SELECT p.seq, p.text FROM passages p WHERE p.seq > ? AND NOT EXISTS ("
        "SELECT 1 FROM passage_vectors v WHERE v.passage = p.seq AND v.model = ? "
        "AND (? = 0 OR length(v.vector) = ?)) ORDER BY p.seq LIMIT ?",
        (after, model, size, size, limit),
    )


def similarities(
    database: Database, passages: Sequence[int], model: str, vector: bytes
) -> dict[int, float]:
    """Give how near passages are to a vector of the same model: the cosine, or 0 below it.

    A passage without a vector that can be compared is left out.
    """
    distances = database.vectors.distances(passages, model, vector)
    return {passage: min(1.0, max(0.0, 1 - far)) for passage, far in distances.items()}
