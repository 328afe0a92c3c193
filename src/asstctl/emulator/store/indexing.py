"""The passages of vector store files, as the indexer writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asstctl.emulator.store import embeddings
from asstctl.emulator.store.collections import FILES, STORE_FILES, Body, decode
from asstctl.emulator.store.database import Database, place_marks
from asstctl.emulator.store.owner import adopt
from asstctl.emulator.store.vectors import save_file
from asstctl.emulator.text.unreadable import UnreadableError

UNFINISHED = ("in_progress",)
_MOST_BEGUN = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One file of one store that a worker is to index."""

    seq: int
    store_id: str
    file_id: str
    filename: str
    chunk_tokens: int
    overlap_tokens: int
    owner: str


def has_unfinished(database: Database, store_ids: Sequence[str]) -> bool:
    """Tell whether a file of the stores still waits to be indexed."""
    marks = place_marks(store_ids)
    row = database.row(
        f"SELECT 1 FROM store_files WHERE status = 'in_progress' AND store_id IN ({marks}) LIMIT 1",  # noqa: S608 - only marks
        list(store_ids),
    )
    return row is not None


def adopt_unfinished(database: Database, owner: str) -> list[tuple[str, str]]:
    """Claim the files that dead processes left ``in_progress``."""
    dead = adopt(database, "store_files", UNFINISHED, owner)
    if dead:
        with database.write() as connection:
            for row in dead:
                connection.execute("DELETE FROM passages WHERE store_file = ?", (row["seq"],))
    return [(row["store_id"], row["id"]) for row in dead]


def job(database: Database, store_id: str, file_id: str, owner: str) -> Job | None:
    """Describe the work on a store file; None when it is not to be done any more."""
    row = STORE_FILES.find_row(database, file_id, store_id=store_id, owner=owner)
    upload = FILES.find(database, file_id)
    if row is None or row["status"] != "in_progress" or upload is None:
        return None
    static: dict[str, Any] = decode(row["body"])["chunking_strategy"]["static"]
    return Job(
        row["seq"],
        store_id,
        file_id,
        upload["filename"],
        static["max_chunk_size_tokens"],
        static["chunk_overlap_tokens"],
        owner,
    )


def begin(database: Database, job: Job, *, again: bool) -> None:
    """Count a beginning, unless it is made ``again`` by the one who began.

    Raises UnreadableError when two came before it, and neither to an end.
    """
    with database.write() as connection:
        if again:
            connection.execute("DELETE FROM passages WHERE store_file = ?", (job.seq,))
            return
        connection.execute("UPDATE store_files SET begun = begun + 1 WHERE seq = ?", (job.seq,))
        row = database.row("SELECT begun FROM store_files WHERE seq = ?", (job.seq,))
    if row is not None and row["begun"] > _MOST_BEGUN:
        raise UnreadableError(
            "Reading the file was begun twice, and both times the process ended before it was done."
        )


def put_off(database: Database, job: Job) -> None:
    """Take a beginning back: the account is closed in peace, and goes on with the file later."""
    with database.write() as connection:
        connection.execute("UPDATE store_files SET begun = begun - 1 WHERE seq = ?", (job.seq,))


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of some passages, in their order, and the model that made them."""

    model: str
    vectors: Sequence[bytes]


def add_passages(
    database: Database, job: Job, first: int, texts: Sequence[str], embedded: Embedded | None
) -> bool:
    """Store passages of a file; false when it was detached or cancelled meanwhile."""
    with database.write() as connection:
        if _current(database, job) is None:
            return False
        index = database.text
        connection.executemany(
            f"INSERT INTO passages (store_file, position, text, {index.column}) "  # noqa: S608
            f"VALUES (?, ?, ?, {index.mark})",
            [
                (job.seq, position, text, index.value(text))
                for position, text in enumerate(texts, first)
            ],
        )
        if embedded is not None:
            embeddings.add(
                connection, database.vectors, embedded.model, job.seq, first, embedded.vectors
            )
    return True


def finish(
    database: Database,
    job: Job,
    *,
    usage_bytes: int = 0,
    error: tuple[str, str] | None = None,
) -> None:
    """Record the outcome of indexing; passages of a failed file are removed."""
    with database.write() as connection:
        body = _current(database, job)
        if body is None:
            return
        if error:
            connection.execute("DELETE FROM passages WHERE store_file = ?", (job.seq,))
            last_error = {"code": error[0], "message": error[1]}
            body |= {"status": "failed", "last_error": last_error}
        else:
            body |= {"status": "completed", "usage_bytes": usage_bytes}
        save_file(connection, body)


def _current(database: Database, job: Job) -> Body | None:
    row = database.row(
        "SELECT body FROM store_files WHERE seq = ? AND status = 'in_progress' AND owner = ?",
        (job.seq, job.owner),
    )
    return decode(row["body"]) if row else None


def passages(database: Database, store_id: str, file_id: str) -> list[str]:
    """Give the parsed content of a store file, in order."""
    rows = database.rows(
        "SELECT p.text FROM passages p JOIN store_files s ON s.seq = p.store_file "
        "WHERE s.store_id = ? AND s.id = ? ORDER BY p.position",
        (store_id, file_id),
    )
    return [row["text"] for row in rows]
