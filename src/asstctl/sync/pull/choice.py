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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to pull: these ids, else everything of the account, else what ``project`` manages.

    ``taken`` are addresses that are not free, with the place that has them.
    """

    project: str
    ids: tuple[str, ...] = ()
    everything: bool = False
    taken: Mapping[Address, str] = field(default_factory=dict)


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


async def choose(account: Account, wanted: Wanted) -> Chosen:
    """What is wanted, with the stores that it uses. Raises AccountError and UsageError."""
    reading = asyncio.create_task(account.list_assistants())
    looking = asyncio.create_task(all_stores(account))
    await finish(reading, looking)
    listing, shelves = reading.result(), looking.result()
    living = {store.id: store for store in shelves.items if not store.expired}
    if wanted.ids:
        assistants, stores = await _by_id(account, wanted.ids, listing, living)
    else:
        assistants = [item for item in listing.items if _is_wanted(item, wanted)]
        stores = [item for item in living.values() if _is_wanted(item, wanted)]
        if not assistants and not stores:
            raise _nothing(account, wanted)
    used = {item.spec.vector_store for item in assistants if item.spec.vector_store}
    missing = used - {store.id for store in stores}
    if shelves.cut:
        living |= await _unlisted(account, missing - {store.id for store in shelves.items})
    stores += [living[store_id] for store_id in sorted(missing) if store_id in living]
    unread: dict[str, str] = {}
    lists = await asyncio.gather(*(_files_of(account, store.id, unread) for store in stores))
    return Chosen(
        assistants=tuple(sorted(assistants, key=_by_age)),
        stores=tuple(sorted(stores, key=_by_age)),
        files={store.id: files for store, files in zip(stores, lists, strict=True)},
        unread=unread,
        gone=frozenset(missing - living.keys()),
        cut=not wanted.ids and (listing.cut or shelves.cut),
        expired=0 if wanted.ids else sum(_is_wanted(s, wanted) for s in shelves.items if s.expired),
    )


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
    account: Account,
    ids: Iterable[str],
    listing: AssistantList,
    living: Mapping[str, RemoteStore],
) -> tuple[list[RemoteAssistant], list[RemoteStore]]:
    listed = {item.id: item for item in listing.items}
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


def _is_wanted(remote: RemoteAssistant | RemoteStore, wanted: Wanted) -> bool:
    if PROBE in remote.spec.metadata:
        return False
    stamp = stamp_of(remote)
    return wanted.everything or (stamp is not None and stamp.project == wanted.project)


def _nothing(account: Account, wanted: Wanted) -> UsageError:
    if wanted.everything:
        return UsageError(f"{account.name} holds no assistants and no vector stores")
    return UsageError(
        f"the project {wanted.project!r} manages nothing in {account.name}",
        why="Without ids and without --all, pull writes down what this project manages.",
        fix="Give the ids of what you want, or --all for everything in the account.",
    )


def _by_age(remote: RemoteAssistant | RemoteStore) -> tuple[float, str]:
    return remote.created_at, remote.id
