"""The real command on a real terminal: what a person sees, types and interrupts."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from real_command import COMMAND, clean_environment

_PATIENCE = 60.0
"""Seconds until a test gives up. Nothing is measured by it."""

# Only the controlling terminal of a session turns the keys into signals.
_TAKE_TERMINAL = """\
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """One command on a terminal of its own; ``seen`` is all that it has written so far."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self._process = process
        self._ours = ours
        self._written = b""

    @property
    def seen(self) -> str:
        return self._written.decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        """Press keys: ``\\x03`` is Ctrl-C, ``\\r`` Enter."""
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str) -> None:
        """Read until ``text`` stands there."""
        while text not in self.seen:
            assert self._read(), f"it ended without {text!r}:\n{self.seen}"

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self._process.wait(timeout=_PATIENCE)

    def _read(self) -> bool:
        started = time.monotonic()
        ready, _, _ = select.select([self._ours], [], [], _PATIENCE)
        assert ready, f"nothing for {time.monotonic() - started:.0f} s after:\n{self.seen}"
        try:
            chunk = os.read(self._ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            return False
        self._written += chunk
        return bool(chunk)


@contextmanager
def terminal(arguments: Sequence[str], cwd: Path, home: Path, **extra: str) -> Iterator[Terminal]:
    """Start ``asstctl`` on a terminal. It is killed when the test is done with it."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL, *COMMAND, *arguments],
        cwd=cwd,
        env=clean_environment(home, extra),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def seen_on_terminal(arguments: Sequence[str], cwd: Path, home: Path, **extra: str) -> str:
    """What the command writes to a terminal until it ends."""
    with terminal(arguments, cwd, home, **extra) as person:
        person.end()
        return person.seen
