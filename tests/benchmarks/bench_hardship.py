"""``asstctl serve`` under attack: its memory, and how long others wait meanwhile.

The baseline is what is promised, so that a ratio above 1 is a broken promise. First, documents
that are small and take a parser long or much room are attached all at once; four clients in a
process of their own ask from then on, until the last document is done with. Then as many idle
connections are opened as leave the server no file descriptors.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .rows import Row
from .served import Served, served

_TESTS = Path(__file__).parents[1]
_PROMISED = "promised"
_MOST_MB = 600.0
_MOST_SECONDS = 2.0
_MOST_LINES = 10
_HEADERS_SECONDS = 20.0
_PAUSE = 0.2


def run(
    copies: int = 2,
    unpacked: int = 280,
    operators: int = 200_000,
    pages: int = 30_000,
    *,
    text: int = 20_000_000,
    idle: int = 200,
) -> Iterator[Row]:
    """``copies`` of each document, so large; ``unpacked`` is in MB, ``text`` in bytes."""
    with served() as server:
        took = _attacked(server.url, copies, unpacked, operators, pages, text)
        for name, seconds in took["longest"].items():
            yield Row(f"hostile documents: slowest {name}", seconds, _PROMISED, _MOST_SECONDS, 1.0)
        for name, seconds in took["harmless"].items():
            yield Row(f"{name} is found beside them", seconds, "all of them", took["total"])
        peak = server.peak_mb()
        yield Row("memory of serve at most", peak, _PROMISED, _MOST_MB, 1.0, "MB")
    with served(descriptors=64) as server:
        seconds = _crowded(server, idle)
        name = f"answer after {idle} idle connections of 64"
        yield Row(name, seconds, "deadline of headers", _HEADERS_SECONDS, 1.2)
        yield Row("log of it", server.log_lines(), "allowed", _MOST_LINES, 1.0, "lines")


def _attacked(url: str, *sizes: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.hardship_work", url, *map(str, sizes)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=_TESTS)
    took: dict[str, Any] = json.loads(done.stdout)
    return took


def _crowded(server: Served, idle: int) -> float:
    """Seconds until somebody is answered who comes when all room is taken by idle connections."""
    parts = urlsplit(server.url)
    with ExitStack() as crowd:
        for _ in range(idle):
            crowd.enter_context(socket.create_connection((parts.hostname, parts.port)))
        started = time.perf_counter()
        while not _answers(f"{parts.scheme}://{parts.netloc}/healthz"):
            time.sleep(_PAUSE)
        return time.perf_counter() - started


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_HEADERS_SECONDS * 2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
