"""Databases of the PostgreSQL server that `.ci/run` starts: one for each worker of the tests."""

import psycopg
from psycopg import sql


def make_database(server: str, worker: str) -> str:
    """Make a worker's database anew and give its URL; ``server`` is the URL of another one."""
    name = f"asstctl_{worker}"
    with psycopg.connect(server, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
        connection.execute(create.format(sql.Identifier(name)))
    return f"{server.rpartition('/')[0]}/{name}"


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
