"""Vector stores, the files in them, and file batches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asstctl.emulator.ids import new_id
from asstctl.emulator.store.collections import (
    BATCHES,
    STORE_FILES,
    VECTOR_STORES,
    Body,
    decode,
    encode,
)
from asstctl.emulator.store.database import Connection, Database, place_marks

_DAY = 24 * 3600
_STATES = ("in_progress", "completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be attached, with what it is attached with."""

    file_id: str
    chunking: Body
    attributes: Body | None


def create(
    connection: Connection,
    now: int,
    store_id: str | None = None,
    *,
    name: str = "",
    metadata: Body | None = None,
    expires_after: Body | None = None,
) -> Body:
    """Add an empty store."""
    store = {
        "id": store_id or new_id("vs_"),
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
    """Give when a store expires if it is not used until then, in seconds since 1970."""
    policy = store["expires_after"]
    return store["last_active_at"] + policy["days"] * _DAY if policy else None


def is_expired(store: Body, now: float) -> bool:
    """Tell whether the store has not been used for as long as its policy allows."""
    end = expires_at(store)
    return end is not None and now >= end


def touch(connection: Connection, database: Database, store_id: str, now: int) -> None:
    """Record that a store was used now: its expiry is counted from there."""
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
    marks = place_marks(keys)
    rows = database.rows(
        f"SELECT {column} AS key, status, count(*) AS n, "  # noqa: S608 - own names
        f"sum({database.number('usage_bytes')}) AS usage FROM store_files "
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

    Idempotent: a file that is there already keeps its passages and takes new attributes if there
    are any; one that failed or was cancelled is indexed again.
    """
    started = []
    for entry in entries:
        existing = STORE_FILES.find(database, entry.file_id, store_id=store_id)
        if existing and existing["status"] in {"completed", "in_progress"}:
            attributes = existing["attributes"] if entry.attributes is None else entry.attributes
            save_file(connection, existing | {"attributes": attributes}, batch_id=batch_id)
            continue
        if existing:
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


def save_file(connection: Connection, body: Body, **columns: object) -> None:
    """Replace a store file; a column that is None is kept."""
    values: Body = {"body": encode(body), "status": body["status"]}
    values |= {name: value for name, value in columns.items() if value is not None}
    STORE_FILES.set(connection, body["id"], {"store_id": body["vector_store_id"]}, **values)


def set_attributes(connection: Connection, body: Body, attributes: Body) -> Body:
    """Replace the attributes of a store file."""
    body = body | {"attributes": attributes}
    save_file(connection, body)
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
        save_file(connection, body)
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
