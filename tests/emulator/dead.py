"""A process that worked on an account and is no more."""

import subprocess
import sys

from asstctl.emulator.store.owner import new_owner


def dead_owner() -> str:
    """Give the name under which a process that has ended would have worked."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = new_owner().split(":")
    dead[1:3] = [str(gone.pid), "1"]
    return ":".join(dead)
