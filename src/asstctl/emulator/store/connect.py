"""Which database an account is in: the one place where an adapter is chosen."""

from pathlib import Path

from asstctl.emulator.store.database import Database


def connect(place: Path | None) -> Database:
    """Open the account in a file (made if missing), or one in memory that is gone at the end.

    Raises AsstctlError where that cannot be.
    """
    from asstctl.emulator.store.sqlite.database import SqliteDatabase

    return SqliteDatabase(place)
