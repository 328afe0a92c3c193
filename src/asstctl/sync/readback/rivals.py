"""Two applies at once: of two objects that were created for one key, the newer one goes.

The API has no conditional create, so two applies that both find nothing both create. Whoever
lists later sees both objects; lists are newest first, so both sides agree on which came second.
Its maker takes it away again and says so.
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


class RivalError(RefusedError):
    """Another apply created the same resource a moment earlier."""

    code: ClassVar[str] = "rival-apply"


async def raise_if_rivalled(account: Account, address: Address, store_id: str) -> None:
    """Before an assistant that exists is pointed at a store that was just made. RivalError."""
    rival = _rivals(_living((await account.list_stores()).items)).get(store_id)
    if rival is not None:
        raise _lost(address, store_id, rival)


async def yield_to_rivals(
    items: Iterable[Written], found: ReadBack, account: Account
) -> dict[str, ChangeResult]:
    """Take away what another apply had created already; its results, by object id."""
    losers: dict[str, ChangeResult] = {}
    rivals = {**_rivals(found.assistants), **_rivals(_living(found.stores))}
    created = [item for item in items if item.change.action is Action.CREATE]
    # Assistants first: none of them may point at a store that is gone.
    for item in sorted(created, key=lambda item: item.change.address.kind is Kind.VECTOR_STORE):
        rival = rivals.get(item.id)
        if rival is None:
            continue
        error = await _withdraw(account, item) or _lost(item.change.address, item.id, rival)
        losers[item.id] = replace(item.result, status=Status.FAILED, error=error)
    return losers


async def _withdraw(account: Account, item: Written) -> AccountError | None:
    """Delete what was made; why it still stands, if it does."""
    try:
        if item.change.address.kind is Kind.ASSISTANT:
            await account.delete_assistant(item.id)
        else:
            await account.delete_store(item.id)
    except AccountError as error:
        return error
    return None


def _living(stores: Iterable[RemoteStore]) -> Iterable[RemoteStore]:
    return (store for store in stores if not store.expired)


def _rivals(newest_first: Iterable[Remote]) -> dict[str, str]:
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


def _lost(address: Address, object_id: str, rival: str) -> RivalError:
    return RivalError(
        f"{address} was created by another apply at the same time: {rival}",
        why=f"Both found nothing and created it; {object_id}, the newer one, goes again.",
        fix="Let one apply run at a time; `asstctl plan` shows what is left to do.",
    )
