"""The name of a process that has an account open, and the orphaned work that it takes over.

An owner is written as ``host:pid:start:token``: ``start`` is when the process began, and within one
process, the token tells the accounts apart.
"""

import os
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

from asstctl.emulator.store.database import Database, Row


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
    marks = ", ".join("?" for _ in statuses)
    found = database.rows(
        f"SELECT DISTINCT owner FROM {table} WHERE status IN ({marks})",  # noqa: S608 - own names
        statuses,
    )
    owners = [row["owner"] for row in found if row["owner"] != owner]
    dead = [other for other in owners if not database.peers.is_alive(other)]
    if not dead:
        return []
    return sorted(database.claim(table, owner, statuses, dead), key=lambda row: int(row["seq"]))
