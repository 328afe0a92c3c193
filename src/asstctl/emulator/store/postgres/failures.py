"""What PostgreSQL says when it cannot do what is asked, in words for people and without secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg
from psycopg import errors

from asstctl.emulator.store.database import UnreachableError, UnwritableError
from asstctl.errors import AsstctlError

_UNWRITABLE = {
    errors.DiskFull: "the disk of the database is full",
    errors.ReadOnlySqlTransaction: "the database is read-only",
    errors.InsufficientPrivilege: "its user may not write to the database",
}


def name_of(url: str) -> str:
    """Give a database's address without user, password and options.

    Raises AsstctlError when it is no address.
    """
    parts = _parts(url)
    # With an @ in one of these, they are the rest of a password that had a / or ? in it.
    if parts is None or "@" in parts.path + parts.query + parts.fragment:
        raise AsstctlError(
            "the address of the database cannot be read",
            why="It is not of the form postgresql://user@host/database.",
            fix="A / or @ in a password is written as %2F or %40; PGPASSWORD needs no such care.",
        )
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _parts(url: str) -> SplitResult | None:
    try:
        psycopg.conninfo.conninfo_to_dict(url)
        return urlsplit(url)
    except (ValueError, psycopg.Error):
        return None


def told(error: psycopg.Error, url: str) -> str:
    """Give an error's words on one line. libpq names host and user, never the password."""
    words = error.diag.message_primary or str(error)
    lines = [line.strip().removeprefix("- ") for line in words.splitlines() if line.strip()]
    line = " ".join(lines)
    password = urlsplit(url).password
    for secret in filter(None, {password, unquote(password or "")}):
        line = line.replace(secret, "***")
    return line.rstrip("?.")


def is_lost(error: BaseException) -> bool:
    """Tell whether the connection is of no use any more: another one may do better.

    So it is after a newer asstctl has changed a table that prepared statements are about.
    """
    if isinstance(error, errors.FeatureNotSupported | errors.IdleInTransactionSessionTimeout):
        return True
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (
        error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
    )


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise what a request can be answered with, for errors that tell of the server.

    UnwritableError where there is no room or no right, UnreachableError where no server answers.
    """
    try:
        yield
    except psycopg.Error as error:
        for kind, why in _UNWRITABLE.items():
            if isinstance(error, kind):
                raise UnwritableError(why) from error
        if isinstance(error, errors.LockNotAvailable):
            raise UnreachableError("another process has been writing for ten seconds") from error
        if is_lost(error):
            raise UnreachableError(told(error, url)) from error
        raise
