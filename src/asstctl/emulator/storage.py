"""What the parts of a local account share: its database, its clock, and transactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from asstctl.emulator.embedding import Embedding
from asstctl.emulator.indexer import Indexer
from asstctl.emulator.models.embedder import Embedder
from asstctl.emulator.operation import Operation
from asstctl.emulator.resources import Writer
from asstctl.emulator.store.database import Database


class Storage:
    """The account's data. ``owner`` names this process among those that share it.

    Without an embedder there is no ``embedding``, and files are found by words.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float], embedder: Embedder | None
    ) -> None:
        self.database = database
        self.clock = clock
        self.owner = database.peers.join()
        self.operation = Operation()
        self.embedding = (
            Embedding(database, self.owner, embedder, self.operation) if embedder else None
        )
        self.indexer = Indexer(database, self.owner, self.embedding)

    @property
    def now(self) -> int:
        """The time in whole seconds, as objects carry it."""
        return int(self.clock())

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """Hold a transaction; what it attached is indexed as soon as it is committed."""
        with self.database.write() as connection:
            writer = Writer(connection, self.database, self.owner, self.now)
            yield writer
        self.indexer.start(writer.to_index)
