"""Vector stores, the files in them, and file batches."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from asstctl.emulator.ids import new_id
from asstctl.emulator.store import owner as owners
from asstctl.emulator.store.collections import (
    BATCHES,
    FILES,
    STORE_FILES,
    VECTOR_STORES,
    Body,
    decode,
)
from asstctl.emulator.store.database import Connection, Database

_DAY = 24 * 3600
_STATES = ("in_progress", "completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be attached, with what it is attached with."""

    file_id: str
    chunking: Body
    attributes: Body | None


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


def create(
    connection: Connection,
    now: int,
    *,
    name: str = "",
    metadata: Body | None = None,
    expires_after: Body | None = None,
) -> Body:
    """Add an empty store."""
    store = {
        "id": new_id("vs_"),
        "object": "vector_store",
        "created_at": now,
        "name": name,
        "metadata": metadata or {},
        "expires_after": expires_after,
        "last_active_at": now,
    }
    VECTOR_STORES.insert(connection, store)
    return store


def expires_at(store: Body) -> int | None:
    """Give when a store expires if nobody uses it until then."""
    policy = store["expires_after"]
    return store["last_active_at"] + policy["days"] * _DAY if policy else None


def is_expired(store: Body, now: float) -> bool:
    """Tell whether the store has not been used for as long as its policy allows."""
    end = expires_at(store)
    return end is not None and now >= end


def touch(connection: Connection, database: Database, store_id: str, now: int) -> None:
    """Note that a store was used, which is what its expiry counts from."""
    store = VECTOR_STORES.find(database, store_id)
    if store and store["last_active_at"] != now and not is_expired(store, now):
        VECTOR_STORES.save(connection, store | {"last_active_at": now})


def render(database: Database, stores: Sequence[Body], now: float) -> list[Body]:
    """Give stores as the wire shows them, with their counts and status."""
    counts = _counts(database, "store_id", [store["id"] for store in stores])
    return [_render(store, *counts[store["id"]], now) for store in stores]


def _render(store: Body, counts: dict[str, int], usage: int, now: float) -> Body:
    if is_expired(store, now):
        status = "expired"
    else:
        status = "in_progress" if counts["in_progress"] else "completed"
    shown = store | {
        "usage_bytes": usage,
        "file_counts": counts,
        "status": status,
        "expires_at": expires_at(store),
    }
    if shown["expires_after"] is None:
        del shown["expires_after"]
    return shown


def render_batch(database: Database, batch: Body) -> Body:
    """Give a batch with its counts and status."""
    counts, _ = _counts(database, "batch_id", [batch["id"]])[batch["id"]]
    if batch["status"] == "cancelled":
        status = "cancelled"
    elif counts["in_progress"]:
        status = "in_progress"
    else:
        status = (
            "failed" if counts["total"] and counts["failed"] == counts["total"] else "completed"
        )
    return batch | {"file_counts": counts, "status": status}


def _counts(
    database: Database, column: str, keys: Sequence[str]
) -> dict[str, tuple[dict[str, int], int]]:
    counted = {key: (dict.fromkeys((*_STATES, "total"), 0), 0) for key in keys}
    marks = ", ".join("?" for _ in keys)
    rows = database.rows(
        f"SELECT {column} AS key, status, count(*) AS n, "  # noqa: S608 - own names
        "sum(json_extract(body, '$.usage_bytes')) AS usage FROM store_files "
        f"WHERE {column} IN ({marks}) GROUP BY {column}, status",
        list(keys),
    )
    for row in rows:
        counts, usage = counted[row["key"]]
        counts[row["status"]] = row["n"]
        counts["total"] += row["n"]
        counted[row["key"]] = (counts, usage + int(row["usage"] or 0))
    return counted


