"""Uploaded files and multi-part uploads."""

from collections.abc import Iterable

from asstctl.emulator.ids import new_id
from asstctl.emulator.store import blobs, vectors
from asstctl.emulator.store.collections import FILES, UPLOAD_PARTS, UPLOADS, Body, decode
from asstctl.emulator.store.database import Connection, Database, place_marks

PREFIX = "file-"
_UPLOAD_SECONDS = 3600
_BATCH_FILES_EXPIRE_AFTER = 30 * 24 * 3600


def create(
    connection: Connection,
    now: int,
    file_id: str,
    *,
    filename: str,
    purpose: str,
    size: int,
    blob_ids: list[int],
    expires_after: int | None,
) -> Body:
    """Add a file whose content is already written."""
    if expires_after is None and purpose == "batch":
        expires_after = _BATCH_FILES_EXPIRE_AFTER
    file: Body = {
        "id": file_id,
        "object": "file",
        "bytes": size,
        "created_at": now,
        "filename": filename,
        "purpose": purpose,
        "status": "processed",
    }
    if expires_after is not None:
        file["expires_at"] = now + expires_after
    FILES.insert(connection, file, purpose=purpose, expires_at=file.get("expires_at"))
    blobs.attach(connection, file["id"], blob_ids)
    return file


def delete(connection: Connection, file_id: str) -> bool:
    """Remove a file, its content, and its place in every vector store."""
    vectors.detach_everywhere(connection, file_id)
    blobs.remove_of_file(connection, file_id)
    return FILES.delete(connection, file_id)


def expire(database: Database, now: float) -> None:
    """Delete the files whose ``expires_at`` has passed."""
    due = database.rows("SELECT id FROM files WHERE expires_at <= ?", (now,))
    if due:
        with database.write() as connection:
            for row in due:
                delete(connection, row["id"])


def filenames(database: Database, file_ids: Iterable[str]) -> dict[str, str]:
    """Map the ids that exist to the names of their files."""
    unique_ids = list(dict.fromkeys(file_ids))
    found: dict[str, str] = {}
    for start in range(0, len(unique_ids), 500):
        part = unique_ids[start : start + 500]
        marks = place_marks(part)
        rows = database.rows(f"SELECT id, body FROM files WHERE id IN ({marks})", part)  # noqa: S608
        found |= {row["id"]: decode(row["body"])["filename"] for row in rows}
    return found


def create_upload(
    connection: Connection, now: int, fields: Body, expires_after: int | None
) -> Body:
    """Begin an upload in parts."""
    upload = {
        "id": new_id("upload_"),
        "object": "upload",
        "bytes": fields["bytes"],
        "created_at": now,
        "expires_at": now + _UPLOAD_SECONDS,
        "filename": fields["filename"],
        "purpose": fields["purpose"],
        "status": "pending",
        "_expires_after": expires_after,
    }
    UPLOADS.insert(connection, upload)
    return upload


def upload_state(upload: Body, now: float) -> Body:
    """Give an upload as it is now: a pending one expires after an hour."""
    if upload["status"] == "pending" and now >= upload["expires_at"]:
        return upload | {"status": "expired"}
    return upload


def show_upload(upload: Body) -> Body:
    """Give an upload as the wire shows it."""
    return {name: value for name, value in upload.items() if not name.startswith("_")}


def add_part(connection: Connection, upload_id: str, blob_id: int, now: int) -> Body:
    """Add a part whose content is already written."""
    part = {
        "id": new_id("part_"),
        "object": "upload.part",
        "created_at": now,
        "upload_id": upload_id,
    }
    UPLOAD_PARTS.insert(connection, part, upload_id=upload_id, blob_id=blob_id)
    return part


def end_upload(connection: Connection, upload: Body, keep: Iterable[int] = ()) -> None:
    """Record the end of an upload and delete the parts that no file uses."""
    kept = set(keep)
    rows = connection.execute(
        "SELECT blob_id FROM upload_parts WHERE upload_id = ?", (upload["id"],)
    ).fetchall()
    connection.execute("DELETE FROM upload_parts WHERE upload_id = ?", (upload["id"],))
    for row in rows:
        if row["blob_id"] not in kept:
            blobs.remove(connection, row["blob_id"])
    UPLOADS.save(connection, upload)
