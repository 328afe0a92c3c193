"""Which process works on a run or a file: orphaned work of a dead process can be found.

An owner is written as ``host:pid:start:token``. A process on this machine is dead when its pid is
free or was given to another process since (``start``); within one process, the token tells the
accounts apart. An owner on another machine is taken to be alive: its runs expire by themselves.
"""

import os
import secrets
import socket
from pathlib import Path

_live: set[str] = set()


def _started(pid: int) -> str:
    """Give the start time of a process in kernel ticks where the system tells it, else ``-``."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "-"
    return stat.rpartition(")")[2].split()[19]


def claim() -> str:
    """Make the name under which an account works, and count it as alive until `release`."""
    pid = os.getpid()
    owner = f"{socket.gethostname()}:{pid}:{_started(pid)}:{secrets.token_hex(4)}"
    _live.add(owner)
    return owner


def release(owner: str) -> None:
    """Count the account as dead: its unfinished work may be adopted."""
    _live.discard(owner)


def is_alive(owner: str) -> bool:
    """Tell whether the account that calls itself ``owner`` may still be working."""
    host, pid, start, _ = owner.rsplit(":", 3)
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid() and start == _started(os.getpid()):
        return owner in _live
    return _exists(int(pid)) and start in {_started(int(pid)), "-"}


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
