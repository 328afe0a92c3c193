"""Databases of the PostgreSQL server that `.ci/run` starts: one for each worker of the tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """Make a database of this process and give its URL; ``server`` is the URL of another one."""
    name = f"asstctl_{os.getpid()}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(drop.format(sql.Identifier(name)))
        connection.execute(create.format(sql.Identifier(name)))
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(drop.format(sql.Identifier(name)))


def empty(database: str) -> None:
    """Take all rows out of an account; a database that is none yet stays as it is."""
    with psycopg.connect(database, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'asstctl_format'"
        ).fetchall()
        if rows:
            tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))
