"""One connection to the account's file, shared by the event loop and the indexing threads.

Every write is a transaction that is committed before the caller goes on. The journal is WAL with
``synchronous=NORMAL``: a killed process loses no committed write.
"""

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from asstctl.emulator.store.bucket import Bucket
from asstctl.emulator.store.database import Row, UnwritableError, claiming
from asstctl.emulator.store.sqlite.peers import SqlitePeers
from asstctl.emulator.store.sqlite.schema import APPLICATION_ID, MIGRATIONS, VERSION
from asstctl.emulator.store.sqlite.text import SqliteText
from asstctl.emulator.store.sqlite.vectors import SqliteVectors, compare_vectors
from asstctl.emulator.text import grams
from asstctl.errors import AsstctlError

_BUSY_MS = 10_000
_ROOM = 64 * 1024
"""Bytes. What the smallest write to a database takes, and some more."""

Connection = sqlite3.Connection


class SqliteDatabase:
    """One file; a lock makes it safe to use from several threads."""

    has_pair = "EXISTS (SELECT 1 FROM json_each(body, '$.metadata') WHERE key = ? AND value = ?)"

    def __init__(self, path: Path | None) -> None:
        self.text = SqliteText(self.rows)
        self.vectors = SqliteVectors(self.rows)
        self.bucket: Bucket | None = None
        self.peers = SqlitePeers()
        self._path = path
        self._lock = threading.RLock()
        self._connection = _connect(path)

    def close(self) -> None:
        """Leave the peers, and close the file; further use is an error."""
        self.peers.leave()
        with self._lock:
            self._connection.close()

    @property
    def bytes(self) -> int:
        """How large the account is."""
        row = self.row(
            "SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size"
        )
        return int(row["n"]) if row else 0

    def number(self, field: str, body: str = "body") -> str:
        """Give the expression for a number in a JSON object."""
        return f"json_extract({body}, '$.{field}')"

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a query and give all its rows."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Run a query and give its first row."""
        with self._lock:
            found: Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def claim(
        self, table: str, owner: str, statuses: Sequence[str], others: Sequence[str]
    ) -> list[Row]:
        """Make the rows of other owners an owner's, in a transaction."""
        with self.write():
            return self.rows(*claiming(table, owner, statuses, others))

    def compact(self) -> None:
        """Give unused room back to the disk where it is a quarter of the file or more.

        Everybody waits meanwhile. Nothing is done while another process uses the account, or when
        the disk has no room for the copy that it takes.
        """
        pages = self.row(
            "SELECT page_count AS used, freelist_count AS unused "
            "FROM pragma_page_count, pragma_freelist_count"
        )
        if pages is None or pages["unused"] * 4 < pages["used"]:
            return
        with self._lock, suppress(sqlite3.OperationalError):
            self._connection.execute("VACUUM")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold a write transaction: committed at the end, rolled back on any exception.

        Nested use joins the outer transaction, so that small functions can be put together.
        Raises UnwritableError when the disk is full.
        """
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            try:
                with _transaction(self._connection):
                    yield self._connection
            except sqlite3.Error as error:
                if (trouble := _trouble(error, self._path)) is not None:
                    raise UnwritableError(trouble) from error
                raise


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connect(path: Path | None) -> Connection:
    name = ":memory:" if path is None else str(path)
    try:
        if path is not None:
            _create_private(path)
        connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise AsstctlError(
            f"cannot open the local account {name}",
            why=str(error),
            fix="Check that the folder exists and is yours to write to.",
        ) from error
    try:
        connection.row_factory = sqlite3.Row
        _prepare(connection, name)
    except sqlite3.Error as error:
        connection.close()
        if (trouble := _trouble(error, path)) is not None:
            raise AsstctlError(
                f"cannot write the local account {name}",
                why=trouble,
                fix="Make room on that disk, or name another path.",
            ) from error
        if "fts5" in str(error):
            raise AsstctlError(
                "this Python's SQLite cannot search text",
                why="It was built without the FTS5 extension, which the local account needs.",
                fix="Use another build of Python, such as the one from python.org.",
            ) from error
        raise AsstctlError(
            f"cannot read the local account {name}",
            why=str(error),
            fix="Name another path: this file is not an account, or it is damaged.",
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _trouble(error: sqlite3.Error, path: Path | None) -> str | None:
    """Why the system does not let us write, when that is behind an error of the database.

    SQLite calls a full disk an "I/O error" as often as not, so it is tried out.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if path is None or code not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return None
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(_ROOM))
            file.flush()
    except OSError as reason:
        return reason.strerror or str(reason)
    return str(error) if code == sqlite3.SQLITE_FULL else None


def _create_private(path: Path) -> None:
    """Make the file readable by its owner only: it holds conversations and documents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare(connection: Connection, name: str) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_function("pairs_of", 1, grams.indexed, deterministic=True)
    compare_vectors(connection)
    version = _version(connection, name)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version < VERSION:
        _migrate(connection, name)


def _version(connection: Connection, name: str) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if tables and mark != APPLICATION_ID:
        raise AsstctlError(
            f"{name} is a database, but not a local account",
            why="It was made by another program.",
            fix="Name another path for the account.",
        )
    if version > VERSION:
        raise AsstctlError(
            f"the local account {name} was written by a newer asstctl",
            why=f"Its format is {version}; this version knows formats up to {VERSION}.",
            fix="Upgrade asstctl, or name another path.",
        )
    return version


def _migrate(connection: Connection, name: str) -> None:
    """Bring a file to the newest version, whole or not at all; a new one starts at version 0."""
    with _transaction(connection):
        # Another process may have done it while we waited for the lock.
        for script in MIGRATIONS[_version(connection, name) :]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> Iterator[str]:
    """Split a script; ``executescript`` would commit the transaction that we hold."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
