"""The vectors of passages: each is of one passage, and of the model that made it."""

from collections.abc import Iterable, Mapping, Sequence

from asstctl.emulator.store.database import Connection, Database, Row, VectorIndex


def claim(database: Database, model: str, owner: str) -> bool:
    """Become the one who embeds what has no vector of a model; false while another one lives."""
    with database.write() as connection:
        if _held(database, model, owner):
            return False
        connection.execute(
            "INSERT INTO embedders (model, owner) VALUES (?, ?) "
            "ON CONFLICT (model) DO UPDATE SET owner = excluded.owner",
            (model, owner),
        )
    return True


def release(database: Database, model: str, owner: str) -> None:
    """Leave it to whoever claims it next."""
    with database.write() as connection:
        connection.execute("DELETE FROM embedders WHERE model = ? AND owner = ?", (model, owner))


def is_left(database: Database, model: str, owner: str) -> bool:
    """Tell whether it was claimed, by ``owner`` or by a process that died, and not released."""
    claimed = database.row("SELECT 1 FROM embedders WHERE model = ?", (model,))
    return claimed is not None and not _held(database, model, owner)


def _held(database: Database, model: str, owner: str) -> bool:
    row = database.row("SELECT owner FROM embedders WHERE model = ?", (model,))
    return row is not None and row["owner"] != owner and database.peers.is_alive(row["owner"])


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
