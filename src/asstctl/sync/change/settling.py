"""Writes that end the same when they are made twice: a lost answer is settled by a look.

The adapter has tried such a request as often as makes sense. When no answer came, the account
itself knows whether it was done.
"""

from collections.abc import Awaitable, Callable

from asstctl.model.assistant import AssistantSpec
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.ports import Account, AccountError


async def update_assistant(
    account: Account, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
) -> None:
    """Make an assistant equal to ``spec``, which carries its stamp."""

    async def is_done() -> bool:
        found = await account.get_assistant(assistant_id)
        return found is not None and found.spec.metadata.items() >= spec.metadata.items()

    await _settle(account.update_assistant(assistant_id, spec, was=was), is_done)


async def update_store(
    account: Account, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
) -> None:
    """Set a store's own fields; ``spec`` carries its stamp."""

    async def is_done() -> bool:
        found = await account.get_store(store_id)
        return found is not None and found.spec.metadata.items() >= spec.metadata.items()

    await _settle(account.update_store(store_id, spec, was=was), is_done)


async def delete_assistant(account: Account, assistant_id: str) -> None:
    """Delete an assistant."""

    async def is_done() -> bool:
        return await account.get_assistant(assistant_id) is None

    await _settle(account.delete_assistant(assistant_id), is_done)


async def delete_store(account: Account, store_id: str) -> None:
    """Delete a vector store, not its uploads."""

    async def is_done() -> bool:
        return await account.get_store(store_id) is None

    await _settle(account.delete_store(store_id), is_done)


async def detach(account: Account, store_id: str, file_id: str) -> None:
    """Take a file out of a vector store."""

    async def is_done() -> bool:
        files = await account.list_store_files(store_id)
        return all(file.id != file_id for file in files)

    await _settle(account.detach(store_id, file_id), is_done)


async def _settle(write: Awaitable[object], is_done: Callable[[], Awaitable[bool]]) -> None:
    try:
        await write
    except AccountError as error:
        if not error.outcome_unknown or not await is_done():
            raise
