"""Idempotent writes: made once or twice, they end the same. A lost answer is settled by a read.

The adapter retries such a request on its own (see ``ports.Account``). When even the last retry got
no answer, the account is asked whether the write was done: the failure is raised only if it was
not. Creates are not idempotent; see ``exactly_once`` for them.

Every function raises AccountError.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import canonical_environment, readable
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.json import is_same
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.ports import Account, AccountError

T = TypeVar("T")


async def update_assistant(
    account: Account, assistant_id: str, spec: AssistantSpec, *, was: AssistantSpec
) -> str:
    """Make an assistant equal to ``spec``; ``was`` is what it was before. Its id from now on.

    ``spec`` carries its stamp, which no other write carries: the read knows the write by it.
    """

    async def is_done() -> bool:
        found = await account.get_assistant(assistant_id)
        return found is not None and found.spec.metadata.items() >= spec.metadata.items()

    updated = await _write(account.update_assistant(assistant_id, spec, was=was), is_done)
    return updated.id if updated is not None else assistant_id


async def update_store(
    account: Account, store_id: str, spec: VectorStoreSpec, *, was: VectorStoreSpec
) -> None:
    """Set a store's own fields, files aside; a read knows the write by the stamp in ``spec``."""

    async def is_done() -> bool:
        found = await account.get_store(store_id)
        return found is not None and found.spec.metadata.items() >= spec.metadata.items()

    await _write(account.update_store(store_id, spec, was=was), is_done)


async def update_environment(account: Account, environment_id: str, spec: EnvironmentSpec) -> None:
    """Make an environment equal to ``spec``.

    A read knows the write by the name, which has the digest of all of it, and by what was edited
    back.
    """
    wanted = readable(canonical_environment(spec))

    async def is_done() -> bool:
        found = await account.get_environment(environment_id)
        return found is not None and is_same(canonical_environment(found.spec), wanted)

    await _write(account.update_environment(environment_id, spec), is_done)


async def delete_assistant(account: Account, assistant_id: str) -> None:
    """Delete an assistant. One that is gone when the answer is lost counts as deleted."""

    async def is_done() -> bool:
        return await account.get_assistant(assistant_id) is None

    await _write(account.delete_assistant(assistant_id), is_done)


async def delete_store(account: Account, store_id: str) -> None:
    """Delete a vector store, not its uploads. One that is gone counts as deleted."""

    async def is_done() -> bool:
        return await account.get_store(store_id) is None

    await _write(account.delete_store(store_id), is_done)


async def delete_environment(account: Account, environment_id: str) -> None:
    """Delete an environment, not its uploads. One that is gone counts as deleted."""

    async def is_done() -> bool:
        return await account.get_environment(environment_id) is None

    await _write(account.delete_environment(environment_id), is_done)


async def detach(account: Account, store_id: str, file_id: str) -> None:
    """Take a file out of a vector store. The upload stays in the account."""

    async def is_done() -> bool:
        files = await account.list_store_files(store_id)
        return all(file.id != file_id for file in files)

    await _write(account.detach(store_id, file_id), is_done)


async def _write(write: Awaitable[T], is_done: Callable[[], Awaitable[bool]]) -> T | None:
    """What a write answers; None where that is lost and ``is_done`` reads that it happened."""
    try:
        return await write
    except AccountError as error:
        if not error.outcome_unknown or not await is_done():
            raise
        return None
