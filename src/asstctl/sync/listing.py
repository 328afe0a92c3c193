"""Whole lists, also from servers that lose objects where a page ends or have no vector stores."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias, TypeVar

from asstctl.sync.ports import Account, AccountError, AssistantList, Failure, StoreList

Listed = TypeVar("Listed", AssistantList, StoreList)

Read: TypeAlias = Callable[..., Awaitable[Listed]]
"""Reads a list: newest first, unless ``newest_first=False`` is given."""


async def all_assistants(account: Account) -> AssistantList:
    """Every assistant. Raises AccountError."""
    return await _whole(account.list_assistants)


async def all_stores(account: Account) -> StoreList:
    """Every vector store; none where the server has no such thing. Raises AccountError."""
    try:
        return await _whole(account.list_stores)
    except AccountError as error:
        if error.failure in (Failure.MISSING, Failure.UNSUPPORTED):
            return StoreList()
        raise


async def _whole(read: Read[Listed]) -> Listed:
    found = await read()
    return joined(found, await read(newest_first=False)) if found.tied else found


def joined(one: Listed, other: Listed) -> Listed:
    """What two readings of one list show, each object once."""
    items = {item.id: item for item in (*one.items, *other.items)}
    return replace(one, items=tuple(items.values()), cut=one.cut or other.cut)
