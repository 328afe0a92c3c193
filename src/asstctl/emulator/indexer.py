"""Reading attached files in the background: extraction in threads, one transaction per batch."""

import asyncio
import io
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asstctl.emulator.store import indexing
from asstctl.emulator.store.blobs import FileReader
from asstctl.emulator.store.database import Database
from asstctl.emulator.text.apart import extract_apart
from asstctl.emulator.text.chunk import chunk
from asstctl.emulator.text.unreadable import UnreadableError

_BATCH = 64
_WORKERS = 2
_FOREIGN_POLL_SECONDS = 0.05
_SETTLE_SECONDS = 60


class _StoppedError(Exception):
    """The account closes, or the file was detached: its indexing is to stop."""


class Indexer:
    """Indexes files in background threads: from ``in_progress`` to ``completed`` or ``failed``.

    Whatever goes wrong while a file is read is written down as that file's ``last_error``.
    """

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="asstctl-index")
        self._pending: dict[tuple[str, str], asyncio.Future[None]] = {}

    def start(self, files: Iterable[tuple[str, str]]) -> None:
        """Index (store id, file id) pairs that this account owns. Needs a running event loop."""
        loop = asyncio.get_running_loop()
        for key in files:
            future = loop.run_in_executor(self._pool, self._index, *key)
            self._pending[key] = future
            future.add_done_callback(self._forget(key))

    def _forget(self, key: tuple[str, str]) -> Callable[[asyncio.Future[None]], None]:
        def forget(done: asyncio.Future[None]) -> None:
            if self._pending.get(key) is done:
                del self._pending[key]
            if not done.cancelled():
                done.exception()  # the file itself carries the error

        return forget

    def adopt(self) -> None:
        """Take over the files that a dead process left ``in_progress``: they are indexed again."""
        self.start(indexing.adopt_unfinished(self._database, self._owner))

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
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _index(self, store_id: str, file_id: str) -> None:
        """Index one file, in a worker thread. Raises nothing."""

        def check() -> None:
            if self._stop.is_set():
                raise _StoppedError

        job = indexing.job(self._database, store_id, file_id, self._owner)
        if job is None:
            return
        try:
            indexing.begin(self._database, job)
            check()
            usage = self._store(job, self._passages(job, check), check)
            indexing.finish(self._database, job, usage_bytes=usage)
        except _StoppedError:
            indexing.put_off(self._database, job)
        except UnreadableError as error:
            indexing.finish(self._database, job, error=("invalid_file", str(error)))
        # Whatever went wrong is this file's failure, not the account's.
        except Exception as error:
            message = f"The file could not be indexed: {type(error).__name__}: {error}"
            indexing.finish(self._database, job, error=("server_error", message))

    def _passages(self, job: indexing.Job, check: Callable[[], None]) -> Iterator[str]:
        raw = FileReader(self._database, job.file_id)
        if raw.size == 0:
            raise UnreadableError("The file is empty.")
        with io.BufferedReader(raw) as stream:
            text = extract_apart(stream, job.filename, check)
        return chunk(text, job.chunk_tokens, job.overlap_tokens)

    def _store(self, job: indexing.Job, passages: Iterator[str], check: Callable[[], None]) -> int:
        usage, position = 0, 0
        while batch := list(itertools.islice(passages, _BATCH)):
            check()
            if not indexing.add_passages(self._database, job, position, batch):
                raise _StoppedError
            position += len(batch)
            usage += sum(len(text.encode()) for text in batch)
        return usage


def chunking(strategy: dict[str, Any] | None) -> dict[str, Any]:
    """Give a requested strategy as it reads back: ``auto`` is static 800/400."""
    if strategy is None or strategy["type"] == "auto":
        return {
            "type": "static",
            "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
        }
    return {"type": "static", "static": dict(strategy["static"])}
