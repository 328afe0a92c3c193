"""Opening a local account: the file, the workers behind it, and the application in front."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from asstctl.emulator.account import Account
from asstctl.emulator.app import build_app
from asstctl.emulator.models.offline import OfflineModel
from asstctl.emulator.store import blobs
from asstctl.emulator.store.connect import connect
from asstctl.emulator.store.database import UnavailableError
from asstctl.errors import AsstctlError

if TYPE_CHECKING:
    from asstctl.emulator.models.upstream import Embeddings, Upstream
    from asstctl.emulator.store.bucket import Bucket
    from asstctl.emulator.work.interpreter import Interpreter

_log = logging.getLogger(__name__)

_ADOPT_SECONDS = 3


@asynccontextmanager
async def open_account(
    place: Path | str | None,
    *,
    bucket: "Bucket | None" = None,
    api_keys: Collection[str] = (),
    model: "Upstream | None" = None,
    embeddings: "Embeddings | None" = None,
    interpreter: "Interpreter | None" = None,
    bundles: Callable[[], Iterable[Path]] = tuple,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Account]:
    """Open the account in a file (made if missing), in memory, or in the database of a URL.

    The content of files is kept there too, or in ``bucket``.
    With ``api_keys``, requests must carry one of them; without, any key is accepted. Answers come
    from the offline model unless an upstream is given, and code that it writes is run by
    ``interpreter`` alone. Files are found by meaning too where ``embeddings`` are given. The page
    talks to what is in the ``bundles`` too, read when it is shown. Runs work as tasks of this
    context: those still active at its end are cancelled and marked ``failed``. Raises AsstctlError
    where it cannot be opened.
    """
    async with AsyncExitStack() as opened:
        with _opening():
            database = connect(place, bucket)
            opened.callback(database.close)
            blobs.sweep(database, clock())
            account = Account(
                database,
                api_keys=api_keys,
                model=model.connect() if model else OfflineModel(),
                embedder=embeddings.connect() if embeddings else None,
                interpreter=interpreter,
                bundles=bundles,
                clock=clock,
            )
            opened.push_async_callback(_close, account)
            account.app = build_app(account)
            if account.embedding is not None:
                account.embedding.begin()
            account.worker.elsewhere.begin()
            account.adopt()
            await opened.enter_async_context(_adopting(account))
        yield account


@contextmanager
def _opening() -> Iterator[None]:
    """Raise AsstctlError where an account cannot be used from the start."""
    try:
        yield
    except UnavailableError as error:
        raise AsstctlError(
            "cannot open the account",
            why=error.told,
            fix="Try again once what holds the account can be used.",
        ) from error


async def _close(account: Account) -> None:
    await account.worker.close()
    await account.engine.close()
    await account.indexer.close()
    if account.embedding is not None:
        await account.embedding.close()


@asynccontextmanager
async def _adopting(account: Account) -> AsyncIterator[None]:
    """Look every few seconds, while this is open, whether another process has died."""

    async def look() -> None:
        while True:
            await asyncio.sleep(_ADOPT_SECONDS)
            try:
                account.adopt()
            except UnavailableError:
                pass  # then next time
            except Exception:
                _log.exception("looking for dead processes failed")

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
