"""Creating things exactly once over a wire that may lose the answer.

The API takes no idempotency key: a create whose answer was lost may or may not have happened. So
it is looked up, by its stamp, before any second try.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

from asstctl.model.actual import Upload
from asstctl.model.assistant import AssistantSpec
from asstctl.model.file import Content, is_like, is_named
from asstctl.model.stamp import DIGEST, FIELDS, KEY, PROJECT
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.leftovers.journal import UploadJournal
from asstctl.sync.ports import Account, AccountError, OnBytes, RemoteAssistant, RemoteStore

_TRIES: Final = 3
_IDENTITY: Final = (PROJECT, KEY, DIGEST, FIELDS)
"""What an object made by this very apply carries: among the fields stands the token of its run."""

T = TypeVar("T")


async def create_assistant(account: Account, spec: AssistantSpec) -> RemoteAssistant:
    """Make one assistant, whatever happens to the answer. ``spec`` carries its stamp."""

    async def find() -> RemoteAssistant | None:
        listing = await account.list_assistants()
        return next((item for item in listing.items if _is_same(item.spec, spec)), None)

    return await _once(lambda: account.create_assistant(spec), find)


async def create_store(account: Account, spec: VectorStoreSpec) -> RemoteStore:
    """Make one empty vector store, whatever happens to the answer."""

    async def find() -> RemoteStore | None:
        listing = await account.list_stores()
        living = (item for item in listing.items if not item.expired)
        return next((item for item in living if _is_same(item.spec, spec)), None)

    return await _once(lambda: account.create_store(spec), find)


async def upload(
    account: Account,
    content: Content,
    name: str,
    on_bytes: OnBytes,
    *,
    known: Collection[str],
    journal: UploadJournal,
    since: float,
) -> Upload:
    """Send one file, whatever happens to the answer.

    ``known`` are the uploads that are something else: those that were there before, and those
    that were made meanwhile. It is read when it is needed. ``journal`` is told before and after
    each try; ``since`` is when the newest upload was made that was there before.
    """
    entry = ""

    async def send() -> Upload:
        nonlocal entry
        entry = journal.begin(content, name, since=since)
        try:
            return await account.upload(content, name, on_bytes)
        except AccountError as error:
            if not error.outcome_unknown:
                journal.abandon(entry)
            raise

    async def find() -> Upload | None:
        candidates = (
            item
            for item in await account.list_uploads() or ()
            if item.id not in known and item.bytes == content.bytes and is_like(item.filename, name)
        )

        def fitness(item: Upload) -> tuple[bool, float]:
            return is_named(item.filename, name), item.created_at

        return max(candidates, key=fitness, default=None)

    made = await _once(send, find)
    journal.made(entry, made)
    return made


async def _once(create: Callable[[], Awaitable[T]], find: Callable[[], Awaitable[T | None]]) -> T:
    for attempt in range(1, _TRIES + 1):
        try:
            return await create()
        except AccountError as error:
            if not error.outcome_unknown:
                raise
            found = await find()
            if found is not None:
                return found
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def _is_same(
    found: AssistantSpec | VectorStoreSpec, wanted: AssistantSpec | VectorStoreSpec
) -> bool:
    return all(found.metadata.get(name) == wanted.metadata.get(name) for name in _IDENTITY)
