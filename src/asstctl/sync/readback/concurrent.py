"""Concurrent applies: of two objects that were created for one key, the newer one goes.

The API has no conditional create, so two applies that both find nothing both create. The one that
lists later sees both objects; lists are newest first, so both sides agree on which is the
duplicate. The apply that created the duplicate deletes it and says so (ConcurrentApplyError).

Example: A creates ``asst_1``, B creates ``asst_2``, both for ``assistant.guide``. Both then list
``asst_2, asst_1``. A finds its own object to be the oldest and keeps it; B deletes ``asst_2``.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from asstctl.errors import RefusedError
from asstctl.model.address import Address, Kind
from asstctl.plan.action import Action
from asstctl.sync.ownership import Remote, stamp_of
from asstctl.sync.ports import Account, AccountError, RemoteStore
from asstctl.sync.readback.reading import ReadBack, Written
from asstctl.sync.result import ChangeResult, Status


class ConcurrentApplyError(RefusedError):
    """Another apply created the same resource a moment earlier."""

    code: ClassVar[str] = "rival-apply"


async def raise_if_duplicate(account: Account, address: Address, object_id: str) -> None:
    """Look before an assistant that exists is pointed at something that was just created.

    Raises ConcurrentApplyError when another apply had created the store or the environment of this
    key already.
    """
    if address.kind is Kind.ENVIRONMENT:
        older = _older((await account.list_environments()).items)
    else:
        older = _older(_living((await account.list_stores()).items))
    if (original := older.get(object_id)) is not None:
        raise _duplicate(address, object_id, original)


async def delete_duplicates(
    items: Iterable[Written], found: ReadBack, account: Account
) -> dict[str, ChangeResult]:
    """Delete what another apply had created already; the failed results, by object id."""
    failed: dict[str, ChangeResult] = {}
    older = {
        **_older(found.assistants),
        **_older(found.environments),
        **_older(_living(found.stores)),
    }
    created = [item for item in items if item.change.action is Action.CREATE]
    # Assistants first: none of them may point at something that is gone.
    for item in sorted(created, key=lambda item: item.change.address.kind is not Kind.ASSISTANT):
        original = older.get(item.id)
        if original is None:
            continue
        error = await _delete(account, item) or _duplicate(item.change.address, item.id, original)
        failed[item.id] = replace(item.result, status=Status.FAILED, error=error)
    return failed


async def _delete(account: Account, item: Written) -> AccountError | None:
    """Delete what was created; the failure where that does not work."""
    delete = {
        Kind.ASSISTANT: account.delete_assistant,
        Kind.ENVIRONMENT: account.delete_environment,
        Kind.VECTOR_STORE: account.delete_store,
    }
    try:
        await delete[item.change.address.kind](item.id)
    except AccountError as error:
        return error
    return None


def _living(stores: Iterable[RemoteStore]) -> Iterable[RemoteStore]:
    return (store for store in stores if not store.expired)


def _older(newest_first: Iterable[Remote]) -> dict[str, str]:
    """The oldest object with the same stamp, for each object that is not the oldest itself."""
    stamped = [
        (remote.id, (stamp.project, stamp.key))
        for remote in newest_first
        if (stamp := stamp_of(remote))
    ]
    oldest = {identity: object_id for object_id, identity in stamped}
    return {
        object_id: oldest[identity]
        for object_id, identity in stamped
        if oldest[identity] != object_id
    }


def _duplicate(address: Address, object_id: str, original: str) -> ConcurrentApplyError:
    return ConcurrentApplyError(
        f"{address} was created by another apply at the same time: {original}",
        why=f"Both found nothing and created it; {object_id}, the newer one, goes again.",
        fix="Let one apply run at a time; `asstctl plan` shows what is left to do.",
    )
