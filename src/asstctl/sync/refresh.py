"""Account → actual: the fewest requests that tell how the account differs from the manifests.

Two lists side by side say nearly everything: stamps hold digests of what was applied, and a
store's own counts say whether its files are still those. Uploads are listed when something may
point at one that is gone, or has to send one. Only a store that a manifest or somebody else
changed has its files listed, and one that holds content which another resource needs.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from asstctl.model.actual import Actual, ActualStore, Upload
from asstctl.model.desired import Contents, Desired
from asstctl.sync.hashing import hash_files
from asstctl.sync.leftovers.journal import NoJournal, UploadJournal
from asstctl.sync.leftovers.spare import find_spare
from asstctl.sync.listing import Listed, Read, joined
from asstctl.sync.naming import Naming, with_uploads
from asstctl.sync.ownership import Remote, stamp_of
from asstctl.sync.ports import (
    Account,
    AccountError,
    AssistantList,
    Failure,
    RemoteFile,
    StoreList,
)

_HASHING_THREADS: Final = 4


async def observe(
    account: Account,
    desired: Desired,
    *,
    all_files: bool = False,
    all_uploads: bool = False,
    journal: UploadJournal | None = None,
) -> tuple[Contents, Actual]:
    """Hash the project's files and read the account, side by side.

    With ``all_files`` the files of stores that no manifest wants are listed too, as a delete
    needs to know them; with ``all_uploads`` the uploads in any case. ``journal`` tells which
    uploads earlier applies made. Raises AccountError and DuplicateKeyError.
    """
    early = all_uploads or all_files or any(item.code_files for item in desired.assistants)
    seen = await _look(account, desired, uploads=early)
    contents = seen.contents
    naming = Naming(desired, contents)
    actual = naming.actual(account.name, seen.assistants, seen.stores)
    to_list = naming.stores_to_list(actual, all_files=all_files)
    late = not early and naming.needs_uploads(actual, to_list)
    files, uploads = await asyncio.gather(
        _list_files(account, to_list, actual), _uploads(account, late)
    )
    actual = with_uploads(naming.with_files(actual, files), uploads if late else seen.uploads)
    that_help = naming.stores_that_help(actual, all_files=all_files)
    actual = naming.with_files(actual, await _list_files(account, that_help, actual))
    spare = await find_spare(
        account,
        desired,
        contents,
        actual,
        journal or NoJournal(),
        assistants=seen.assistants.items,
        stores=seen.stores.items,
    )
    return contents, replace(actual, spare=spare)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What can be asked for before anything is known."""

    contents: Contents
    assistants: AssistantList
    stores: StoreList
    uploads: tuple[Upload, ...] | None


async def _look(account: Account, desired: Desired, *, uploads: bool) -> _Seen:
    keys = {resource.key for resource in desired.assistants}
    try:
        async with asyncio.TaskGroup() as group:
            hashing = group.create_task(hash_files(desired.files, parallelism=_HASHING_THREADS))
            assistants = group.create_task(_showing(keys, desired.project, account.list_assistants))
            stores = group.create_task(_stores(account, desired))
            sent = group.create_task(_uploads(account, uploads))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return _Seen(hashing.result(), assistants.result(), stores.result(), sent.result())


async def _stores(account: Account, desired: Desired) -> StoreList:
    keys = {resource.key for resource in desired.stores}
    try:
        return await _showing(keys, desired.project, account.list_stores)
    except AccountError as error:
        if error.failure not in (Failure.MISSING, Failure.UNSUPPORTED):
            raise
        if not desired.stores:
            return StoreList()
        raise AccountError(
            f"{account.name} has no vector stores",
            failure=Failure.UNSUPPORTED,
            status=error.status,
            why=f"The manifests ask for {desired.stores[0].address}, and the server answers "
            f"HTTP {error.status} for the list of vector stores.",
            fix="Use a server with vector stores, or take file_search out for this target with "
            "`overrides`.",
        ) from error


async def _showing(keys: set[str], project: str, read: Read[Listed]) -> Listed:
    """A list, read from its other end too when a page may have lost one of these keys.

    When both ends lost objects, and some of the keys may be among them, the list counts as cut.
    """
    found = await read()
    if not found.tied or keys <= _keys(project, found.items):
        return found
    other = await read(newest_first=False)
    both = joined(found, other)
    lost = _ids(found) != _ids(other) and not keys <= _keys(project, both.items)
    return replace(both, cut=both.cut or lost)


async def _uploads(account: Account, wanted: bool) -> tuple[Upload, ...] | None:
    return await account.list_uploads() if wanted else None


def _keys(project: str, remotes: Iterable[Remote]) -> set[str]:
    stamps = map(stamp_of, remotes)
    return {stamp.key for stamp in stamps if stamp and stamp.project == project}


def _ids(listed: AssistantList | StoreList) -> set[str]:
    return {item.id for item in listed.items}


async def _list_files(
    account: Account, stores: Iterable[ActualStore], actual: Actual
) -> Mapping[str, tuple[RemoteFile, ...]]:
    expired = {store.id for store in actual.expired}

    async def files_of(store_id: str) -> tuple[RemoteFile, ...]:
        try:
            return await account.list_store_files(store_id)
        except AccountError as error:
            # Nobody promises that an expired store can still be listed, and nothing depends on it.
            if store_id in expired and not error.outcome_unknown:
                return ()
            raise

    ids = [store.id for store in stores]
    lists = await asyncio.gather(*map(files_of, ids))
    return dict(zip(ids, lists, strict=True))
