"""Account → actual: the fewest requests that tell how the account differs from the manifests.

A list of each kind, read side by side, say nearly everything: stamps hold digests of what was
applied, and a store's own counts say whether its files are still those. Uploads are listed when
something may point at one that is gone, names one that tells its content, or has to send one. Only
a store that was changed by a manifest, or elsewhere, has its files listed, and one that holds
content which another resource needs.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from asstctl.model.actual import Actual, ActualStore, Upload
from asstctl.model.canonical import VECTOR_STORE
from asstctl.model.desired import Contents, Desired
from asstctl.sync.listing import NOT_THERE, finish
from asstctl.sync.ownership import owned_by
from asstctl.sync.ports import (
    Account,
    AccountError,
    AssistantList,
    EnvironmentList,
    Failure,
    RemoteFile,
    StoreList,
)
from asstctl.sync.project_view import ProjectView, with_uploads
from asstctl.sync.templates import with_template_files
from asstctl.sync.uploads.hashing import hash_files
from asstctl.sync.uploads.journal import NoJournal, UploadJournal
from asstctl.sync.uploads.lists import ListsToRead
from asstctl.sync.uploads.reusable import find_reusable

_HASHING_THREADS: Final = 4
_BROKEN: Final = (Failure.SERVER, Failure.FORBIDDEN, Failure.INVALID, Failure.GARBAGE)
"""How the list of vector stores of a server fails that has none to speak of."""


async def refresh(
    account: Account,
    desired: Desired,
    *,
    all_files: bool = False,
    all_uploads: bool = False,
    expects_stores: bool = False,
    journal: UploadJournal | None = None,
) -> tuple[Contents, Actual]:
    """Hash the project's files and read the account, concurrently: desired contents and actual.

    With ``all_files`` the files of stores that no manifest wants are listed too, as a delete
    needs to know them; with ``all_uploads`` the uploads in any case. ``expects_stores`` says that
    the project may have vector stores in the account though none is desired. ``journal`` tells
    which uploads earlier applies made.

    Requests: one list of each kind, a page of 100 each; uploads and the files
    of single stores only where they can change the plan (``uploads.lists``). Raises AccountError,
    DuplicateKeyError, and AsstctlError for a file of the project that cannot be read.
    """
    early = all_uploads or all_files or _holds_uploads(desired)
    seen = await _look(account, desired, uploads=early, expects_stores=expects_stores)
    contents = seen.contents
    journal = journal or NoJournal()
    view, lists = ProjectView(desired.project, journal), ListsToRead(desired, contents)
    actual = view.actual(account.name, seen.assistants, seen.stores, seen.environments)
    actual = replace(actual, stores_unread=seen.stores_unread)
    in_doubt = lists.stores_in_doubt(actual, all_files=all_files)
    late = not early and lists.needs_uploads(actual, in_doubt)
    files, uploads = await asyncio.gather(
        _list_files(account, in_doubt, actual), _uploads(account, late)
    )
    uploads = uploads if late else seen.uploads
    actual = with_uploads(_with_files(view, actual, files), uploads)
    actual = await with_template_files(account, actual, uploads, journal)
    sharing = lists.stores_that_share(actual, all_files=all_files)
    readable = [store for store in sharing if not store.files_unread]
    actual = _with_files(view, actual, await _list_files(account, readable, actual))
    reusable = await find_reusable(
        account,
        desired,
        contents,
        actual,
        journal,
        assistants=seen.assistants.items,
        stores=seen.stores.items,
        environments=seen.environments.items,
    )
    return contents, replace(actual, reusable=reusable)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What can be asked for before anything is known."""

    contents: Contents
    assistants: AssistantList
    stores: StoreList
    stores_unread: str
    environments: EnvironmentList
    uploads: tuple[Upload, ...] | None


async def _look(
    account: Account, desired: Desired, *, uploads: bool, expects_stores: bool
) -> _Seen:
    hashing = asyncio.create_task(hash_files(desired.files, parallelism=_HASHING_THREADS))
    listing = asyncio.create_task(account.list_assistants())
    reading_stores = asyncio.create_task(_stores(account))
    reading_environments = asyncio.create_task(_environments(account, desired))
    reading_uploads = asyncio.create_task(_uploads(account, uploads))
    await finish(hashing, listing, reading_stores, reading_environments, reading_uploads)
    assistants, stores, unread = listing.result(), reading_stores.result(), ""
    if isinstance(stores, AccountError):
        expected = expects_stores or _refers_to_stores(desired.project, assistants)
        unread = _without_stores(account, desired, stores, expected=expected)
        stores = StoreList()
    return _Seen(
        hashing.result(),
        assistants,
        stores,
        unread,
        reading_environments.result(),
        reading_uploads.result(),
    )


