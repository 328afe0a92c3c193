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
from asstctl.sync.ports import Account
from asstctl.sync.readback import ReadBack, Written
from asstctl.sync.result import ChangeResult, Status


class RivalError(RefusedError):
    """Another apply created the same resource a moment earlier."""

    code: ClassVar[str] = "rival-apply"


async def raise_if_rivalled(account: Account, address: Address, store_id: str) -> None:
    """Before an assistant that exists is pointed at a store that was just made. RivalError."""
    stores = (await account.list_stores()).items
    rival = _older_twin(store_id, (store for store in stores if not store.expired))
    if rival is not None:
        raise _lost(address, store_id, rival)


async def yield_to_rivals(
    items: Iterable[Written], found: ReadBack, account: Account
) -> dict[str, ChangeResult]:
    """Take away what another apply had created already; its results, by object id."""
    losers: dict[str, ChangeResult] = {}
    created = [item for item in items if item.change.action is Action.CREATE]
    # Assistants first: none of them may point at a store that is gone.
    for item in sorted(created, key=lambda item: item.change.address.kind is Kind.VECTOR_STORE):
        rival = _rival(item, found)
        if rival is None:
            continue
        if item.change.address.kind is Kind.ASSISTANT:
            await account.delete_assistant(item.id)
        else:
            await account.delete_store(item.id)
        losers[item.id] = replace(
            item.result, status=Status.FAILED, error=_lost(item.change.address, item.id, rival)
        )
    return losers


def _rival(item: Written, found: ReadBack) -> str | None:
    if item.change.address.kind is Kind.ASSISTANT:
        return _older_twin(item.id, found.assistants)
    return _older_twin(item.id, (store for store in found.stores if not store.expired))


def _older_twin(object_id: str, newest_first: Iterable[Remote]) -> str | None:
    """The oldest object with the same stamp, when that is another one."""
    remotes = list(newest_first)
    mine = next((remote for remote in remotes if remote.id == object_id), None)
    stamp = stamp_of(mine) if mine else None
    if stamp is None:
        return None
    twins = [
        remote.id
        for remote in remotes
        if (other := stamp_of(remote)) and (other.project, other.key) == (stamp.project, stamp.key)
    ]
    return twins[-1] if twins[-1] != object_id else None


def _lost(address: Address, object_id: str, rival: str) -> RivalError:
    return RivalError(
        f"{address} was created by another apply at the same time: {rival}",
        why=f"Both found nothing and created it; {object_id}, the newer one, goes again.",
        fix="Let one apply run at a time; `asstctl plan` shows what is left to do.",
    )
