"""Plan and apply beside a bare script: the least calls, the same SDK, the same parallelism.

The servers are processes of their own, 20 ms away; so are asstctl and the script. A plan and an
edit take about a second: of those each side gets several rounds, in turn, and its fastest counts.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from .rows import Row
from .sync_work import Job

LATENCY = 0.02
BUDGET = 1.2
SCRIPT = "bare script"
_TESTS = Path(__file__).parents[1]
"""Where this package and the tests' own server are found."""
_MOST_ADDED = 64.0
_LONGEST_STALL = 0.25


@dataclass(frozen=True, slots=True)
class Measured:
    """What a piece of work took: seconds, requests, and MB at most."""

    seconds: float
    requests: float
    peak: float


@dataclass(frozen=True, slots=True)
class Side:
    """Who does the work, and for which account."""

    who: str
    job: Job

    def does(self, what: str) -> Measured:
        """One piece of work, in a process of its own."""
        _count(self.job.url)
        took = _in_a_process(self.who, what, self.job)
        return Measured(took["seconds"], _count(self.job.url), took["peak"])


def run(
    assistants: int = 1000,
    stores: int = 1000,
    files: int = 5000,
    *,
    large: int = 512,
    rounds: int = 5,
) -> Iterator[Row]:
    """Measure all of it, and one upload of ``large`` MB."""
    sizes = (assistants, stores, files)
    name = f"{assistants} assistants, {stores} stores, {files} files"
    with tempfile.TemporaryDirectory() as folder, _served() as one, _served() as other:
        ours, theirs = (
            Side("asstctl", Job(one, Path(folder), *sizes)),
            Side("script", Job(other, Path(folder), *sizes)),
        )
        ours.job.write()
        yield from _rows(f"apply: {name}", ours.does("apply"), theirs.does("apply"))
        yield from _rows(f"plan: {name}", *_fastest("plan", ours, theirs, rounds))
        yield from _rows(f"edit: {name}", *_fastest("edit", ours, theirs, rounds))
        yield from _upload(Path(folder), large)


def _fastest(what: str, ours: Side, theirs: Side, rounds: int) -> tuple[Measured, Measured]:
    """The fastest of what each side needed; before an edit the file gets content of its own."""
    measured: dict[str, list[Measured]] = {ours.who: [], theirs.who: []}
    for turn in range(rounds):
        for side in (ours, theirs):
            if what == "edit":
                side.job.path(0).write_text(f"Edited by the {side.who}: {turn}", encoding="utf-8")
            measured[side.who].append(side.does(what))
    best, other = (min(found, key=attrgetter("seconds")) for found in measured.values())
    return best, other


def _rows(name: str, ours: Measured, theirs: Measured) -> list[Row]:
    return [
        Row(name, ours.seconds, SCRIPT, theirs.seconds, BUDGET),
        Row(name, ours.requests, SCRIPT, theirs.requests, BUDGET, unit="requests"),
        Row(name, ours.peak, SCRIPT, theirs.peak, unit="MB"),
    ]


def _upload(folder: Path, size: int) -> list[Row]:
    with _served() as url:
        took = _in_a_process("asstctl", "upload", Job(url, folder, large=size))
    name = f"upload of {size} MB"
    return [
        Row(f"{name}, memory added", took["added"], "allowed", _MOST_ADDED, 1.0, "MB"),
        Row(f"{name}, longest stall", took["stall"], "allowed", _LONGEST_STALL, 1.0),
    ]


def _in_a_process(who: str, what: str, job: Job) -> dict[str, float]:
    sizes = map(str, (job.assistants, job.stores, job.files, job.large))
    command = [sys.executable, "-m", "benchmarks.sync_work", who, what, job.url]
    done = subprocess.run(
        [*command, str(job.folder), *sizes], check=True, capture_output=True, text=True, cwd=_TESTS
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
    command = [sys.executable, "-m", "benchmarks.sync_server", str(LATENCY)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_TESTS)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()
