"""Reading attached files in the background: extraction in threads, one transaction per batch.

There are two lanes. Each file begins in the quick one; what is large, or not read after a
second, goes on in the slow one, so that a few bad files hold up nothing but others like them.
"""

import asyncio
import io
import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from asstctl.emulator.embedding import Embedding
from asstctl.emulator.models.embedder import EmbeddingError
from asstctl.emulator.store import indexing
from asstctl.emulator.store.blobs import FileReader
from asstctl.emulator.store.database import Database, Row, UnavailableError, UnwritableError
from asstctl.emulator.store.owner import Neglected
from asstctl.emulator.text.apart import Limits, passages_apart
from asstctl.emulator.text.unreadable import ExceededError, UnreadableError

_BATCH = 64
_WORKERS = 2
_QUICK = Limits(seconds=1, bytes=1024 * 1024)
_FOREIGN_POLL_SECONDS = 0.05
_SETTLE_SECONDS = 60
_LOOK_SECONDS = 0.2
_AGAIN_SECONDS = 5

_log = logging.getLogger(__name__)


class _StoppedError(Exception):
    """The account closes, or the file was detached: its indexing is to stop."""


@dataclass(frozen=True, slots=True)
class _Lane:
    """Workers, and what they may spend on reading a file."""

    workers: ThreadPoolExecutor
    limits: Limits

    @classmethod
    def of(cls, name: str, limits: Limits) -> "_Lane":
        return cls(ThreadPoolExecutor(_WORKERS, thread_name_prefix=f"asstctl-{name}"), limits)


