"""Which objects of the account are pulled."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asstctl.errors import UsageError
from asstctl.model.address import Address
from asstctl.model.stamp import PROBE
from asstctl.sync.listing import all_stores, finish
from asstctl.sync.ownership import stamp_of
from asstctl.sync.ports import (
    Account,
    AccountError,
    AssistantList,
    Failure,
    RemoteAssistant,
    RemoteFile,
    RemoteStore,
    StoreList,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullScope:
    """What to pull: these ids, else everything of the account, else what ``project`` manages.

    ``described`` are addresses that a manifest describes already, with that manifest's path.
    """

    project: str
    ids: tuple[str, ...] = ()
    everything: bool = False
    described: Mapping[Address, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The objects to be pulled; the files of each store, by its id."""

    assistants: tuple[RemoteAssistant, ...]
    stores: tuple[RemoteStore, ...]
    files: Mapping[str, tuple[RemoteFile, ...]]
    unread: Mapping[str, str]
    """Why the files of some stores are not known, by the store's id."""
    gone: frozenset[str]
    """Stores that assistants refer to and that are not there."""
    cut: bool
    expired: int


@dataclass(frozen=True, slots=True)
class _Lists:
    """Everything that the account shows."""

    assistants: AssistantList
    stores: StoreList

    @property
    def living(self) -> dict[str, RemoteStore]:
        """The stores that have not expired, by id."""
        return {store.id: store for store in self.stores.items if not store.expired}


async def choose(account: Account, scope: PullScope) -> Chosen:
    """The objects in ``scope``, and the stores that its assistants use.

    Raises AccountError, and UsageError when there are none, or not all of the ids that were given.
    """
    lists = await _read_lists(account)
    if scope.ids:
        assistants, stores = await _by_id(account, scope.ids, lists)
    else:
        assistants, stores = _all_in(scope, lists)
        if not assistants and not stores:
            raise _nothing(account, scope)
    used = {item.spec.vector_store for item in assistants if item.spec.vector_store}
    missing = used - {store.id for store in stores}
    found = await _find_stores(account, missing, lists)
    stores += [found[store_id] for store_id in sorted(found)]
    files, unread = await _list_files(account, stores)
    return Chosen(
        assistants=tuple(sorted(assistants, key=_by_age)),
        stores=tuple(sorted(stores, key=_by_age)),
        files=files,
        unread=unread,
        gone=frozenset(missing - found.keys()),
        cut=not scope.ids and (lists.assistants.cut or lists.stores.cut),
        expired=0 if scope.ids else _count_expired(scope, lists),
    )


async def _read_lists(account: Account) -> _Lists:
    assistants = asyncio.create_task(account.list_assistants())
    stores = asyncio.create_task(all_stores(account))
    await finish(assistants, stores)
    return _Lists(assistants.result(), stores.result())


def _all_in(scope: PullScope, lists: _Lists) -> tuple[list[RemoteAssistant], list[RemoteStore]]:
    return (
        [item for item in lists.assistants.items if _is_in(scope, item)],
        [item for item in lists.living.values() if _is_in(scope, item)],
    )


def _count_expired(scope: PullScope, lists: _Lists) -> int:
    """How many stores would have been pulled, had they not expired."""
    return len([item for item in lists.stores.items if item.expired and _is_in(scope, item)])


async def _find_stores(account: Account, ids: set[str], lists: _Lists) -> dict[str, RemoteStore]:
    """The living stores with these ids; what a cut list does not show is asked for by name."""
    found = {store_id: store for store_id, store in lists.living.items() if store_id in ids}
    if lists.stores.cut:
        found |= await _unlisted(account, ids - {store.id for store in lists.stores.items})
    return found


async def _list_files(
    account: Account, stores: Iterable[RemoteStore]
) -> tuple[dict[str, tuple[RemoteFile, ...]], dict[str, str]]:
    """The files of each store by its id, and why those of some are not known."""
    unread: dict[str, str] = {}
    ids = [store.id for store in stores]
    lists = await asyncio.gather(*(_files_of(account, store_id, unread) for store_id in ids))
    return dict(zip(ids, lists, strict=True)), unread


async def _unlisted(account: Account, ids: Iterable[str]) -> dict[str, RemoteStore]:
    """Stores that a cut list does not show, asked for by name."""
    found = await asyncio.gather(*map(account.get_store, ids))
    return {store.id: store for store in found if store is not None and not store.expired}


async def _files_of(
    account: Account, store_id: str, unread: dict[str, str]
) -> tuple[RemoteFile, ...]:
    """The files of a store; where the server does not list any, ``unread`` is told."""
    try:
        return await account.list_store_files(store_id)
    except AccountError as error:
        if error.failure is not Failure.UNSUPPORTED:
            raise
        unread[store_id] = "files: the server does not list what is in a vector store."
        return ()


async def _by_id(
    account: Account, ids: Iterable[str], lists: _Lists
) -> tuple[list[RemoteAssistant], list[RemoteStore]]:
    """The objects with these ids, in this order. Raises UsageError, naming those not found."""
    listed, living = {item.id: item for item in lists.assistants.items}, lists.living
    assistants: list[RemoteAssistant] = []
    stores: list[RemoteStore] = []
    unknown: list[str] = []
    for object_id in dict.fromkeys(ids):
        assistant = listed.get(object_id) or await account.get_assistant(object_id)
        store = None if assistant else living.get(object_id) or await account.get_store(object_id)
        if assistant is not None:
            assistants.append(assistant)
        elif store is not None:
            stores.append(store)
        else:
            unknown.append(object_id)
    if unknown:
        raise UsageError(
            f"{account.name} has no {', '.join(unknown)}",
            why="Each ID is that of an assistant or a vector store.",
            fix="Check the ids and the target.",
        )
    return assistants, stores


def _is_in(scope: PullScope, remote: RemoteAssistant | RemoteStore) -> bool:
    if PROBE in remote.spec.metadata:
        return False
    stamp = stamp_of(remote)
    return scope.everything or (stamp is not None and stamp.project == scope.project)


def _nothing(account: Account, scope: PullScope) -> UsageError:
    if scope.everything:
        return UsageError(f"{account.name} holds no assistants and no vector stores")
    return UsageError(
        f"the project {scope.project!r} manages nothing in {account.name}",
        why="Without ids and without --all, pull writes down what this project manages.",
        fix="Give the ids of what you want, or --all for everything in the account.",
    )


def _by_age(remote: RemoteAssistant | RemoteStore) -> tuple[float, str]:
    return remote.created_at, remote.id
