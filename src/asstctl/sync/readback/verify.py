"""Every write is read back and compared with what was sent.

A server may drop, merge or rewrite fields. What it does not keep is reported once and stamped as
such, so that it is neither planned again for ever nor taken for somebody's edit.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

from asstctl.errors import AsstctlError
from asstctl.model.actual import (
    ActualAssistant,
    ActualEnvironment,
    ActualResource,
    ActualStore,
)
from asstctl.model.address import Address
from asstctl.model.canonical import (
    CODE_FILES,
    ENVIRONMENT_FILES,
    STORE_FILES,
    Canonical,
    field_digest,
    readable,
    spec_digest,
)
from asstctl.model.desired import Contents, DesiredResource
from asstctl.model.json import is_same
from asstctl.model.stamp import FieldStamp, Stamp
from asstctl.model.template_name import TemplateName, mark_digest
from asstctl.plan.change import Change
from asstctl.plan.comparable import canonical_actual, canonical_desired, left_to_server
from asstctl.plan.compare import explode
from asstctl.plan.ignore import without_ignored
from asstctl.plan.plan import Plan
from asstctl.sync.binding import bound, stamped
from asstctl.sync.ownership import stamp_of
from asstctl.sync.ports import Account, AccountError, Failure, NotKeptError
from asstctl.sync.project_view import named_assistant, named_store
from asstctl.sync.readback.concurrent import delete_duplicates
from asstctl.sync.readback.deletes import deleted, still_standing
from asstctl.sync.readback.reading import ReadBack, read_back, written
from asstctl.sync.result import ChangeResult, Status
from asstctl.sync.templates import read_environments


async def verify(
    plan: Plan,
    contents: Contents,
    results: tuple[ChangeResult, ...],
    account: Account,
    ids: Mapping[Address, str],
) -> tuple[ChangeResult, ...]:
    """``results`` after a look at what came of them. A read that fails fails no change.

    ``ids`` are the stores and environments that assistants can be pointed at.
    """
    items = written(plan.writes, results)
    try:
        gone = deleted(results)
        back = await read_back(items, account, deleted={item.address.kind for item in gone})
        lost = await delete_duplicates(items, back, account)
        lost |= await still_standing(gone, back, account)
    except AccountError:
        return results
    found = await _named(
        back,
        {object_id: address.key for address, object_id in ids.items()},
        account,
    )
    verifier = _Verifier(plan, contents, account)
    checked = await asyncio.gather(
        *(
            verifier.check(item.change, item.result, found.get(item.id))
            for item in items
            if item.id not in lost
        )
    )
    outcome: dict[str | None, ChangeResult] = dict(lost.items())
    outcome |= {result.id: result for result in checked}
    return tuple(
        outcome.get(result.id, result) if result.status is Status.DONE else result
        for result in results
    )


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
        if isinstance(found, ActualEnvironment):
            return await self._check_environment(change.desired, result, found)
        kept = self._kept(change.desired, found)
        news = {name: digest for name, digest in kept.items() if found.stamp.base(name) != digest}
        if not news:
            return result
        fields = {**(found.stamp.fields or {}), **kept}
        try:
            await self._restamp(found, replace(found.stamp, fields=fields))
        except AsstctlError as error:
            return replace(result, status=Status.FAILED, error=error)
        expected = left_to_server(change.desired, canonical_desired(change.desired, self._contents))
        names = {name for name, digest in news.items() if digest.applied != digest.kept}
        return self._otherwise(result, change.desired, found, names - expected.keys())

    async def _check_environment(
        self, desired: DesiredResource, result: ChangeResult, found: ActualEnvironment
    ) -> ChangeResult:
        """An environment: what the server kept otherwise is told by one digest in its name."""
        ours, theirs = self._both(desired, found)
        ours = readable(ours)
        if is_same(ours, theirs):
            return result
        name = TemplateName.parse(found.raw.name)
        assert name is not None
        kept = replace(name, kept=mark_digest(spec_digest(theirs)))
        try:
            await self._account.rename_environment(found.id, str(kept))
        except AsstctlError as error:
            return replace(result, status=Status.FAILED, error=error)
        # The apply says by itself what the account makes of uploads.
        names = {*ours, *theirs} - {ENVIRONMENT_FILES}
        differing = [name for name in names if not is_same(ours.get(name), theirs.get(name))]
        return self._otherwise(result, desired, found, differing)

    def _otherwise(
        self,
        result: ChangeResult,
        desired: DesiredResource,
        found: ActualResource,
        names: Iterable[str],
    ) -> ChangeResult:
        """``result``, telling the fields that differ from what there is beyond them."""
        ours, theirs = self._both(desired, found)
        not_kept, extra = [], []
        for name in sorted(names):
            places = explode(name, ours.get(name), theirs.get(name))
            extra += [place.path for place in places if place.before is None]
            not_kept += [name] if any(place.before is not None for place in places) else []
        return replace(result, not_kept=tuple(not_kept), extra=tuple(extra))

    def _both(self, desired: DesiredResource, found: ActualResource) -> tuple[Canonical, Canonical]:
        theirs = without_ignored(canonical_actual(found), desired.lifecycle)
        return canonical_desired(desired, self._contents), theirs

    def _kept(self, desired: DesiredResource, found: ActualResource) -> dict[str, FieldStamp]:
        """The fields that the server holds in another form than they were written in.

        Also those that it held so once, as far as the stamp knows, and does no longer.
        """
        ours, theirs = self._both(desired, found)
        stamped = found.stamp.fields or {}
        once = {name for name, field in stamped.items() if field.applied != field.kept}
        kept = {}
        for name in {*ours, *theirs, *once} - {CODE_FILES, STORE_FILES}:
            field = FieldStamp(field_digest(ours.get(name)), field_digest(theirs.get(name)))
            if field.applied != field.kept or name in once:
                kept[name] = field
        return kept

    async def _restamp(self, found: ActualResource, stamp: Stamp) -> None:
        match found:
            case ActualAssistant():
                was = bound(found)
                await self._account.update_assistant(found.id, stamped(was, stamp), was=was)
            case ActualStore():
                store = replace(found.spec, metadata={**found.spec.metadata, **stamp.to_metadata()})
                await self._account.update_store(found.id, store, was=found.spec)


async def _named(
    back: ReadBack, keys: Mapping[str, str], account: Account
) -> Mapping[str, ActualResource]:
    """What was read, in the manifests' terms, by id; what carries no stamp is left out."""
    found: dict[str, ActualResource] = {}
    for environment in await read_environments(account, back.environments):
        found[environment.id] = environment
    for store in back.stores:
        if (stamp := stamp_of(store)) is not None:
            found[store.id] = named_store(store, stamp)
    for assistant in back.assistants:
        if (stamp := stamp_of(assistant)) is not None:
            found[assistant.id] = named_assistant(assistant, stamp, keys=keys)
    return found


def _nothing_kept(result: ChangeResult) -> NotKeptError:
    return NotKeptError(
        f"{result.address} ({result.id}) was written, and its stamp did not come back",
        failure=Failure.INVALID,
        why="The account does not keep metadata, or somebody else changed the object meanwhile. "
        "Without its stamp asstctl cannot tell that the object is its own.",
        fix="Run `asstctl doctor`; delete the object by hand before you try again.",
    )
