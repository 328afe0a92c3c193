"""Which database an account is in: the one place where an adapter is chosen."""

from importlib.util import find_spec
from pathlib import Path

from asstctl.emulator.store.database import Database
from asstctl.errors import AsstctlError


def connect(place: Path | str | None) -> Database:
    """Open the account in a file (made if missing), in memory, or in a PostgreSQL database.

    The last is named by its URL, which is a text. What is in memory is gone at the end. Raises
    AsstctlError where it cannot be opened.
    """
    if isinstance(place, str):
        return _postgres(place)
    from asstctl.emulator.store.sqlite.database import SqliteDatabase

    return SqliteDatabase(place)


def _postgres(url: str) -> Database:
    if find_spec("psycopg") is None:
        raise AsstctlError(
            "an account in PostgreSQL needs the package psycopg",
            why="It is installed on demand only.",
            fix="Install it with: pip install 'asstctl[postgres]'",
        )
    from asstctl.emulator.store.postgres.database import PostgresDatabase

    return PostgresDatabase(url)