def _holds_uploads(desired: Desired) -> bool:
    """Whether assistants or environments hold uploads themselves, which only a list shows."""
    in_environments = any(environment.files for environment in desired.environments)
    return in_environments or any(assistant.files for assistant in desired.assistants)


async def _stores(account: Account) -> StoreList | AccountError:
    """The stores, or why there are none to be seen: whether that matters depends on the rest."""
    try:
        return await account.list_stores()
    except AccountError as error:
        return error


async def _environments(account: Account, desired: Desired) -> EnvironmentList:
    """The environments; none where the server has no such thing and nothing asks for one."""
    try:
        return await account.list_environments()
    except AccountError as error:
        if error.failure not in NOT_THERE:
            raise
        if desired.environments:
            raise _no_environments(account, desired, error) from error
        return EnvironmentList()


def _no_environments(account: Account, desired: Desired, error: AccountError) -> AccountError:
    return AccountError(
        f"{account.name} has no environments",
        failure=Failure.UNSUPPORTED,
        status=error.status,
        why=f"The manifests ask for {desired.environments[0].address}, and the server answers "
        f"HTTP {error.status} for the list of environment templates.",
        fix="Use a server with environment templates, or take `environment` out for this target "
        "with `overrides`.",
    )


def _refers_to_stores(project: str, assistants: AssistantList) -> bool:
    """Whether some assistant of the project uses a store, or did when it was last applied."""
    return any(
        assistant.spec.vector_store or ((base := stamp.base(VECTOR_STORE)) and base.applied)
        for assistant, stamp in owned_by(project, assistants.items)
    )


def _without_stores(
    account: Account, desired: Desired, error: AccountError, *, expected: bool
) -> str:
    """What to tell where a project goes on without stores; empty where the server has none.

    Raises AccountError where the project cannot go on.
    """
    if error.failure in NOT_THERE and not desired.stores:
        return ""
    if error.failure in NOT_THERE:
        raise AccountError(
            f"{account.name} has no vector stores",
            failure=Failure.UNSUPPORTED,
            status=error.status,
            why=f"The manifests ask for {desired.stores[0].address}, and the server answers "
            f"HTTP {error.status} for the list of vector stores.",
            fix="Use a server with vector stores, or take file_search out for this target with "
            "`overrides`.",
        ) from error
    if desired.stores or expected or error.failure not in _BROKEN:
        raise error
    return error.what.partition(" (request ")[0]


async def _uploads(account: Account, wanted: bool) -> tuple[Upload, ...] | None:
    return await account.list_uploads() if wanted else None


async def _list_files(
    account: Account, stores: Iterable[ActualStore], actual: Actual
) -> Mapping[str, tuple[RemoteFile, ...] | AccountError]:
    """The files of each store by its id, or why the server does not list them."""
    expired = {store.id for store in actual.expired}

    async def files_of(store_id: str) -> tuple[RemoteFile, ...] | AccountError:
        try:
            return await account.list_store_files(store_id)
        except AccountError as error:
            # Nobody promises that an expired store can still be listed, and nothing depends on it.
            if store_id in expired and not error.outcome_unknown:
                return ()
            if error.failure is Failure.UNSUPPORTED:
                return error
            raise

    ids = [store.id for store in stores]
    lists = await asyncio.gather(*map(files_of, ids))
    return dict(zip(ids, lists, strict=True))


def _with_files(
    view: ProjectView, actual: Actual, listed: Mapping[str, tuple[RemoteFile, ...] | AccountError]
) -> Actual:
    """``actual`` with the files that were listed, and with what was said where none were."""
    files = {i: found for i, found in listed.items() if not isinstance(found, AccountError)}
    refused = {i: found.what for i, found in listed.items() if isinstance(found, AccountError)}
    actual = view.with_files(actual, files)
    stores = (replace(item, files_unread=refused.get(item.id, "")) for item in actual.stores)
    return replace(actual, stores=tuple(stores)) if refused else actual
