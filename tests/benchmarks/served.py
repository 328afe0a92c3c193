"""``asstctl serve`` in a process of its own, to be measured from outside."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_SERVE = (sys.executable, "-m", "asstctl", "serve", "--port", "0")
_LIMITED = 'ulimit -n "$1"; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Served:
    """A server: its base URL, its process, and what it wrote to stderr."""

    url: str
    pid: int
    log: IO[bytes]

    def peak_mb(self) -> float:
        """The most memory that its process had. Only where ``/proc`` tells; else 0."""
        return self._status("VmHWM")

    def memory_mb(self) -> float:
        """The memory that its process has. Only where ``/proc`` tells; else 0."""
        return self._status("VmRSS")

    def log_lines(self) -> int:
        """How much it had to say so far."""
        self.log.seek(0)
        return len(self.log.readlines())

    def _status(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return 0.0
        line = next(line for line in status.read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) / 1024


@contextmanager
def served(*options: str, descriptors: int | None = None) -> Iterator[Served]:
    """Serve with these options; ``descriptors`` is how many files may be open at once."""
    limited = ("sh", "-c", _LIMITED, "sh", str(descriptors)) if descriptors else ()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [*limited, *_SERVE, *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split(" listens on ")[1].split()[0]
            yield Served(url, server.pid, log)
        finally:
            server.terminate()
            server.communicate()
