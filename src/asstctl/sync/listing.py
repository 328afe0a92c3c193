"""Lists that are read side by side, and those of servers that have no vector stores."""

import asyncio
from typing import Any

from asstctl.sync.ports import Account, AccountError, EnvironmentList, Failure, StoreList

NOT_THERE = (Failure.MISSING, Failure.UNSUPPORTED)
"""How a server says that it has no such endpoint."""


async def all_stores(account: Account) -> StoreList:
    """Every vector store; none where the server has no such thing. Raises AccountError."""
    try:
        return await account.list_stores()
    except AccountError as error:
        if error.failure in NOT_THERE:
            return StoreList()
        raise


async def all_environments(account: Account) -> EnvironmentList:
    """Every environment template; none where the server has no such thing. Raises AccountError."""
    try:
        return await account.list_environments()
    except AccountError as error:
        if error.failure in NOT_THERE:
            return EnvironmentList()
        raise


async def finish(*tasks: "asyncio.Task[Any]") -> None:
    """Wait for tasks that run side by side.

    Of several failures the one of the task that is named first is raised, whichever came first:
    the same account has to get the same error every time. The other tasks are then cancelled.
    """
    try:
        for task in tasks:
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