class Indexer:
    """Indexes files in background threads: from ``in_progress`` to ``completed`` or ``failed``.

    Whatever goes wrong while a file is read is written down as that file's ``last_error``: with an
    embedder, no file is ``completed`` that could not be embedded.
    """

    def __init__(self, database: Database, owner: str, embedding: Embedding | None) -> None:
        self._database = database
        self._embedding = embedding
        self._owner = owner
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._lanes = (_Lane.of("quick", _QUICK), _Lane.of("slow", Limits()))
        self._pending: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._neglected = Neglected(database, "store_files", indexing.UNFINISHED, "id, store_id")

    def start(self, files: Iterable[tuple[str, str]]) -> None:
        """Index (store id, file id) pairs that this account owns. Needs a running event loop."""
        self._loop = asyncio.get_running_loop()
        for key in files:
            task = asyncio.create_task(self._run(key))
            self._pending[key] = task
            task.add_done_callback(self._forget(key))

    async def _run(self, key: tuple[str, str]) -> None:
        """Index a file in the first lane that will do, as soon as the account can be used."""
        lanes = iter(self._lanes)
        lane, again = next(lanes), False
        while True:
            try:
                if await asyncio.get_running_loop().run_in_executor(
                    lane.workers, partial(self._index, key, lane, again=again)
                ):
                    return
                lane, again = next(lanes), False
            except UnavailableError as error:
                if not again:
                    _log.warning("file %s waits to be indexed: %s", key[1], error.told)
                again = True
                await asyncio.sleep(_AGAIN_SECONDS)

    def _forget(self, key: tuple[str, str]) -> Callable[[asyncio.Task[None]], None]:
        def forget(done: asyncio.Task[None]) -> None:
            if self._pending.get(key) is done:
                del self._pending[key]
            if not done.cancelled():
                done.exception()  # the file itself carries the error

        return forget

    def adopt(self) -> None:
        """Take over the files that a dead process left ``in_progress``: they are indexed again."""
        self.start(indexing.adopt_unfinished(self._database, self._owner))

    def resume(self) -> None:
        """Index the files of this process that nobody is at."""
        found = self._neglected.look(self._owner, lambda row: _key(row) in self._pending)
        self.start(map(_key, found))

    async def settled(self, store_ids: tuple[str, ...]) -> None:
        """Wait until nothing in the stores is ``in_progress``; `TimeoutError` after a minute."""
        async with asyncio.timeout(_SETTLE_SECONDS):
            while indexing.has_unfinished(self._database, store_ids):
                own = [future for key, future in self._pending.items() if key[0] in store_ids]
                if own:
                    await asyncio.wait(own)
                else:  # another process is at it, or was until it died
                    self.adopt()
                    await asyncio.sleep(_FOREIGN_POLL_SECONDS)

    async def close(self) -> None:
        """Stop the workers and wait for them; unfinished files are indexed at the next start."""
        self._stop.set()
        for lane in self._lanes:
            await asyncio.to_thread(lane.workers.shutdown, wait=True, cancel_futures=True)
        for task in self._pending.values():
            task.cancel()  # those that wait for room
        await asyncio.gather(*self._pending.values(), return_exceptions=True)

    def _index(self, key: tuple[str, str], lane: _Lane, *, again: bool) -> bool:
        """Index one file, in a worker thread; false when it is too much for this lane.

        Raises UnavailableError alone; ``again`` tells that it did so before.
        """
        job = indexing.job(self._database, *key, self._owner)
        if job is None:
            return True
        try:
            indexing.begin(self._database, job, again=again)
            self._check()
            usage = self._store(job, self._passages(job, lane.limits))
            indexing.finish(self._database, job, usage_bytes=usage)
        except _StoppedError:
            indexing.put_off(self._database, job)
        except UnreadableError as error:
            if isinstance(error, ExceededError) and lane is not self._lanes[-1]:
                indexing.put_off(self._database, job)
                return False
            indexing.finish(self._database, job, error=("invalid_file", str(error)))
        except EmbeddingError as error:
            indexing.finish(self._database, job, error=("server_error", str(error)))
        except UnavailableError as error:
            if isinstance(error, UnwritableError) or not again:
                raise
            indexing.finish(self._database, job, error=("server_error", error.told))
        # Whatever went wrong is this file's failure, not the account's.
        except Exception as error:
            message = f"The file could not be indexed: {type(error).__name__}: {error}"
            indexing.finish(self._database, job, error=("server_error", message))
        return True

    def _check(self) -> None:
        if self._stop.is_set():
            raise _StoppedError

    def _passages(self, job: indexing.Job, limits: Limits) -> Iterator[str]:
        raw = FileReader(self._database, job.file_id)
        if raw.size == 0:
            raise UnreadableError("The file is empty.")
        cut = (job.chunk_tokens, job.overlap_tokens)
        with io.BufferedReader(raw) as stream:
            yield from passages_apart(stream, raw.size, job.filename, cut, limits, self._check)

    def _store(self, job: indexing.Job, passages: Iterator[str]) -> int:
        usage, position = 0, 0
        while batch := list(itertools.islice(passages, _BATCH)):
            self._check()
            embedded = self._embed(batch)
            if not indexing.add_passages(self._database, job, position, batch, embedded):
                raise _StoppedError
            position += len(batch)
            usage += sum(len(text.encode()) for text in batch)
        return usage

    def _embed(self, texts: list[str]) -> indexing.Embedded | None:
        """Let the event loop ask, so that closing the account need not wait for the answer."""
        if self._embedding is None or self._loop is None:
            return None
        asking = asyncio.run_coroutine_threadsafe(self._embedding.embed(texts), self._loop)
        try:
            while True:
                with suppress(TimeoutError):
                    return asking.result(_LOOK_SECONDS)
                self._check()
        finally:
            asking.cancel()


def _key(row: Row) -> tuple[str, str]:
    return row["store_id"], row["id"]


def chunking(strategy: dict[str, Any] | None) -> dict[str, Any]:
    """Give a requested strategy as it reads back: ``auto`` is static 800/400."""
    if strategy is None or strategy["type"] == "auto":
        return {
            "type": "static",
            "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
        }
    return {"type": "static", "static": dict(strategy["static"])}
