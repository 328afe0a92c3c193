"""``asstctl serve`` under 1, 8 and 50 clients: rates, waits, memory, and the time to first words.

The clients are processes of their own. A wait is the median (p50), or what 99 of 100 stay below
(p99); a rate is that of all clients together. SQLite's baseline is one client, PostgreSQL's is
SQLite: it is measured with one and with two servers where ``ASSTCTL_TEST_POSTGRES`` is the URL of
a PostgreSQL server, in which a database is made for that.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .rows import Row
from .served import served

_TESTS: Final = Path(__file__).parents[1]
_NAMES: Final = {"message": "create a message", "run": "run and poll"}
_STREAMS: Final = "first words of {} streams, {}"
_HOLD: Final = """
import sys
from support.postgres import own_database
with own_database(sys.argv[1]) as database:
    print(database, flush=True)
    sys.stdin.read()
"""
_THOUGHT: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Took:
    """What some clients needed: a rate per second, and the seconds of each piece of work."""

    rate: float
    times: Sequence[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p99(self) -> float:
        return self.times[max(0, int(len(self.times) * 0.99) - 1)]


def run(
    crowds: Sequence[int] = (1, 8, 50),
    requests: int = 1000,
    threads: int = 10_000,
    streams: int = 100,
) -> Iterator[Row]:
    """``requests`` is how many messages each crowd of clients makes; runs are a quarter of it."""
    with served() as server:
        least = yield from _rows(crowds, requests, [server.url], "SQLite", {})
        at_first = server.memory_mb()
        _clients("thread", 4, threads // 4, [server.url])
        name = f"memory with {threads} threads more"
        yield Row(name, server.memory_mb(), "before", at_first, unit="MB")
    yield from _streams(streams)
    postgres = os.environ.get("ASSTCTL_TEST_POSTGRES")
    if not postgres:
        yield Row("PostgreSQL: not there, ASSTCTL_TEST_POSTGRES is not set", 0.0, "", 1.0)
        return
    for servers in (1, 2):
        with on_postgres(postgres, servers) as urls:
            name = f"PostgreSQL, {servers} served"
            yield from _rows(crowds, requests, urls, name, least)


def _rows(
    crowds: Sequence[int],
    requests: int,
    urls: Sequence[str],
    where: str,
    beside: dict[tuple[str, int], _Took],
) -> Generator[Row, None, dict[tuple[str, int], _Took]]:
    """Measure messages and runs; gives what each took, to be the baseline of others."""
    found: dict[tuple[str, int], _Took] = {}
    for what, times in (("message", requests), ("run", requests // 4)):
        for clients in crowds:
            took = _clients(what, clients, max(1, times // clients), urls)
            found[what, clients] = took
            least = found[what, crowds[0]]
            base = beside.get((what, clients), _Took(least.rate, [least.p50]))
            label = f"{_NAMES[what]}, {where}, {clients} clients"
            baseline = "SQLite" if beside else f"median of {crowds[0]}"
            yield Row(f"{label}: p50", took.p50, baseline, base.p50)
            yield Row(f"{label}: p99", took.p99, baseline, base.p99)
            yield Row(f"{label}: rate", took.rate, baseline, base.rate, unit="/s")
    return found


def _streams(count: int) -> Iterator[Row]:
    with _model() as model:
        alone = _clients("upstream", count, 1, [model])
        with served("--model-url", model, "--model-name", "stub") as server:
            through = _clients("stream", count, 1, [server.url])
    for name in ("p50", "p99"):
        label = _STREAMS.format(count, name)
        yield Row(label, getattr(through, name), "the model alone", getattr(alone, name))


def _clients(what: str, clients: int, requests: int, urls: Sequence[str]) -> _Took:
    """Let so many clients do so much each, in as many processes as there are processors."""
    shares = [len(range(n, clients, _processes(clients))) for n in range(_processes(clients))]
    command = [sys.executable, "-m", "benchmarks.account_work", what]
    with ExitStack() as open_processes:
        processes = [
            open_processes.enter_context(
                subprocess.Popen(
                    [*command, str(share), str(requests), *urls],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=_TESTS,
                )
            )
            for share in shares
        ]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        told = [process.communicate("go\n")[0] for process in processes]
    return _together([json.loads(text) for text in told])


def _processes(clients: int) -> int:
    return min(clients, os.cpu_count() or 1)


def _together(measured: Sequence[dict[str, Any]]) -> _Took:
    times = sorted(seconds for one in measured for seconds in one["times"])
    begun = min(one["begun"] for one in measured)
    ended = max(one["ended"] for one in measured)
    return _Took(len(times) / (ended - begun), times)


@contextmanager
def on_postgres(server: str, count: int) -> Iterator[list[str]]:
    """So many servers over one new account in PostgreSQL."""
    command = [sys.executable, "-c", _HOLD, server]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_TESTS
    ) as holder:
        assert holder.stdout is not None
        database = holder.stdout.readline().strip()
        with ExitStack() as servers:
            options = ("--database", database)
            yield [servers.enter_context(served(*options)).url for _ in range(count)]
        holder.communicate()


@contextmanager
def _model() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.stub_model", str(_THOUGHT)]
    model = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_TESTS)
    try:
        assert model.stdout is not None
        yield model.stdout.readline().strip()
    finally:
        model.terminate()
        model.communicate()
