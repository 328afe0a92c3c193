"""Opening a local account: the file, the workers behind it, and the application in front."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asstctl.emulator.indexer import Indexer
from asstctl.emulator.models.offline import OfflineModel
from asstctl.emulator.resources import Writer
from asstctl.emulator.runs.engine import Engine
from asstctl.emulator.store import blobs, owner
from asstctl.emulator.store.database import Database

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from asstctl.emulator.models.base import Model
    from asstctl.emulator.models.upstream import Upstream


class Account:
    """An open account. ``app`` is an ASGI application that needs no lifespan events."""

    app: "ASGIApp"

    def __init__(
        self,
        database: Database,
        *,
        api_key: str | None,
        model: "Model",
        clock: Callable[[], float],
    ) -> None:
        self.database = database
        self.api_key = api_key
        self.clock = clock
        self.owner = owner.claim()
        self.indexer = Indexer(database, self.owner)
        self.engine = Engine(self, model)

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


@asynccontextmanager
async def open_account(
    path: Path | None,
    *,
    api_key: str | None = None,
    model: "Upstream | None" = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Account]:
    """Open the account in a file (made if missing), or one in memory that is gone at the end.

    With ``api_key``, requests must carry it; without, any key is accepted. Answers come from the
    offline model unless an upstream is given. Runs work as tasks of this context: those still
    active at its end are cancelled and marked ``failed``.
    """
    from asstctl.emulator.app import build_app

    database = Database(path)
    try:
        blobs.sweep(database, clock())
        account = Account(
            database,
            api_key=api_key,
            model=model.connect() if model else OfflineModel(),
            clock=clock,
        )
        account.app = build_app(account)
        try:
            account.indexer.adopt()
            account.engine.adopt()
            yield account
        finally:
            await account.engine.close()
            await account.indexer.close()
            owner.release(account.owner)
    finally:
        database.close()
