"""The processes that share an account on a server.

Each holds a lock on a connection of its own for as long as it lives: the server lets go of it when
the process dies, wherever that ran. What they tell each other goes by LISTEN and NOTIFY.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from asstctl.emulator.store.database import Row, UnreachableError
from asstctl.emulator.store.owner import new_owner
from asstctl.emulator.store.postgres.failures import translated
from asstctl.emulator.store.postgres.session import connect

_LOCK = 1095980879
_LISTEN_SECONDS = 10
_AGAIN_SECONDS = 0.5
_RETURN_SECONDS = 10
"""After the server was away: how long others have to come back before they count as dead."""

# The server notices within half a minute when the machine of a process is gone.
_KEEPALIVES = b"""
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3
"""
_HELD = f"""
SELECT CAST(objid AS bigint) AS number FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = {_LOCK}
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 - an own number


class PostgresPeers:
    """Who is alive, by the locks of the server, and what they tell each other."""

    def __init__(self, url: str, rows: Callable[[str, Sequence[Any]], list[Row]]) -> None:
        self._url = url
        self._rows = rows
        self._heard: Callable[[str | None], object] = _ignore
        self._left = threading.Event()
        self._thread: threading.Thread | None = None
        self._came_back = float("-inf")

    def join(self) -> str:
        """Take the lock of a new name, and begin to listen, in a thread."""
        self._owner = new_owner()
        with translated(self._url):
            self._connection = self._enter()
        self._thread = threading.Thread(target=self._listen, name="asstctl-peers", daemon=True)
        self._thread.start()
        return self._owner

    def leave(self) -> None:
        """Let go of the lock, and listen no more; nothing where `join` was not called."""
        if self._thread is None:
            return
        self._left.set()
        self.tell("")  # wakes the thread up
        self._thread.join(timeout=_LISTEN_SECONDS)
        self._connection.close()

    def is_alive(self, owner: str) -> bool:
        """Tell whether its lock is held.

        While we have none ourselves the server was away, and the others may be on their way too.
        """
        held = {row["number"] for row in self._rows(_HELD, ())}
        if _number(owner) in held:
            return True
        away = _number(self._owner) not in held
        return away or time.monotonic() - self._came_back < _RETURN_SECONDS

    def hear(self, heard: Callable[[str | None], object]) -> None:
        """Have what is told handed on."""
        self._heard = heard

    def tell(self, message: str) -> None:
        """Notify all, at once or with the commit of the transaction that is held."""
        with suppress(UnreachableError):  # a gap, which everybody gets to know of
            self._rows("SELECT 1 FROM (SELECT pg_notify(?, ?)) t", (self._channel, message))

    def _enter(self) -> psycopg.Connection[DictRow]:
        connection = connect(self._url)
        try:
            self._introduce(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: psycopg.Connection[DictRow]) -> None:
        connection.execute(_KEEPALIVES)
        schema = connection.execute("SELECT current_schema() AS name").fetchone()
        name = str(schema["name"]) if schema else ""
        # Names of channels are short, and one for all schemas of a database.
        self._channel = f"asstctl_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        connection.execute(
            "SELECT 1 FROM (SELECT pg_advisory_lock(%s, %s)) t",
            (_LOCK, _signed(_number(self._owner))),
        )

    def _listen(self) -> None:
        while not self._left.is_set():
            try:
                for notice in self._connection.notifies(timeout=_LISTEN_SECONDS):
                    if self._left.is_set():
                        return
                    if notice.payload:
                        self._heard(notice.payload)
            except psycopg.Error:
                self._come_back()

    def _come_back(self) -> None:
        """Connect again, as soon as the server lets us."""
        self._connection.close()
        while not self._left.wait(_AGAIN_SECONDS):
            with suppress(psycopg.Error):
                self._came_back = time.monotonic()
                self._connection = self._enter()
                self._heard(None)
                return


def _ignore(_: str | None) -> None:
    """Nobody hears yet."""


def _number(owner: str) -> int:
    return int(owner.rpartition(":")[2], 16)


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
