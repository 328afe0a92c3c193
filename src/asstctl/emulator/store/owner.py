"""The name of a process that has an account open, and the orphaned work that it takes over.

An owner is written as ``host:pid:start:token``: ``start`` is when the process began, and within one
process, the token tells the accounts apart.
"""

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from asstctl.emulator.store.database import Database, Row, place_marks


def started(pid: int) -> str:
    """Give the start time of a process in kernel ticks where the system tells it, else ``-``."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "-"
    return stat.rpartition(")")[2].split()[19]


def new_owner() -> str:
    """Make a name for this process."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{started(pid)}:{secrets.token_hex(4)}"


def adopt(database: Database, table: str, statuses: Sequence[str], owner: str) -> list[Row]:
    """Take over what dead processes left in these states; each piece goes to one process.

    Gives the rows, oldest first, in the state in which they were left.
    """
    found = database.rows(
        f"SELECT DISTINCT owner FROM {table} WHERE status IN ({place_marks(statuses)})",  # noqa: S608
        statuses,
    )
    owners = [row["owner"] for row in found if row["owner"] != owner]
    dead = [other for other in owners if not database.peers.is_alive(other)]
    if not dead:
        return []
    return sorted(database.claim(table, owner, statuses, dead), key=lambda row: int(row["seq"]))


class Neglected:
    """The work of a live process that nobody is at, in some states of a table.

    A commit whose answer was lost leaves it: the one who asked for it was told that it failed.
    """

    def __init__(
        self, database: Database, table: str, statuses: Sequence[str], columns: str
    ) -> None:
        self._database = database
        self._sql = (
            f"SELECT seq, owner, {columns} FROM {table} "  # noqa: S608 - own names
            f"WHERE status IN ({place_marks(statuses)}) AND owner = ? ORDER BY seq"
        )
        self._statuses = statuses
        self._seen: set[int] = set()

    def look(self, owner: str, is_at: Callable[[Row], bool]) -> list[Row]:
        """Give the ``columns`` of what nobody is at, and nobody was at the last look.

        Twice, because one look may come just between a task and what is written after it.
        """
        rows = self._database.rows(self._sql, (*self._statuses, owner))
        idle = {row["seq"]: row for row in rows if not is_at(row)}
        found = [row for seq, row in idle.items() if seq in self._seen]
        self._seen = set(idle)
        return found
