"""Every write is read back and compared with what was sent.

A server may drop, merge or rewrite fields. What it does not keep is reported once and stamped as
such, so that it is neither planned again for ever nor taken for somebody's edit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from asstctl.errors import AsstctlError
from asstctl.model.actual import ActualAssistant, ActualResource, ActualStore
from asstctl.model.address import Address, Kind
from asstctl.model.canonical import CODE_FILES, STORE_FILES, field_digest
from asstctl.model.desired import Contents, DesiredResource
from asstctl.model.stamp import FieldStamp, Stamp
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.comparable import canonical_actual, canonical_desired
from asstctl.plan.ignore import without_ignored
from asstctl.plan.plan import Plan
from asstctl.sync.binding import bound
from asstctl.sync.naming import named_assistant, named_store
from asstctl.sync.ownership import Remote, stamp_of
from asstctl.sync.ports import Account, AccountError, RemoteAssistant, RemoteStore
from asstctl.sync.result import ChangeResult, Status

_LIST_FROM: Final = 5
"""From so many written objects of a kind on, one list is cheaper than reading each."""


class NotKeptError(AsstctlError):
    """The server accepted a write and holds nothing of it."""

    code: ClassVar[str] = "not-kept"


async def verify(
    plan: Plan,
    contents: Contents,
    results: tuple[ChangeResult, ...],
    account: Account,
    store_ids: Mapping[Address, str],
) -> tuple[ChangeResult, ...]:
    """``results`` with what the server did not keep. A read that fails fails no change."""
    written = {
        result.id: change
        for change, result in zip(plan.writes, results, strict=True)
        if result.status is Status.DONE and change.action is not Action.DELETE and result.id
    }
    try:
        found = await _read_back(written, account, {id_: a.key for a, id_ in store_ids.items()})
    except AccountError:
        return results
    verifier = _Verifier(plan, contents, account)
    checks = (
        verifier.check(written[result.id], result, found.get(result.id))
        if result.id in written and result.status is Status.DONE
        else _as_is(result)
        for result in results
    )
    return tuple(await asyncio.gather(*checks))


class _Verifier:
    def __init__(self, plan: Plan, contents: Contents, account: Account) -> None:
        self._plan = plan
        self._contents = contents
        self._account = account

    async def check(
        self, change: Change, result: ChangeResult, found: ActualResource | None
    ) -> ChangeResult:
        """One written object against what its manifest says."""
        assert change.desired is not None
        if found is None:
            return replace(result, status=Status.FAILED, error=_nothing_kept(result))
        kept = self._kept(change.desired, found)
        news = {name: digest for name, digest in kept.items() if found.stamp.base(name) != digest}
        if not news:
            return result
        fields = {**(found.stamp.fields or {}), **kept}
        try:
            await self._restamp(found, replace(found.stamp, fields=fields))
        except AsstctlError as error:
            return replace(result, status=Status.FAILED, error=error)
        return replace(result, not_kept=tuple(sorted(news)))

    def _kept(self, desired: DesiredResource, found: ActualResource) -> dict[str, FieldStamp]:
        """The fields that the server holds in another form than they were written in."""
        ours = canonical_desired(desired, self._contents)
        theirs = without_ignored(canonical_actual(found), desired.lifecycle)
        losses = {}
        for name in {*ours, *theirs} - {CODE_FILES, STORE_FILES}:
            applied, kept = field_digest(ours.get(name)), field_digest(theirs.get(name))
            if applied != kept:
                losses[name] = FieldStamp(applied, kept)
        return losses

    async def _restamp(self, found: ActualResource, stamp: Stamp) -> None:
        match found:
            case ActualAssistant():
                was = bound(found)
                spec = replace(was, metadata={**was.metadata, **stamp.to_metadata()})
                await self._account.update_assistant(found.id, spec, was=was)
            case ActualStore():
                store = replace(found.spec, metadata={**found.spec.metadata, **stamp.to_metadata()})
                await self._account.update_store(found.id, store, was=found.spec)


async def _read_back(
    written: Mapping[str, Change], account: Account, store_keys: Mapping[str, str]
) -> Mapping[str, ActualResource]:
    """What the account now holds of what was written, by id."""
    stores = [i for i, change in written.items() if change.address.kind is Kind.VECTOR_STORE]
    assistants = [i for i, change in written.items() if change.address.kind is Kind.ASSISTANT]

    async def all_assistants() -> Iterable[RemoteAssistant]:
        return (await account.list_assistants()).items

    async def all_stores() -> Iterable[RemoteStore]:
        return (await account.list_stores()).items

    found: dict[str, ActualResource] = {}
    for store in await _fetch(stores, account.get_store, all_stores):
        if (stamp := stamp_of(store)) is not None:
            found[store.id] = named_store(store, stamp)
    for assistant in await _fetch(assistants, account.get_assistant, all_assistants):
        if (stamp := stamp_of(assistant)) is not None:
            found[assistant.id] = named_assistant(assistant, stamp, store_keys=store_keys)
    return found


async def _fetch(
    ids: list[str],
    get: Callable[[str], Awaitable[Remote | None]],
    get_all: Callable[[], Awaitable[Iterable[Remote]]],
) -> list[Remote]:
    """The objects with these ids, by the cheaper of two ways; missing ones one by one."""
    listed: list[Remote] = []
    if len(ids) >= _LIST_FROM:
        wanted = set(ids)
        listed = [item for item in await get_all() if item.id in wanted]
        ids = [id_ for id_ in ids if id_ not in {item.id for item in listed}]
    single = await asyncio.gather(*map(get, ids))
    return listed + [item for item in single if item is not None]


async def _as_is(result: ChangeResult) -> ChangeResult:
    return result


def _nothing_kept(result: ChangeResult) -> NotKeptError:
    return NotKeptError(
        f"{result.address} ({result.id}) was written, and its stamp did not come back",
        why="The account does not keep metadata, or somebody else changed the object meanwhile. "
        "Without its stamp asstctl cannot tell that the object is its own.",
        fix="Run `asstctl doctor`; delete the object by hand before you try again.",
    )
