"""One connection to the server, and what is understood by a statement."""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from asstctl.emulator.store.postgres.failures import is_lost
from asstctl.emulator.store.postgres.reals import Reals, RealsDumper

_PAUSE_SECONDS = 1
_DEFAULTS = {
    "application_name": "asstctl",
    "connect_timeout": 3,
    "keepalives_idle": 30,
    "tcp_user_timeout": 20_000,
}
_SETTINGS = b"""
SET client_encoding = 'UTF8';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '3s'
"""
"""A process that stands still in a transaction, which has no reason to, holds up all others, health
checks included: the server ends it long before they would have to give up.
"""

Result = psycopg.Cursor[DictRow]


class Session:
    """A connection that is made again where the server has closed it; ``lock`` is for its user."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.lock = threading.RLock()
        self._connection = connect(url)
        self._refused: tuple[float, psycopg.Error] | None = None

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run a statement, where ``?`` stands for a parameter."""
        storable = tuple(map(_storable, parameters))
        return self._connection.execute(_translated(sql), storable, binary=True)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_translated(sql), [tuple(map(_storable, row)) for row in parameters])

    def command(self, sql: str) -> None:
        """Run statements without parameters, in one message."""
        self._connection.execute(sql.encode())

    def again(self, error: psycopg.Error) -> None:
        """Connect again when that is what an error asks for; else raise it.

        Everybody waits meanwhile, so it is not tried again right after it failed.
        """
        if not is_lost(error):
            raise error
        if self._refused is not None and time.monotonic() < self._refused[0]:
            raise self._refused[1]
        self._connection.close()
        try:
            self._connection = connect(self._url)
        except psycopg.Error as refused:
            self._refused = time.monotonic() + _PAUSE_SECONDS, refused
            raise
        self._refused = None


def connect(url: str) -> psycopg.Connection[DictRow]:
    """Open a connection that commits each statement."""
    given = psycopg.conninfo.conninfo_to_dict(url)
    connection = psycopg.connect(
        url,
        autocommit=True,
        row_factory=dict_row,
        **{name: value for name, value in _DEFAULTS.items() if name not in given},  # type: ignore[arg-type]
    )
    connection.adapters.register_dumper(Reals, RealsDumper)
    connection.execute(_SETTINGS)
    return connection


def _translated(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _storable(value: Any) -> Any:
    """Give a value as PostgreSQL takes it: its text has no U+0000, its integers are no booleans."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    return int(value) if isinstance(value, bool) else value
