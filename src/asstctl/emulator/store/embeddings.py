"""The vectors of passages: each is of one passage, and of the model that made it."""

from collections.abc import Iterable, Mapping, Sequence

from asstctl.emulator.store.database import Connection, Database, Row, VectorIndex


def add(
    connection: Connection,
    index: VectorIndex,
    model: str,
    file: int,
    first: int,
    vectors: Iterable[bytes],
) -> None:
    """Keep the vectors of a file's passages from position ``first`` on."""
    connection.executemany(
        "INSERT INTO passage_vectors (passage, model, vector) "  # noqa: S608 - own words
        f"SELECT seq, ?, {index.mark} FROM passages WHERE store_file = ? AND position = ?",
        [
            (model, index.value(vector), file, position)
            for position, vector in enumerate(vectors, first)
        ],
    )


def put(
    connection: Connection, index: VectorIndex, model: str, vectors: Mapping[int, bytes]
) -> None:
    """Keep vectors by passage; those of passages that are gone by now are not kept."""
    connection.executemany(
        "INSERT INTO passage_vectors (passage, model, vector) "  # noqa: S608 - own words
        f"SELECT seq, ?, {index.mark} FROM passages WHERE seq = ? "
        "ON CONFLICT (passage, model) DO UPDATE SET vector = excluded.vector",
        [(model, index.value(vector), passage) for passage, vector in vectors.items()],
    )


def forget_others(connection: Connection, model: str) -> None:
    """Delete the vectors of all other models."""
    connection.execute("DELETE FROM passage_vectors WHERE model <> ?", (model,))


def missing(database: Database, model: str, after: int, limit: int, size: int) -> list[Row]:
    """Give ``seq`` and ``text`` of the next passages without a vector of this model.

    One that is not of ``size`` bytes counts for none; 0 stands for any size.
    """
    return database.rows(
        "SELECT p.seq, p.text FROM passages p WHERE p.seq > ? AND NOT EXISTS ("  # noqa: S608
        "SELECT 1 FROM passage_vectors v WHERE v.passage = p.seq AND v.model = ? "
        f"AND (? = 0 OR {database.vectors.size} = ?)) ORDER BY p.seq LIMIT ?",
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
