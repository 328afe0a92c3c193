"""File content: pieces of up to one MiB, written as they arrive and read as they are asked for.

They are rows of the database, or objects of the account's bucket. A blob that nothing refers to is
an upload that was broken off. It stays until `sweep`, because another process may be in the middle
of writing it. What is in a bucket is known by its blob's row, which goes last.
"""

import io
import secrets
from bisect import bisect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate

from asstctl.emulator.store.database import BucketError, Connection, Database
from asstctl.errors import AsstctlError

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
                "INSERT INTO blobs (id, created_at, bytes, bucket) VALUES (?, ?, 0, ?)",
                (self.id, now, database.bucket.url if database.bucket else None),
            )

    def feed(self, data: bytes) -> bool:
        """Buffer data; true when `flush` has a full piece to write."""
        self._buffer += data
        self.size += len(data)
        return len(self._buffer) >= CHUNK_BYTES

    def flush(self, *, last: bool = False) -> None:
        """Write the full pieces of what is buffered; at the end, the ``last`` one as well."""
        pieces = []
        while len(self._buffer) >= CHUNK_BYTES or (last and self._buffer):
            pieces.append(bytes(self._buffer[:CHUNK_BYTES]))
            del self._buffer[:CHUNK_BYTES]
        bucket = self._database.bucket
        places = enumerate(pieces, self._position)
        self._position += len(pieces)
        if bucket is not None:
            for position, piece in places:
                bucket.put(self.id, position, piece)
        with self._database.write() as connection:
            if bucket is None:
                connection.executemany(
                    "INSERT INTO blob_chunks (blob_id, position, data) VALUES (?, ?, ?)",
                    [(self.id, position, piece) for position, piece in places],
                )
            written = self.size - len(self._buffer)
            connection.execute("UPDATE blobs SET bytes = ? WHERE id = ?", (written, self.id))

    def discard(self) -> None:
        """Remove everything written."""
        with self._database.write() as connection:
            remove(connection, self.id)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where a part of some content is."""

    blob_id: int
    position: int
    size: int
    in_bucket: bool


class FileReader(io.RawIOBase):
    """A seekable stream over a file's blobs that holds one piece in memory."""

    def __init__(self, database: Database, file_id: str) -> None:
        super().__init__()
        self._database = database
        joined = "JOIN file_blobs f ON f.blob_id = b.id WHERE f.file_id = ? ORDER BY f.position"
        self._pieces = list(_layout(database, joined, file_id))
        self._starts = [0, *accumulate(piece.size for piece in self._pieces)]
        self._held: tuple[int, bytes] | None = None
        self._at = 0
        self.size = self._starts.pop()

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
        """Read up to the end of the current piece."""
        if self._at >= self.size:
            return 0
        index = bisect(self._starts, self._at) - 1
        inside = self._at - self._starts[index]
        data = self._load(index)[inside : inside + len(target)]
        target[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _load(self, index: int) -> bytes:
        if self._held is None or self._held[0] != index:
            self._held = (index, _read(self._database, self._pieces[index]))
        return self._held[1]


def _layout(database: Database, joined: str, parameter: object) -> Iterator[_Piece]:
    """Give the pieces of some blobs, in their order; ``joined`` says which, and how they follow."""
    rows = database.rows(
        "SELECT b.id, b.bytes, b.bucket, c.position, length(c.data) AS size "  # noqa: S608
        f"FROM blobs b LEFT JOIN blob_chunks c ON c.blob_id = b.id {joined}, c.position",
        (parameter,),
    )
    for row in rows:
        if row["bucket"] is not None:
            for position, start in enumerate(range(0, row["bytes"], CHUNK_BYTES)):
                size = min(CHUNK_BYTES, row["bytes"] - start)
                yield _Piece(row["id"], position, size, in_bucket=True)
        elif row["position"] is not None:
            yield _Piece(row["id"], row["position"], row["size"], in_bucket=False)


def _read(database: Database, piece: _Piece) -> bytes:
    if piece.in_bucket:
        assert database.bucket is not None, "an account is not opened without its bucket"
        return database.bucket.get(piece.blob_id, piece.position)
    row = database.row(
        "SELECT data FROM blob_chunks WHERE blob_id = ? AND position = ?",
        (piece.blob_id, piece.position),
    )
    if row is None:
        raise FileNotFoundError("the file was deleted while it was being read")
    return bytes(row["data"])


def attach(connection: Connection, file_id: str, blob_ids: list[int]) -> None:
    """Make a file the blobs in this order."""
    connection.executemany(
        "INSERT INTO file_blobs (file_id, position, blob_id) VALUES (?, ?, ?)",
        [(file_id, position, blob_id) for position, blob_id in enumerate(blob_ids)],
    )


def pieces(database: Database, blob_id: int) -> Iterator[bytes]:
    """Give the content of a blob, piece by piece."""
    for piece in _layout(database, "WHERE b.id = ? ORDER BY b.id", blob_id):
        yield _read(database, piece)


def remove(connection: Connection, blob_id: int) -> None:
    """Delete a blob and its content; what is in a bucket is deleted by the next `sweep`."""
    connection.execute("DELETE FROM blobs WHERE id = ? AND bucket IS NULL", (blob_id,))
    connection.execute("UPDATE blobs SET created_at = 0 WHERE id = ?", (blob_id,))


def remove_of_file(connection: Connection, file_id: str) -> None:
    """Delete the content of a file."""
    blobs = connection.execute("SELECT blob_id FROM file_blobs WHERE file_id = ?", (file_id,))
    blob_ids = [row["blob_id"] for row in blobs.fetchall()]
    connection.execute("DELETE FROM file_blobs WHERE file_id = ?", (file_id,))
    for blob_id in blob_ids:
        remove(connection, blob_id)


def sweep(database: Database, now: float) -> None:
    """Delete the blobs of uploads that were broken off long ago, and what a bucket has too much.

    A bucket that does not answer is left for the next time.
    """
    unused = (
        "created_at < ? AND id NOT IN (SELECT blob_id FROM file_blobs)"
        " AND id NOT IN (SELECT blob_id FROM upload_parts)"
    )
    before = now - _ABANDONED_AFTER_SECONDS
    with database.write() as connection:
        connection.execute(f"DELETE FROM blobs WHERE {unused} AND bucket IS NULL", (before,))  # noqa: S608
    if database.bucket is None:
        return
    with suppress(BucketError):
        for row in database.rows(f"SELECT id FROM blobs WHERE {unused}", (before,)):  # noqa: S608
            database.bucket.delete(row["id"])
            with database.write() as connection:
                connection.execute("DELETE FROM blobs WHERE id = ?", (row["id"],))


def check_bucket(database: Database) -> None:
    """Raise AsstctlError when files are in another bucket than the one that the account has."""
    url = database.bucket.url if database.bucket else ""
    row = database.row("SELECT bucket FROM blobs WHERE bucket <> ? LIMIT 1", (url,))
    if row is not None:
        raise AsstctlError(
            f"files of this account are in the bucket {row['bucket']}",
            why=f"The account was opened with the bucket {url}." if url else "None was named.",
            fix=f"Name it: --blobs {row['bucket']}",
        )
