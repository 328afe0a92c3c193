"""An account in a PostgreSQL database: one connection to read, one to write, one for its peers.

A transaction begins with a lock that all of them take, of any process: what was checked in it holds
until its end, as on SQLite. Readers never wait: they see what was committed last.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from asstctl.emulator.store.bucket import Bucket
from asstctl.emulator.store.database import Row, UnwritableError, claiming
from asstctl.emulator.store.postgres.failures import is_lost, name_of, told, translated
from asstctl.emulator.store.postgres.peers import PostgresPeers
from asstctl.emulator.store.postgres.schema import FORMAT, MIGRATIONS, VERSION
from asstctl.emulator.store.postgres.session import Session
from asstctl.emulator.store.postgres.text import PostgresText
from asstctl.emulator.store.postgres.vectors import PostgresVectors, compares_vectors
from asstctl.errors import AsstctlError

# Read committed whatever the server's default is: with an older snapshot the lock would be worth
# nothing. The second number of the lock is the schema's, so that accounts do not wait for others.
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; "
    "SELECT pg_advisory_xact_lock(1095980884, hashtext(current_schema()))"
)
_STATE = f"""
SELECT current_schema() AS schema, current_setting('server_encoding') AS encoding,
  count(*) FILTER (WHERE c.relname = '{FORMAT}') AS format,
  count(*) FILTER (WHERE c.relkind = 'r' AND d.objid IS NULL) AS tables
FROM pg_class c LEFT JOIN pg_depend d
  ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"""  # noqa: S608 - an own name


class PostgresDatabase:
    """A database on a server, which may serve several processes at the same time."""

    has_pair = "json_of(body) -> 'metadata' ->> CAST(? AS text) = ?"

    def __init__(self, url: str) -> None:
        self.bucket: Bucket | None = None
        self._url = url
        self._name = name_of(url)
        self._writing_thread: int | None = None
        try:
            self._reading, self._writing = _sessions(url)
        except psycopg.Error as error:
            raise AsstctlError(
                f"cannot open the account in {self._name}",
                why=told(error, url),
                fix="Check host, database and user. The password is taken from the address, "
                "PGPASSWORD or ~/.pgpass.",
            ) from error
        self.text = PostgresText(self.rows)
        self.peers = PostgresPeers(url, self.rows)
        try:
            self._migrate()
            with translated(url):
                compares = compares_vectors(self._writing)
            self.vectors = PostgresVectors(self.rows, compares=compares)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the peers, and close the connections; further use is an error."""
        self.peers.leave()
        self._reading.close()
        self._writing.close()

    @property
    def bytes(self) -> int:
        """How large the database is."""
        row = self.row("SELECT pg_database_size(current_database()) AS n")
        return int(row["n"]) if row else 0

    def number(self, field: str, body: str = "body") -> str:
        """Give the expression for a number in a JSON object."""
        return f"CAST(json_of({body}) ->> '{field}' AS numeric)"

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a query and give all its rows."""
        with translated(self._url):
            if self._writing_thread == threading.get_ident():
                return [*self._writing.execute(sql, parameters)]
            with self._reading.lock:
                try:
                    return [*self._reading.execute(sql, parameters)]
                except psycopg.Error as error:
                    self._reading.again(error)
                    return [*self._reading.execute(sql, parameters)]

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Run a query and give its first row."""
        return next(iter(self.rows(sql, parameters)), None)

    def claim(
        self, table: str, owner: str, statuses: Sequence[str], others: Sequence[str]
    ) -> list[Row]:
        """Make the rows of other owners an owner's: those that nobody writes or claims now."""
        skip = " FOR UPDATE SKIP LOCKED"
        return self.rows(*claiming(table, owner, statuses, others, skip))

    def compact(self) -> None:
        """Do nothing: the server's autovacuum does it all the time."""

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Hold a write transaction: committed at the end, rolled back on any exception."""
        with self._writing.lock, translated(self._url):
            if self._writing_thread is not None:
                yield self._writing
                return
            self._begin()
            self._writing_thread = threading.get_ident()
            try:
                yield self._writing
                self._writing.command("COMMIT")
            except BaseException as error:
                self._give_up(error)
                raise
            finally:
                self._writing_thread = None

    def _begin(self) -> None:
        try:
            self._writing.command(_BEGIN)
        except psycopg.Error as error:
            self._give_up(error)
            self._writing.again(error)
            self._writing.command(_BEGIN)

    def _give_up(self, error: BaseException) -> None:
        """Roll back. A connection that is lost is made again by the next transaction."""
        with suppress(psycopg.Error):
            self._writing.command("ROLLBACK")
        if is_lost(error):
            self._writing.close()

    def _migrate(self) -> None:
        """Bring a database to the newest version, whole or not at all; a new one is at none."""
        try:
            with self.write() as connection:
                version = self._version()
                for script in MIGRATIONS[version:]:
                    self._writing.command(script)
                # Also when there is nothing to do, so that one that cannot be written is told now.
                connection.execute(f"UPDATE {FORMAT} SET version = ?", (VERSION,))  # noqa: S608
        except UnwritableError as error:
            raise AsstctlError(
                f"cannot write the account in {self._name}",
                why=f"{error}.",
                fix="Give its user the right to write and to make tables there, or name another "
                "database.",
            ) from error

    def _version(self) -> int:
        state = self.row(_STATE)
        assert state is not None
        if state["encoding"] != "UTF8" or state["schema"] is None:
            raise AsstctlError(
                f"the database {self._name} cannot hold an account",
                why=f"Its encoding is {state['encoding']}."
                if state["schema"]
                else "It has no schema that its user may use.",
                fix="Make one with: createdb --encoding UTF8 --template template0 NAME",
            )
        if not state["format"]:
            if state["tables"]:
                raise AsstctlError(
                    f"{self._name} is a database, but not an account",
                    why="Its tables were made by another program.",
                    fix="Name another database for the account, an empty one.",
                )
            return 0
        row = self.row(f"SELECT version FROM {FORMAT}")  # noqa: S608 - an own name
        version = int(row["version"]) if row else 0
        if version > VERSION:
            raise AsstctlError(
                f"the account in {self._name} was written by a newer asstctl",
                why=f"Its format is {version}; this version knows formats up to {VERSION}.",
                fix="Upgrade asstctl, or name another database.",
            )
        return version


def _sessions(url: str) -> tuple[Session, Session]:
    reading = Session(url)
    try:
        return reading, Session(url)
    except BaseException:
        reading.close()
        raise
