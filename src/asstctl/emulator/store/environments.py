"""The files of environments: their paths, sizes and text."""

from collections.abc import Iterable

from asstctl.emulator.store.collections import Body
from asstctl.emulator.store.database import Connection, Database


def put_file(
    connection: Connection,
    database: Database,
    environment_id: str,
    path: str,
    size: int,
    passages: Iterable[str],
) -> None:
    """Add a file, in the place of the one with its path."""
    where = "environment_id = ? AND path = ?"
    connection.execute(f"DELETE FROM environment_files WHERE {where}", (environment_id, path))  # noqa: S608 - own words
    connection.execute(
        "INSERT INTO environment_files (environment_id, path, bytes) VALUES (?, ?, ?)",
        (environment_id, path, size),
    )
    index = database.text
    connection.executemany(
        f"INSERT INTO environment_passages (environment_file, text, {index.column}) "  # noqa: S608
        f"SELECT seq, ?, {index.mark} FROM environment_files WHERE {where}",
        [(text, index.value(text), environment_id, path) for text in passages],
    )


def files(database: Database, environment_id: str) -> list[Body]:
    """Give the files of an environment as the wire shows them, in the order of their paths."""
    rows = database.rows(
        "SELECT path, bytes FROM environment_files WHERE environment_id = ?", (environment_id,)
    )
    found: list[Body] = [
        {
            "object": "agent.environment.file",
            "environment_id": environment_id,
            "path": row["path"],
            "size_bytes": row["bytes"],
        }
        for row in rows
    ]
    return sorted(found, key=lambda file: file["path"].split("/"))


def has_text(database: Database, environment_id: str) -> bool:
    """Tell whether there is anything in an environment that could be quoted."""
    row = database.row(
        "SELECT 1 FROM environment_passages p JOIN environment_files f "
        "ON f.seq = p.environment_file WHERE f.environment_id = ? LIMIT 1",
        (environment_id,),
    )
    return row is not None
