"""The processes that have one file open: they are known by their pid, and tell each other nothing.

A process on this machine is dead when its pid is free or was given to another process since. One on
another machine is taken to be alive: its runs expire by themselves.
"""

import os
import socket
from collections.abc import Callable

from asstctl.emulator.store.owner import new_owner, started

_live: set[str] = set()


class SqlitePeers:
    """Who is alive, by the system's list of processes.

    Each finds out what another did when it reads or writes next.
    """

    def __init__(self) -> None:
        self._owners: set[str] = set()

    def join(self) -> str:
        """Make a name that counts as alive until `leave`."""
        owner = new_owner()
        self._owners.add(owner)
        _live.add(owner)
        return owner

    def leave(self) -> None:
        """Count as dead."""
        _live.difference_update(self._owners)

    def is_alive(self, owner: str) -> bool:
        """Tell whether it may still be working."""
        host, pid, start, _ = owner.rsplit(":", 3)
        if host != socket.gethostname():
            return True
        if int(pid) == os.getpid() and start == started(os.getpid()):
            return owner in _live
        return _exists(int(pid)) and start in {started(int(pid)), "-"}

    def hear(self, heard: Callable[[str | None], object]) -> None:
        """Do nothing: nobody tells."""

    def tell(self, message: str) -> None:
        """Do nothing: nobody hears."""


def _exists(pid: int) -> bool:
    if os.name == "nt":  # there, signal 0 is not a question
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
