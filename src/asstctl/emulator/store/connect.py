"""Which database an account is in: the one place where an adapter is chosen."""

from importlib.util import find_spec
from pathlib import Path

from asstctl.emulator.store.blobs import check_bucket
from asstctl.emulator.store.bucket import Bucket
from asstctl.emulator.store.database import Database
from asstctl.errors import AsstctlError


def connect(place: Path | str | None, bucket: Bucket | None = None) -> Database:
    """Open the account in a file (made if missing), in memory, or in a PostgreSQL database.

    The last is named by its URL, which is a text. What is in memory is gone at the end. The content
    of files is kept in ``bucket`` where there is one. Raises AsstctlError where that cannot be.
    """
    database = _postgres(place) if isinstance(place, str) else _sqlite(place)
    database.bucket = bucket
    try:
        check_bucket(database)
    except BaseException:
        database.close()
        raise
    return database


def _sqlite(path: Path | None) -> Database:
    from asstctl.emulator.store.sqlite.database import SqliteDatabase

    return SqliteDatabase(path)


def _postgres(url: str) -> Database:
    if find_spec("psycopg") is None:
        raise AsstctlError(
            "an account in PostgreSQL needs the package psycopg",
            why="It is installed on demand only.",
            fix="Install it with: pip install 'asstctl[postgres]'",
        )
    from asstctl.emulator.store.postgres.database import PostgresDatabase

    return PostgresDatabase(url)