def attach(
    connection: Connection,
    database: Database,
    store_id: str,
    entries: Iterable[Entry],
    *,
    now: int,
    owner: str,
    batch_id: str | None = None,
) -> list[tuple[str, str]]:
    """Put files into a store; gives the (store id, file id) pairs that must be indexed.

    A file that is there already keeps its passages and takes new attributes if there are any; one
    that failed or was cancelled is tried again.
    """
    started = []
    for entry in entries:
        held = STORE_FILES.find(database, entry.file_id, store_id=store_id)
        if held and held["status"] in {"completed", "in_progress"}:
            attributes = held["attributes"] if entry.attributes is None else entry.attributes
            _save_file(connection, held | {"attributes": attributes}, batch_id=batch_id)
            continue
        if held:
            STORE_FILES.delete(connection, entry.file_id, store_id=store_id)
        body = {
            "id": entry.file_id,
            "object": "vector_store.file",
            "usage_bytes": 0,
            "created_at": now,
            "vector_store_id": store_id,
            "status": "in_progress",
            "last_error": None,
            "chunking_strategy": entry.chunking,
            "attributes": entry.attributes or {},
        }
        STORE_FILES.insert(
            connection,
            body,
            store_id=store_id,
            batch_id=batch_id,
            status="in_progress",
            owner=owner,
        )
        started.append((store_id, entry.file_id))
    touch(connection, database, store_id, now)
    return started


def _save_file(connection: Connection, body: Body, **columns: object) -> None:
    values = {"body": json.dumps(body), "status": body["status"]}
    values |= {name: value for name, value in columns.items() if value is not None}
    sets = ", ".join(f"{name} = ?" for name in values)
    connection.execute(
        f"UPDATE store_files SET {sets} WHERE store_id = ? AND id = ?",  # noqa: S608 - own names
        (*values.values(), body["vector_store_id"], body["id"]),
    )


def set_attributes(connection: Connection, body: Body, attributes: Body) -> Body:
    """Replace the attributes of a store file."""
    body = body | {"attributes": attributes}
    _save_file(connection, body)
    return body


def detach_everywhere(connection: Connection, file_id: str) -> None:
    """Take a file out of every store."""
    connection.execute("DELETE FROM store_files WHERE id = ?", (file_id,))


def cancel_batch(connection: Connection, database: Database, batch: Body) -> Body:
    """Stop a batch: what is not indexed yet becomes ``cancelled``."""
    rows = database.rows(
        "SELECT body FROM store_files WHERE batch_id = ? AND status = 'in_progress'", (batch["id"],)
    )
    for row in rows:
        body = decode(row["body"]) | {"status": "cancelled"}
        connection.execute(
            "DELETE FROM passages WHERE store_file IN "
            "(SELECT seq FROM store_files WHERE store_id = ? AND id = ?)",
            (body["vector_store_id"], body["id"]),
        )
        _save_file(connection, body)
    if rows:
        batch = batch | {"status": "cancelled"}
        BATCHES.save(connection, batch)
    return batch


def create_batch(connection: Connection, store_id: str, now: int) -> Body:
    """Add a batch."""
    batch = {
        "id": new_id("vsfb_"),
        "object": "vector_store.files_batch",
        "created_at": now,
        "vector_store_id": store_id,
        "status": "in_progress",
    }
    BATCHES.insert(connection, batch, store_id=store_id)
    return batch


def has_unfinished(database: Database, store_ids: Sequence[str]) -> bool:
    """Tell whether a file of the stores still waits to be indexed."""
    marks = ", ".join("?" for _ in store_ids)
    row = database.row(
        f"SELECT 1 FROM store_files WHERE status = 'in_progress' AND store_id IN ({marks}) LIMIT 1",  # noqa: S608 - only marks
        list(store_ids),
    )
    return row is not None


def adopt_unfinished(database: Database, owner: str) -> list[tuple[str, str]]:
    """Claim the files that dead processes left ``in_progress``."""
    with database.write() as connection:
        rows = database.rows(
            "SELECT seq, store_id, id, owner FROM store_files WHERE status = 'in_progress'"
        )
        dead = [row for row in rows if not owners.is_alive(row["owner"])]
        for row in dead:
            connection.execute("DELETE FROM passages WHERE store_file = ?", (row["seq"],))
            connection.execute(
                "UPDATE store_files SET owner = ? WHERE seq = ?", (owner, row["seq"])
            )
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


def add_passages(database: Database, job: Job, first: int, texts: Sequence[str]) -> bool:
    """Store passages of a file; false when it was detached or cancelled meanwhile."""
    with database.write() as connection:
        if _current(database, job) is None:
            return False
        connection.executemany(
            "INSERT INTO passages (store_file, position, text) VALUES (?, ?, ?)",
            [(job.seq, first + index, text) for index, text in enumerate(texts)],
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
        _save_file(connection, body)


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
