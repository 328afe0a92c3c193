"""The benchmark of the account runs; PostgreSQL is for those who ask for it."""

import os
import urllib.request

import pytest

from .bench_account import on_postgres, run


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


def test_servers_share_a_database_of_their_own() -> None:
    server = os.environ.get("ASSTCTL_TEST_POSTGRES")
    if not server:
        pytest.skip("ASSTCTL_TEST_POSTGRES names no PostgreSQL server")
    with on_postgres(server, 2) as (one, other):
        body = urllib.request.urlopen(f"{one}/threads", b"{}").read()
        thread = body.decode().split('"id":"')[1].split('"')[0]
        assert urllib.request.urlopen(f"{other}/threads/{thread}").read() == body
