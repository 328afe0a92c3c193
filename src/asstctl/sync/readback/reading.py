"""Reading back what an apply wrote, with as few requests as will do."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from asstctl.model.address import Kind
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.sync.ownership import Remote
from asstctl.sync.ports import Account, RemoteAssistant, RemoteEnvironment, RemoteStore
from asstctl.sync.result import ChangeResult, Status

_LIST_FROM: Final = 5
"""From so many written objects of a kind on, one list is cheaper than reading each."""


@dataclass(frozen=True, slots=True)
class Written:
    """One change that was made, and the object that it made or changed."""

    change: Change
    result: ChangeResult

    @property
    def id(self) -> str:
        """The object's id."""
        assert self.result.id is not None
        return self.result.id


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the account now holds: everything (newest first) where something was created."""

    assistants: tuple[RemoteAssistant, ...]
    stores: tuple[RemoteStore, ...]
    environments: tuple[RemoteEnvironment, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of everything."""
        return frozenset(
            (
                *(item.id for item in self.assistants),
                *(item.id for item in self.stores),
                *(item.id for item in self.environments),
            )
        )


def written(changes: Iterable[Change], results: Iterable[ChangeResult]) -> tuple[Written, ...]:
    """The changes that put something into the account."""
    return tuple(
        Written(change, result)
        for change, result in zip(changes, results, strict=True)
        if result.status is Status.DONE and change.action is not Action.DELETE
    )


async def read_back(
    items: Iterable[Written], account: Account, *, deleted: Collection[Kind] = ()
) -> ReadBack:
    """Read what was written. Raises AccountError.

    Kinds of which something was ``deleted`` are listed: only a list tells what is gone without a
    request that has to fail.
    """
    items = tuple(items)

    async def all_assistants() -> tuple[RemoteAssistant, ...]:
        return (await account.list_assistants()).items

    async def all_stores() -> tuple[RemoteStore, ...]:
        return (await account.list_stores()).items

    async def all_environments() -> tuple[RemoteEnvironment, ...]:
        return (await account.list_environments()).items

    return ReadBack(
        await _fetch(
            _of(items, Kind.ASSISTANT),
            account.get_assistant,
            all_assistants,
            whole=Kind.ASSISTANT in deleted,
        ),
        await _fetch(
            _of(items, Kind.VECTOR_STORE),
            account.get_store,
            all_stores,
            whole=Kind.VECTOR_STORE in deleted,
        ),
        await _fetch(
            _of(items, Kind.ENVIRONMENT),
            account.get_environment,
            all_environments,
            whole=Kind.ENVIRONMENT in deleted,
        ),
    )


def _of(items: Iterable[Written], kind: Kind) -> list[Written]:
    return [item for item in items if item.change.address.kind is kind]


async def _fetch(
    items: list[Written],
    get: Callable[[str], Awaitable[Remote | None]],
    get_all: Callable[[], Awaitable[tuple[Remote, ...]]],
    *,
    whole: bool,
) -> tuple[Remote, ...]:
    """The cheaper of two ways; after a create always the list, which shows duplicates too."""
    created = any(item.change.action is Action.CREATE for item in items)
    listed = await get_all() if whole or created or len(items) >= _LIST_FROM else ()
    seen = {remote.id for remote in listed}
    # A list may lag behind or be cut: what it does not show is asked for by name.
    single = await asyncio.gather(*(get(item.id) for item in items if item.id not in seen))
    return listed + tuple(remote for remote in single if remote is not None)
