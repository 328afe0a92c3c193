"""Cleanup: every object that a conversation creates in the account is tracked, then deleted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from asstctl.smoke.observer import CaseRef, SmokeObserver
from asstctl.smoke.ports import Place, SmokeAccount
from asstctl.smoke.run import RunFollower
from asstctl.sync.ports import AccountError

DELETION_SECONDS = 180.0
"""Seconds that one deletion may take: the longest pause that an account asks for, and a minute."""

CLEANUP_SECONDS = 15.0
"""Seconds that it may take after an interrupt, when somebody waits for the end."""

T = TypeVar("T")


async def tracked(
    request: Coroutine[Any, Any, T], note: Callable[[T], object], *, grace: float = CLEANUP_SECONDS
) -> T:
    """Await the request that creates an object, ``note`` its answer and return it.

    Raises what the request raises. When the caller is cancelled meanwhile, the request gets
    another ``grace`` seconds to finish: its object may exist already, and without its id it would
    stay in the account as an orphan.
    """
    task = asyncio.ensure_future(request)
    try:
        answer = await asyncio.shield(task)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait({task}, timeout=grace)
        if done and not task.cancelled() and task.exception() is None:
            note(task.result())
        elif task.cancel():
            await asyncio.wait({task})
        raise
    note(answer)
    return answer


@dataclass(slots=True, kw_only=True)
class Cleanup:
    """The objects that exist only because of one case: ``clean_up`` deletes them all.

    ``kept_stores`` are the ids of the project's own vector stores. They are never deleted, not even
    when a conversation names one as its own. ``has_scratch_stores`` says that there may be a vector
    store for the attachments of a conversation, so that there is one to look for. ``patience`` is
    how long one deletion may take, in seconds.
    """

    account: SmokeAccount
    case: CaseRef
    observer: SmokeObserver
    kept_stores: Collection[str] = ()
    runs: list[RunFollower] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)
    judges: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    has_scratch_stores: bool = False
    patience: float = DELETION_SECONDS
    _scope: asyncio.Timeout | None = None

    async def track(self, into: list[str], request: Coroutine[Any, Any, str]) -> str:
        """Await the request that creates an object, append its id to ``into`` and return it."""
        return await tracked(request, into.append)

    async def to_its_end(self, *, keep: bool) -> tuple[Place, ...]:
        """``clean_up``, in haste when the caller is or gets cancelled; a second time ends it."""
        caller = asyncio.current_task()
        if caller and caller.cancelling():
            self._hurry()
        task = asyncio.ensure_future(self.clean_up(keep=keep))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._hurry()
            await asyncio.wait({task})
            raise

    def _hurry(self) -> None:
        self.patience = CLEANUP_SECONDS
        if self._scope:
            self._scope.reschedule(asyncio.get_running_loop().time() + self.patience)

    @asynccontextmanager
    async def _patiently(self) -> AsyncIterator[None]:
        """Raises TimeoutError when the context takes longer than there is patience for."""
        async with asyncio.timeout(self.patience) as self._scope:
            try:
                yield
            finally:
                self._scope = None

    async def clean_up(self, *, keep: bool) -> tuple[Place, ...]:
        """Stop every run and delete every object. Returns the conversations that remain.

        With ``keep`` the conversations and their files stay, for a person to look at; the judge's
        go all the same. Raises nothing: a deletion that fails is reported to the observer, and the
        others go on.
        """
        for follower in self.runs:
            await follower.stop()
        remaining = await self._deleted(self.judges)
        if keep:
            kept = self._places(self.conversations)
            for place in kept:
                self.observer.on_kept(self.case, place)
            return (*kept, *remaining)
        for conversation in self.conversations:
            stores = await self._scratch_stores(conversation)
            remaining += await self._deleted([conversation])
            for store in stores:
                await self._delete(f"vector store {store}", self.account.delete_store(store))
        for upload in self.uploads:
            await self._delete(f"file {upload}", self.account.delete_file(upload))
        return remaining

    async def _deleted(self, conversations: list[str]) -> tuple[Place, ...]:
        """Delete conversations; those that remain."""
        stuck = []
        for conversation in conversations:
            what = self.account.place_of(conversation) or "what a conversation left"
            if not await self._delete(str(what), self.account.delete_conversation(conversation)):
                stuck.append(conversation)
        return self._places(stuck)

    def _places(self, conversations: list[str]) -> tuple[Place, ...]:
        return tuple(filter(None, map(self.account.place_of, conversations)))

    async def _scratch_stores(self, conversation: str) -> tuple[str, ...]:
        if not self.has_scratch_stores:
            return ()
        try:
            async with self._patiently():
                stores = await self.account.scratch_stores(conversation)
        except (AccountError, TimeoutError):
            return ()
        return tuple(store for store in stores if store not in self.kept_stores)

    async def _delete(self, what: str, deletion: Awaitable[None]) -> bool:
        try:
            async with self._patiently():
                await deletion
        except AccountError as error:
            why = error.one_line
        except TimeoutError:
            why = f"no answer within {self.patience:g} s"
        else:
            return True
        self.observer.on_cleanup_failed(self.case, what, why)
        return False
