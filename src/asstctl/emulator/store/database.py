"""The port to what holds an account: SQL that every database understands, and what differs.

Statements are plain SQL with ``?`` for parameters, names that are words of SQL in double quotes.
An adapter says the rest: `asstctl.emulator.store.sqlite`, `asstctl.emulator.store.postgres`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from asstctl.emulator.store.bucket import Bucket


class UnavailableError(Exception):
    """The account cannot be used now, and perhaps soon; why."""

    words: ClassVar = "The account cannot be used"

    @property
    def told(self) -> str:
        """The sentence for people."""
        return f"{self.words}: {self}."


class UnwritableError(UnavailableError):
    """The account cannot take a write; why, in the system's words."""

    words = "The local account cannot be written"


class UnreachableError(UnavailableError):
    """The server that holds the account does not answer; why, without any secret."""

    words = "The account's database does not answer"


class BucketError(UnavailableError):
    """The bucket with the content of files does not answer or refuses; why."""

    words = "The bucket with the account's files cannot be used"


class Row(Protocol):
    """One row of a result, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any:
        """Give a column."""


class Cursor(Protocol):
    """What a statement came to."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchall(self) -> list[Any]:
        """Give the rows that were found."""


class Connection(Protocol):
    """An open transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run a statement once for each row of parameters."""


@dataclass(frozen=True, slots=True)
class Passages:
    """A table of passages; ``file`` is the column that says of which file each is."""

    table: str
    file: str


class TextIndex(Protocol):
    """Full-text search over passages, by the stems of words and by pairs of characters.

    What is indexed of a text is written with it: ``value`` of it, into ``column``, by way of
    ``mark`` (an SQL expression with one parameter).
    """

    column: str
    mark: str

    def value(self, text: str) -> str:
        """Give what is to be written beside a text so that it is found."""

    def matching(
        self, passages: Passages, files: Collection[int], words: Sequence[str]
    ) -> dict[str, frozenset[int]]:
        """Give the ``seq`` of the passages of these files that have each of the words.

        A word with several parts (``331.31``) is found where they follow each other.
        """

    def marked(
        self, passages: Passages, found: Collection[int], words: Sequence[str]
    ) -> dict[int, list[str]]:
        """Give the places in some passages where one of the words stands, as they are spelled."""


class VectorIndex(Protocol):
    """Compares the vectors of passages.

    A vector is written as its ``value``, by way of ``mark`` (an SQL expression with one parameter).
    """

    mark: str
    size: str
    """The expression for the bytes of a vector, of the column that has this name."""

    def value(self, vector: bytes) -> object:
        """Give what is to be written for a vector."""

    def distances(self, passages: Sequence[int], model: str, vector: bytes) -> dict[int, float]:
        """Give the cosine distances, from 0 to 2, of passages' vectors from another one.

        Passages without a vector of this model, and of this size, are left out.
        """


class Peers(Protocol):
    """The processes that have the same account open, this one among them."""

    def join(self) -> str:
        """Become one of them; gives the name, called ``owner``, under which this one works.

        It counts as dead once the database is closed: unfinished work may be adopted.
        """

    def is_alive(self, owner: str) -> bool:
        """Tell whether the process that calls itself ``owner`` may still be working."""

    def hear(self, heard: Callable[[str | None], object]) -> None:
        """Have ``heard`` called with what is told, from any thread; with None after a gap."""

    def tell(self, message: str) -> None:
        """Tell all of them something of 7,900 bytes at most: soon, in order, perhaps in vain."""


class Database(Protocol):
    """Reads and transactions, safe to use from several threads.

    Every write is a transaction that is committed before the caller goes on; a process that is
    killed loses none. Transactions are made one after the other, whichever process they come from,
    and see what was committed before them: what is checked in one holds until its end.
    """

    has_pair: str
    """A condition: the object in ``body`` has a pair of metadata (parameters: key, value)."""

    bucket: Bucket | None
    """Where the content of files is kept; None for the database itself."""

    @property
    def text(self) -> TextIndex:
        """The full-text search."""

    @property
    def vectors(self) -> VectorIndex:
        """The search by meaning."""

    @property
    def peers(self) -> Peers:
        """The processes that share the account."""

    def claim(
        self, table: str, owner: str, statuses: Sequence[str], others: Sequence[str]
    ) -> list[Row]:
        """Make the rows of a table in these states, of these other owners, an owner's.

        Gives them, oldest first. Of several that claim the same row, one gets it.
        """

    def number(self, field: str, body: str = "body") -> str:
        """Give the expression for a number in the object that a column holds."""

    @property
    def bytes(self) -> int:
        """How large the account is."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a query and give all its rows."""

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Run a query and give its first row."""

    def write(self) -> AbstractContextManager[Connection]:
        """Hold a write transaction: committed at the end, rolled back on any exception.

        Nested use joins the outer transaction, so that small functions can be put together.
        Raises UnwritableError when there is no room or no right to write, UnreachableError when
        the server cannot be reached.
        """

    def compact(self) -> None:
        """Give room that is not used any more back to the disk, where that is worth its time."""

    def close(self) -> None:
        """Let go of it; further use is an error."""


def place_marks(values: Collection[object]) -> str:
    """Give the parameters' places of a list, for ``IN (…)``; nothing is in an empty one."""
    return ", ".join("?" for _ in values) or "NULL"


def claiming(
    table: str, owner: str, statuses: Sequence[str], others: Sequence[str], locked: str = ""
) -> tuple[str, list[str]]:
    """Give the statement of `Database.claim`, and its parameters.

    ``locked`` says what becomes of a row that somebody else has locked.
    """
    sql = (
        f"UPDATE {table} SET owner = ? WHERE seq IN (SELECT seq FROM {table} WHERE "  # noqa: S608
        f"status IN ({place_marks(statuses)}) AND owner IN ({place_marks(others)}){locked}) "
        "RETURNING *"
    )
    return sql, [owner, *statuses, *others]
