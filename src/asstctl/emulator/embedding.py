"""Vectors of what the account holds: made as files come, and where they are missing."""

import asyncio
from collections.abc import Sequence

from asstctl.emulator.models.embedder import Embedder, EmbeddingError
from asstctl.emulator.operation import Operation
from asstctl.emulator.store import embeddings
from asstctl.emulator.store.database import Database, Row, UnavailableError
from asstctl.emulator.store.indexing import Embedded

_BATCH = 64
_PATIENCE_SECONDS = 10
"""How long a search waits for the vector of its query."""


class Embedding:
    """Embeds passages and queries, and tells the operator where that fails."""

    def __init__(
        self, database: Database, owner: str, embedder: Embedder, operation: Operation
    ) -> None:
        self._database = database
        self._owner = owner
        self._embedder = embedder
        self._operation = operation
        self._task: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        """What the vectors are kept under."""
        return self._embedder.name

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Embed passages of a file. Raises EmbeddingError, which the operator is told too."""
        try:
            return Embedded(self.model, await self._embedder.embed(texts, patient=True))
        except EmbeddingError as error:
            self._operation.troubled("embedding_failed", f"a file is not indexed: {error}")
            raise

    async def of_texts(self, texts: Sequence[str]) -> list[bytes]:
        """Give the vectors of texts that somebody asks for. Raises EmbeddingError."""
        return await self._embedder.embed(texts, patient=True)

    async def of_query(self, query: str) -> bytes | None:
        """Give the vector of a query; None where there is none in time, and words must do."""
        if not query.strip():
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                (vector,) = await self._embedder.embed([query], patient=False)
        except TimeoutError:
            late = f"{self.model} gave no embedding within {_PATIENCE_SECONDS} seconds"
            self._operation.troubled("embedding_failed", f"searched by words alone: {late}")
            return None
        except EmbeddingError as error:
            self._operation.troubled("embedding_failed", f"searched by words alone: {error}")
            return None
        return vector

    def begin(self) -> None:
        """Embed, in the background, what has no vector of the model yet, then drop all others."""
        self._start(0, forgets=True)

    def adopt(self) -> None:
        """Begin again where this process, or one that died, began and came to no end."""
        if not self._is_at_it and embeddings.is_left(self._database, self.model, self._owner):
            self.begin()

    def catch_up(self, size: int) -> None:
        """Embed what a search missed, unless that is under way.

        It may have been added by a process without an embedder, or failed before. A vector that is
        not of ``size``, in bytes, is made anew.
        """
        self._start(size, forgets=False)

    def _start(self, size: int, *, forgets: bool) -> None:
        if not self._is_at_it:
            self._task = asyncio.create_task(self._catch_up(size, forgets=forgets))

    @property
    def _is_at_it(self) -> bool:
        return self._task is not None and not self._task.done()

    async def close(self) -> None:
        """Stop, and close the connections."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._embedder.close()

    async def _catch_up(self, size: int, *, forgets: bool) -> None:
        """Embed what is missing, unless another process is at it."""
        mine = self._database, self.model, self._owner
        try:
            if not await asyncio.to_thread(embeddings.claim, *mine):
                return
            try:
                await self._embed_missing(size, forgets=forgets)
            except EmbeddingError as error:
                self._tell_missing(error)
            await asyncio.to_thread(embeddings.release, *mine)
        except UnavailableError as error:
            self._tell_missing(error)

    def _tell_missing(self, error: Exception) -> None:
        told = f"passages are still found by words alone: {error}"
        self._operation.troubled("embedding_failed", told)

    async def _embed_missing(self, size: int, *, forgets: bool) -> None:
        last = 0
        while rows := await asyncio.to_thread(self._missing, last, size):
            vectors = await self._embedder.embed([row["text"] for row in rows], patient=True)
            found = dict(zip((row["seq"] for row in rows), vectors, strict=True))
            await asyncio.to_thread(self._keep, found)
            last = rows[-1]["seq"]
        if forgets:
            await asyncio.to_thread(self._forget_others)

    def _missing(self, last: int, size: int) -> list[Row]:
        return embeddings.missing(self._database, self.model, last, _BATCH, size)

    def _keep(self, vectors: dict[int, bytes]) -> None:
        with self._database.write() as connection:
            embeddings.put(connection, self._database.vectors, self.model, vectors)

    def _forget_others(self) -> None:
        with self._database.write() as connection:
            embeddings.forget_others(connection, self.model)
