"""Plan and apply beside a bare script: the least calls, the same SDK, the same parallelism.

The server is a process of its own, 20 ms away; so are asstctl and the script. A row without
seconds says so in its name: requests, or MB of memory at most.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .rows import Row
from .sync_work import Job

LATENCY = 0.02
BUDGET = 1.2
SCRIPT = "bare script"
_MOST_ADDED = 64.0
_LONGEST_STALL = 0.25


@dataclass(frozen=True, slots=True)
class Measured:
    """What a piece of work took: seconds, requests, and MB at most."""

    seconds: float
    requests: float
    peak: float


def run(assistants: int = 1000, stores: int = 1000, files: int = 5000) -> list[Row]:
    """Measure all of it; the large upload is always 512 MB."""
    sizes = (assistants, stores, files)
    name = f"{assistants} assistants, {stores} stores, {files} files"
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (_measure(who, Path(folder), sizes) for who in ("asstctl", "script"))
        rows = [
            row
            for what in ("apply", "plan", "edit")
            for row in _rows(f"{what}: {name}", ours[what], theirs[what])
        ]
        return [*rows, *_upload(Path(folder))]


def _rows(name: str, ours: Measured, theirs: Measured) -> list[Row]:
    return [
        Row(name, ours.seconds, SCRIPT, theirs.seconds, BUDGET),
        Row(f"{name} (requests)", ours.requests, SCRIPT, theirs.requests, BUDGET),
        Row(f"{name} (MB)", ours.peak, SCRIPT, theirs.peak),
    ]


def _measure(who: str, folder: Path, sizes: tuple[int, int, int]) -> dict[str, Measured]:
    """Apply from nothing, a plan with no changes, and one edit, against one server."""
    with _served() as url:
        job = Job(url, folder, *sizes)
        job.write()
        done = {"apply": _work(who, "apply", job), "plan": _work(who, "plan", job)}
        job.path(0).write_text("Edited.", encoding="utf-8")
        return {**done, "edit": _work(who, "edit", job)}


def _work(who: str, what: str, job: Job) -> Measured:
    _count(job.url)
    took = _in_a_process(who, what, job)
    return Measured(took["seconds"], _count(job.url), took["peak"])


def _upload(folder: Path) -> list[Row]:
    with _served() as url:
        took = _in_a_process("asstctl", "upload", Job(url, folder, 0, 0, 0))
    return [
        Row("upload 512 MB (MB added)", took["added"], "allowed", _MOST_ADDED, 1.0),
        Row("upload 512 MB, longest stall", took["stall"], "allowed", _LONGEST_STALL, 1.0),
    ]


def _in_a_process(who: str, what: str, job: Job) -> dict[str, float]:
    sizes = map(str, (job.assistants, job.stores, job.files))
    command = [sys.executable, "-m", f"{__package__}.sync_work", who, what, job.url]
    done = subprocess.run(
        [*command, str(job.folder), *sizes], check=True, capture_output=True, text=True
    )
    took: dict[str, float] = json.loads(done.stdout)
    return took


def _count(url: str) -> int:
    """How many requests came since this was last asked."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/stats") as answer:
        count: int = json.load(answer)["requests"]
    return count


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", f"{__package__}.sync_server", str(LATENCY)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()
