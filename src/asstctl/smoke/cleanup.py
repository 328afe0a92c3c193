"""Cleanup: every object that a conversation creates in the account is tracked, then deleted."""

import asyncio
from collections.abc import Awaitable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

from asstctl.smoke.observer import CaseRef, SmokeObserver
from asstctl.smoke.ports import SmokeAccount
from asstctl.smoke.run import RunFollower
from asstctl.sync.ports import AccountError

CLEANUP_SECONDS = 15.0
"""Seconds that one deletion may take before it counts as failed."""


@dataclass(slots=True, kw_only=True)
class Cleanup:
    """The objects that exist only because of one conversation: ``clean_up`` deletes them all.

    ``kept_stores`` are the ids of the project's own vector stores. They are never deleted, not even
    when a thread lists one as its own. ``has_scratch_stores`` says that an attachment made the
    server create a vector store for a thread, so that there is one to look for.
    """

    account: SmokeAccount
    case: CaseRef
    observer: SmokeObserver
    kept_stores: Collection[str] = ()
    runs: list[RunFollower] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    judge_threads: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    has_scratch_stores: bool = False

    async def track(self, into: list[str], request: Coroutine[Any, Any, str]) -> str:
        """Await the request that creates an object, append its id to ``into`` and return it.

        Raises what the request raises. When the caller is cancelled meanwhile, the request gets
        another ``CLEANUP_SECONDS`` to finish: its object may exist already, and without its id
        it would stay in the account as an orphan.
        """
        task = asyncio.ensure_future(request)
        try:
            object_id = await asyncio.shield(task)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait({task}, timeout=CLEANUP_SECONDS)
            if done and not task.cancelled() and task.exception() is None:
                into.append(task.result())
            task.cancel()
            raise
        into.append(object_id)
        return object_id

    async def clean_up(self, *, keep_threads: bool) -> tuple[str, ...]:
        """Stop every run and delete every object. Returns the ids of the threads that remain.

        With ``keep_threads`` the threads and their files stay, for a person to look at; the
        judge's threads go all the same. Raises nothing: a deletion that fails is reported to the
        observer, and the others go on.
        """
        for follower in self.runs:
            await follower.stop()
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
            why = error.one_line
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
