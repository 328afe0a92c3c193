"""The benchmark of the account runs; PostgreSQL is for those who ask for it."""

import pytest

from .bench_account import run


def test_messages_runs_memory_and_streams_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSTCTL_TEST_POSTGRES", raising=False)

    rows = list(run(crowds=(2,), requests=8, threads=4, streams=2))

    assert [row.name for row in rows] == [
        "create a message, SQLite, 2 clients: p50",
        "create a message, SQLite, 2 clients: p99",
        "create a message, SQLite, 2 clients: rate",
        "run and poll, SQLite, 2 clients: p50",
        "run and poll, SQLite, 2 clients: p99",
        "run and poll, SQLite, 2 clients: rate",
        "memory with 4 threads more",
        "first words of 2 streams, p50",
        "first words of 2 streams, p99",
        "PostgreSQL: not there, ASSTCTL_TEST_POSTGRES is not set",
    ]
    assert all(row.measured > 0 for row in rows[:-1])
