"""File content: rows of up to one MiB, written as they arrive and read as they are asked for.

A blob that nothing refers to is an upload that was broken off. It stays until `sweep`, because
another process may be in the middle of writing it.
"""

import io
import secrets
from collections.abc import Iterator

from asstctl.emulator.store.database import Connection, Database

CHUNK_BYTES = 1024 * 1024
_ABANDONED_AFTER_SECONDS = 6 * 3600
_ID_BITS = 62
"""Of a blob's id: by chance, so that nobody has to ask the database for the next one."""


class BlobWriter:
    """Takes bytes in pieces of any size; each full chunk is committed at once."""

    def __init__(self, database: Database, now: float) -> None:
        self._database = database
        self._buffer = bytearray()
        self._position = 0
        self.size = 0
        self.id = secrets.randbits(_ID_BITS)
        with database.write() as connection:
            connection.execute(
                "INSERT INTO blobs (id, created_at, bytes) VALUES (?, ?, 0)", (self.id, now)
            )

    def feed(self, data: bytes) -> bool:
        """Buffer data; true when `flush` has a full chunk to write."""
        self._buffer += data
        self.size += len(data)
        return len(self._buffer) >= CHUNK_BYTES

    def flush(self) -> None:
        """Write what is buffered, in chunks."""
        with self._database.write() as connection:
            while self._buffer:
                chunk = bytes(self._buffer[:CHUNK_BYTES])
                del self._buffer[:CHUNK_BYTES]
                connection.execute(
                    "INSERT INTO blob_chunks (blob_id, position, data) VALUES (?, ?, ?)",
                    (self.id, self._position, chunk),
                )
                self._position += 1
            connection.execute("UPDATE blobs SET bytes = ? WHERE id = ?", (self.size, self.id))

    def discard(self) -> None:
        """Remove everything written."""
        with self._database.write() as connection:
            remove(connection, self.id)


class FileReader(io.RawIOBase):
    """A seekable stream over a file's blobs that holds one chunk in memory."""

    def __init__(self, database: Database, file_id: str) -> None:
        super().__init__()
        self._database = database
        self._chunks: list[tuple[int, int, int, int]] = []
        self._held: tuple[int, bytes] | None = None
        self._at = 0
        start = 0
        for blob_id, position, length in _layout(database, file_id):
            self._chunks.append((start, length, blob_id, position))
            start += length
        self.size = start

    def readable(self) -> bool:
        """Always true, as `io.RawIOBase` asks."""
        return True

    def seekable(self) -> bool:
        """Always true, as `io.RawIOBase` asks."""
        return True

    def tell(self) -> int:
        """Give the position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; a position before the start is the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Read up to the end of the current chunk."""
        index = self._find(self._at)
        if index is None:
            return 0
        start, length, _, _ = self._chunks[index]
        inside = self._at - start
        data = self._load(index)[inside : inside + min(len(target), length - inside)]
        target[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _find(self, at: int) -> int | None:
        low, high = 0, len(self._chunks)
        while low < high:
            middle = (low + high) // 2
            start, length, _, _ = self._chunks[middle]
            if at < start:
                high = middle
            elif at >= start + length:
                low = middle + 1
            else:
                return middle
        return None

    def _load(self, index: int) -> bytes:
        if self._held is None or self._held[0] != index:
            _, _, blob_id, position = self._chunks[index]
            row = self._database.row(
                "SELECT data FROM blob_chunks WHERE blob_id = ? AND position = ?",
                (blob_id, position),
            )
            if row is None:
                raise FileNotFoundError("the file was deleted while it was being read")
            self._held = (index, bytes(row["data"]))
        return self._held[1]


def _layout(database: Database, file_id: str) -> Iterator[tuple[int, int, int]]:
    rows = database.rows(
        "SELECT c.blob_id, c.position, length(c.data) AS bytes FROM file_blobs f "
        "JOIN blob_chunks c ON c.blob_id = f.blob_id WHERE f.file_id = ? "
        "ORDER BY f.position, c.position",
        (file_id,),
    )
    for row in rows:
        yield row["blob_id"], row["position"], row["bytes"]


def attach(connection: Connection, file_id: str, blob_ids: list[int]) -> None:
    """Make a file the blobs in this order."""
    connection.executemany(
        "INSERT INTO file_blobs (file_id, position, blob_id) VALUES (?, ?, ?)",
        [(file_id, position, blob_id) for position, blob_id in enumerate(blob_ids)],
    )


def remove(connection: Connection, blob_id: int) -> None:
    """Delete a blob and its chunks."""
    connection.execute("DELETE FROM blobs WHERE id = ?", (blob_id,))


def remove_of_file(connection: Connection, file_id: str) -> None:
    """Delete the content of a file."""
    blobs = connection.execute("SELECT blob_id FROM file_blobs WHERE file_id = ?", (file_id,))
    blob_ids = [row["blob_id"] for row in blobs.fetchall()]
    connection.execute("DELETE FROM file_blobs WHERE file_id = ?", (file_id,))
    for blob_id in blob_ids:
        remove(connection, blob_id)


def sweep(database: Database, now: float) -> None:
    """Delete the blobs of uploads that were broken off long ago."""
    with database.write() as connection:
        connection.execute(
            "DELETE FROM blobs WHERE created_at < ? AND id NOT IN (SELECT blob_id FROM file_blobs)"
            " AND id NOT IN (SELECT blob_id FROM upload_parts)",
            (now - _ABANDONED_AFTER_SECONDS,),
        )
