"""Deletes, looked at again: an object that still stands was not deleted, whatever was answered."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from asstctl.model.address import Kind
from asstctl.plan.action import Action
from asstctl.sync.ports import Account, AccountError, Failure, NotKeptError
from asstctl.sync.readback.reading import ReadBack
from asstctl.sync.result import ChangeResult, Status


def deleted(results: Iterable[ChangeResult]) -> tuple[ChangeResult, ...]:
    """The changes that the account says it has deleted an object for."""
    return tuple(
        result
        for result in results
        if result.status is Status.DONE and result.action is Action.DELETE
    )


async def still_standing(
    items: Iterable[ChangeResult], found: ReadBack, account: Account
) -> dict[str, ChangeResult]:
    """Deletes that came to nothing: their results, by object id.

    A list may lag behind, so what it still shows is asked for by name.
    """
    suspects = [item for item in items if item.id in found.ids]
    there = await asyncio.gather(*(_is_there(item, account) for item in suspects))
    return {
        item.id: replace(item, status=Status.FAILED, error=_standing(item))
        for item, stands in zip(suspects, there, strict=True)
        if stands and item.id
    }


async def _is_there(item: ChangeResult, account: Account) -> bool:
    assert item.id is not None
    get = {
        Kind.ASSISTANT: account.get_assistant,
        Kind.ENVIRONMENT: account.get_environment,
        Kind.VECTOR_STORE: account.get_store,
    }
    try:
        return await get[item.address.kind](item.id) is not None
    except AccountError:
        return False


def _standing(item: ChangeResult) -> NotKeptError:
    return NotKeptError(
        f"{item.address} ({item.id}) was not deleted, it is still there",
        failure=Failure.INVALID,
        why="The server answered that it had deleted the object, and shows it all the same.",
        fix="Run the command again; if that does not help, delete it with the service's own means.",
    )
