"""Smoke beside promptfoo on one server: what they add to the model's own time, and leave behind.

The server is a process of its own, 20 ms away; the runs take 0.3 to 1.5 s, as many at a time as
both tools are allowed. The overhead is what the command took longer than the runs alone. promptfoo
is a package of npm: where npm or the node that it asks for is missing, there is nothing to measure.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Final

from .rows import Row
from .smoke_work import PARALLELISM, model_seconds, write_asstctl, write_promptfoo

LATENCY: Final = 0.02
SIZES: Final = (1, 20, 100)
PROMPTFOO: Final = "promptfoo@0.123.1"
_NODE: Final = "node@22"
"""A package that brings the node which promptfoo asks for."""
_A_THIRD: Final = 1 / 3
_TESTS: Final = Path(__file__).parents[1]


class MissingPeerError(Exception):
    """promptfoo cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Held:
    """What holding all cases once took in seconds and in requests, and the threads that it left."""

    seconds: float
    processor: float
    requests: int
    threads: int


@dataclass(frozen=True, slots=True)
class Tool:
    """A command that holds the cases, and where it is run."""

    command: Sequence[str]
    folder: Path
    url: str
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def hold(self) -> Held:
        """Hold all cases once. Raises CalledProcessError when one does not pass."""
        before = _stats(self.url)["threads"]
        began = time.perf_counter()
        process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        stats = _stats(self.url)
        processor = usage.ru_utime + usage.ru_stime
        return Held(seconds, processor, stats["requests"], stats["threads"] - before)


def run(sizes: Sequence[int] = SIZES, rounds: int = 3) -> Iterator[Row]:
    """Measure all sizes, each side in turn; its fastest round counts."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        try:
            promptfoo = installed(root / "npm")
        except MissingPeerError as error:
            print(f"nothing to measure beside: {error}", file=sys.stderr)
            return
        with served() as url:
            for cases in sizes:
                ours = ours_for(root / f"asstctl-{cases}", url, cases)
                theirs = promptfoo(root / f"promptfoo-{cases}", url, cases)
                turns = [(ours.hold(), theirs.hold()) for _ in range(rounds)]
                best = (min(side, key=attrgetter("seconds")) for side in zip(*turns, strict=True))
                yield from rows(cases, *best)


def rows(cases: int, ours: Held, theirs: Held) -> Iterator[Row]:
    """The two beside one another."""
    name = f"{cases} case{'s' if cases > 1 else ''}"
    model = model_seconds(cases)
    over, beyond = ours.seconds - model, theirs.seconds - model
    of = partial(Row, baseline="promptfoo")
    told = f"{name}: beyond the model's {model:.1f} s"
    yield of(told, over, expected=beyond, budget=_A_THIRD)
    yield of(f"{name}: of the processor", ours.processor, expected=theirs.processor)
    yield of(f"{name}: requests", ours.requests, expected=theirs.requests, unit="requests")
    yield of(
        f"{name}: left in the account", ours.threads, expected=theirs.threads, budget=0,
        unit="threads",
    )  # fmt: skip


def ours_for(folder: Path, url: str, cases: int) -> Tool:
    """asstctl, with its assistant in the account."""
    write_asstctl(folder, url, cases)
    environ = {**os.environ, "BENCH_KEY": "any-key", "PYTHONPATH": os.pathsep.join(sys.path)}
    # An installed package is compiled already.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = (sys.executable, "-m", "asstctl")
    apply = [*command, "apply", "--auto-approve"]
    subprocess.run(apply, cwd=folder, env=environ, check=True, capture_output=True)
    return Tool((*command, "smoke"), folder, url, environ)


class Promptfoo:
    """promptfoo, installed in a folder."""

    def __init__(self, npm: Path) -> None:
        self._bin = npm / "node_modules/.bin"

    def __call__(self, folder: Path, url: str, cases: int) -> Tool:
        write_promptfoo(folder, url, _assistant(url), cases)
        command = (
            str(self._bin / "node"), str(self._bin / "promptfoo"), "eval", "--no-cache",
            "--no-write", "--no-table", "--no-progress-bar", "-j", str(PARALLELISM),
        )  # fmt: skip
        quiet = {
            f"PROMPTFOO_DISABLE_{what}": "1"
            for what in ("TELEMETRY", "UPDATE", "REMOTE_GENERATION")
        }
        home = {"PROMPTFOO_CONFIG_DIR": str(folder / "home")}
        return Tool(command, folder, url, {**os.environ, **quiet, **home})


def installed(folder: Path) -> Promptfoo:
    """Install promptfoo and its node. Raises MissingPeerError."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingPeerError("there is no npm on this machine")
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    install = [npm, "install", "--no-audit", "--no-fund", "--silent", _NODE, PROMPTFOO]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingPeerError(f"npm could not install {PROMPTFOO}: {done.stderr.strip()[-300:]}")
    return Promptfoo(folder)


def _assistant(url: str) -> str:
    """The id of the assistant that asstctl has made."""
    with urllib.request.urlopen(f"{url}/assistants") as answer:
        found: str = json.load(answer)["data"][0]["id"]
    return found


def _stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/stats") as answer:
        stats: dict[str, int] = json.load(answer)
    return stats


@contextmanager
def served() -> Iterator[str]:
    """The server in a process of its own; its base URL."""
    command = [sys.executable, "-m", "benchmarks.smoke_server", str(LATENCY)]
    server = subprocess.Popen(command, cwd=_TESTS, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()
