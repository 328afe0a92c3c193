"""Which objects of the account are pulled."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asstctl.errors import UsageError
from asstctl.model.address import Address
from asstctl.model.stamp import PROBE
from asstctl.sync.listing import all_environments, all_stores, finish
from asstctl.sync.ownership import AnyRemote, marked_project, stamp_of
from asstctl.sync.ports import (
    Account,
    AccountError,
    AssistantList,
    EnvironmentList,
    Failure,
    RemoteAssistant,
    RemoteEnvironment,
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
    environments: tuple[RemoteEnvironment, ...]
    files: Mapping[str, tuple[RemoteFile, ...]]
    unread: Mapping[str, str]
    """Why the files of some stores are not known, by the store's id."""
    gone: frozenset[str]
    """Stores and environments that assistants refer to and that are not there."""
    cut: bool
    expired: int


@dataclass(frozen=True, slots=True)
class _Lists:
    """Everything that the account shows."""

    assistants: AssistantList
    stores: StoreList
    environments: EnvironmentList

    @property
    def living(self) -> dict[str, RemoteStore]:
        """The stores that have not expired, by id."""
        return {store.id: store for store in self.stores.items if not store.expired}

    @property
    def cut(self) -> bool:
        """Whether one of them is."""
        return self.assistants.cut or self.stores.cut or self.environments.cut


async def choose(account: Account, scope: PullScope) -> Chosen:
    """The objects in ``scope``, and the stores and environments that its assistants use.

    Raises AccountError, and UsageError when there are none, or not all of the ids that were given.
    """
    lists = await _read_lists(account)
    if scope.ids:
        picked = await _by_id(account, scope.ids, lists)
    else:
        picked = _all_in(scope, lists)
        if not picked.assistants and not picked.stores and not picked.environments:
            raise _nothing(account, scope)
    assistants, stores = picked.assistants, picked.stores
    environments, lost = await _with_used(account, picked, lists)
    used = {item.spec.vector_store for item in assistants if item.spec.vector_store}
    missing = used - {store.id for store in stores}
    found = await _find_stores(account, missing, lists)
    stores += [found[store_id] for store_id in sorted(found)]
    files, unread = await _list_files(account, stores)
    return Chosen(
        assistants=tuple(sorted(assistants, key=_by_age)),
        stores=tuple(sorted(stores, key=_by_age)),
        environments=tuple(sorted(environments, key=_by_age)),
        files=files,
        unread=unread,
        gone=frozenset(missing - found.keys()) | lost,
        cut=not scope.ids and lists.cut,
        expired=0 if scope.ids else _count_expired(scope, lists),
    )


async def _read_lists(account: Account) -> _Lists:
    assistants = asyncio.create_task(account.list_assistants())
    stores = asyncio.create_task(all_stores(account))
    environments = asyncio.create_task(all_environments(account))
    await finish(assistants, stores, environments)
    return _Lists(assistants.result(), stores.result(), environments.result())


@dataclass(frozen=True, slots=True)
class _Picked:
    """What the scope names itself."""

    assistants: list[RemoteAssistant] = field(default_factory=list)
    stores: list[RemoteStore] = field(default_factory=list)
    environments: list[RemoteEnvironment] = field(default_factory=list)


def _all_in(scope: PullScope, lists: _Lists) -> _Picked:
    return _Picked(
        [item for item in lists.assistants.items if _is_in(scope, item)],
        [item for item in lists.living.values() if _is_in(scope, item)],
        [item for item in lists.environments.items if _is_in(scope, item)],
    )


async def _with_used(
    account: Account, picked: _Picked, lists: _Lists
) -> tuple[list[RemoteEnvironment], frozenset[str]]:
    """The environments that were picked or are used, and the ids of those that are not there."""
    known = {item.id: item for item in (*lists.environments.items, *picked.environments)}
    used = {item.spec.environment for item in picked.assistants if item.spec.environment}
    hidden = sorted(used - known.keys()) if lists.environments.cut else []
    asked = await asyncio.gather(*map(account.get_environment, hidden))
    known |= {item.id: item for item in asked if item is not None}
    wanted = {item.id for item in picked.environments} | used
    return [known[i] for i in wanted if i in known], frozenset(used - known.keys())


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


async def _by_id(account: Account, ids: Iterable[str], lists: _Lists) -> _Picked:
    """The objects with these ids, in this order. Raises UsageError, naming those not found."""
    assistants = {item.id: item for item in lists.assistants.items}
    environments = {item.id: item for item in lists.environments.items}
    picked, unknown = _Picked(), []
    for object_id in dict.fromkeys(ids):
        # What a list shows is known without a request.
        if assistant := assistants.get(object_id) or await account.get_assistant(object_id):
            picked.assistants.append(assistant)
        elif store := lists.living.get(object_id) or await account.get_store(object_id):
            picked.stores.append(store)
        elif environment := environments.get(object_id) or await account.get_environment(object_id):
            picked.environments.append(environment)
        else:
            unknown.append(object_id)
    if unknown:
        raise UsageError(
            f"{account.name} has no {', '.join(unknown)}",
            why="Each ID is that of an assistant, a vector store or an environment.",
            fix="Check the ids and the target.",
        )
    return picked


def _is_in(scope: PullScope, remote: AnyRemote) -> bool:
    if not isinstance(remote, RemoteEnvironment) and PROBE in remote.spec.metadata:
        return False
    stamp = stamp_of(remote)
    project = marked_project(remote, scope.project)
    return scope.everything or (stamp is not None and stamp.project == project)


def _nothing(account: Account, scope: PullScope) -> UsageError:
    if scope.everything:
        return UsageError(
            f"{account.name} holds no assistants, no vector stores and no environments"
        )
    return UsageError(
        f"the project {scope.project!r} manages nothing in {account.name}",
        why="Without ids and without --all, pull writes down what this project manages.",
        fix="Give the ids of what you want, or --all for everything in the account.",
    )


def _by_age(remote: AnyRemote) -> tuple[float, str]:
    return remote.created_at, remote.id
