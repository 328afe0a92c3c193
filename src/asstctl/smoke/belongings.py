"""What a conversation leaves in the account, and putting all of it away again."""

import asyncio
from collections.abc import Awaitable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

from asstctl.smoke.drive import RunDriver
from asstctl.smoke.observer import CaseRef, Observer
from asstctl.smoke.ports import SmokeAccount
from asstctl.smoke.text import told
from asstctl.sync.ports import AccountError

CLEANUP_SECONDS = 15.0
"""How long one deletion may take before it counts as failed."""


@dataclass(slots=True, kw_only=True)
class Belongings:
    """Objects that exist only because of one conversation. Nothing here outlives ``put_away``.

    ``kept_stores`` are ids of stores that belong to the project, whatever a thread says of them.
    """

    account: SmokeAccount
    case: CaseRef
    observer: Observer
    kept_stores: Collection[str] = ()
    drivers: list[RunDriver] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    judge_threads: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    has_scratch_stores: bool = False

    async def keep_track(self, into: list[str], request: Coroutine[Any, Any, str]) -> str:
        """Make an object and note its id, also when somebody stops waiting for the answer."""
        task = asyncio.ensure_future(request)
        try:
            made = await asyncio.shield(task)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait({task}, timeout=CLEANUP_SECONDS)
            if done and not task.cancelled() and task.exception() is None:
                into.append(task.result())
            task.cancel()
            raise
        into.append(made)
        return made

    async def put_away(self, *, keep_threads: bool) -> tuple[str, ...]:
        """Stop runs and delete everything. Returns the ids of the threads that still exist."""
        for driver in self.drivers:
            await driver.stop()
        retained = [
            thread for thread in self.judge_threads if not await self._delete("thread", thread)
        ]
        if keep_threads:
            for thread in self.threads:
                self.observer.on_thread_kept(self.case, thread)
            return (*self.threads, *retained)
        for thread in self.threads:
            stores = await self._scratch_stores(thread)
            if not await self._delete("thread", thread):
                retained.append(thread)
            for store in stores:
                await self._delete("vector store", store)
        for upload in self.uploads:
            await self._delete("file", upload)
        return tuple(retained)

    async def _scratch_stores(self, thread: str) -> tuple[str, ...]:
        if not self.has_scratch_stores:
            return ()
        try:
            async with asyncio.timeout(CLEANUP_SECONDS):
                stores = await self.account.scratch_stores(thread)
        except (AccountError, TimeoutError):
            return ()
        return tuple(store for store in stores if store not in self.kept_stores)

    async def _delete(self, what: str, object_id: str) -> bool:
        try:
            async with asyncio.timeout(CLEANUP_SECONDS):
                await self._deletion(what, object_id)
        except AccountError as error:
            why = told(error)
        except TimeoutError:
            why = f"no answer within {CLEANUP_SECONDS:g} s"
        else:
            return True
        self.observer.on_cleanup_failed(self.case, f"{what} {object_id}", why)
        return False

    def _deletion(self, what: str, object_id: str) -> Awaitable[None]:
        match what:
            case "thread":
                return self.account.delete_thread(object_id)
            case "file":
                return self.account.delete_file(object_id)
            case _:
                return self.account.delete_store(object_id)
