"""An open local account: its data, and the worker behind runs, responses and turns."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from asstctl.emulator.agents.engine import Sessions
from asstctl.emulator.responses.engine import Responses
from asstctl.emulator.runs.engine import Engine
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.database import Database
from asstctl.emulator.work.interpreter import Interpreter
from asstctl.emulator.work.worker import Worker

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from asstctl.emulator.models.base import Model
    from asstctl.emulator.models.embedder import Embedder


class Account(Storage):
    """An open account. ``app`` is an ASGI application that needs no lifespan events."""

    app: "ASGIApp"

    def __init__(
        self,
        database: Database,
        *,
        api_keys: Collection[str],
        model: "Model",
        embedder: "Embedder | None",
        interpreter: Interpreter | None,
        bundles: Callable[[], Iterable[Path]],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(database, clock, embedder)
        self.api_keys = api_keys
        self.bundles = bundles
        self.worker = Worker(self, model, interpreter)
        self.engine = Engine(self, self.worker)
        self.responses = Responses(self, self.worker)
        self.sessions = Sessions(self, self.worker)

    def adopt(self) -> None:
        """Take up what dead processes left and nobody here is at, and end what is past its time."""
        self.indexer.adopt()
        self.engine.adopt()
        self.engine.expire_due()
        self.responses.adopt()
        self.sessions.adopt()
        self.worker.elsewhere.forget_dead()
        if self.embedding is not None:
            self.embedding.adopt()
        if not self.worker.is_closed:
            for work in (self.indexer, self.engine, self.responses, self.sessions):
                work.resume()
