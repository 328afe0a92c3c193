"""Desired against actual: the one place where it is decided what an apply would do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from asstctl.model.actual import Actual, ActualAssistant, ActualResource, ActualStore
from asstctl.model.address import Address, Kind
from asstctl.model.canonical import (
    CODE_FILES,
    STORE_FILES,
    VECTOR_STORE,
    Canonical,
    canonical_assistant,
    canonical_store,
    field_digest,
)
from asstctl.model.desired import (
    Contents,
    Desired,
    DesiredAssistant,
    DesiredResource,
    DesiredStore,
)
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change, FieldChange
from asstctl.plan.compare import Comparison, compare, explode
from asstctl.plan.files import (
    Uploads,
    file_drift,
    held_files,
    plan_files,
    wanted_files,
    with_deletes,
)
from asstctl.plan.ignore import without_ignored
from asstctl.plan.plan import Plan, in_order
from asstctl.plan.reasons import (
    CREATED,
    DELETED,
    DRIFTED,
    FORGOTTEN,
    PROTECTED,
    REBUILT,
    UNCHANGED,
    describe_update,
)

Pairs: TypeAlias = Iterable[tuple[DesiredResource, ActualResource | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the user allowed. Without ``prune`` nothing is deleted."""

    prune: bool = False
    overwrite_drift: bool = False


def make_plan(
    desired: Desired,
    contents: Contents,
    actual: Actual,
    *,
    target: str,
    commit: str | None,
    options: PlanOptions,
) -> Plan:
    """Compare, purely: equal input gives an equal plan."""
    planner = _Planner(desired, contents, actual, options)
    return Plan(
        project=desired.project,
        target=target,
        account=actual.account,
        commit=commit,
        changes=in_order(planner.changes()),
    )


def canonical_desired(resource: DesiredResource, contents: Contents) -> Canonical:
    """What a resource should be, without what its manifest leaves to others."""
    protect = resource.lifecycle.protect
    match resource:
        case DesiredAssistant():
            canonical = canonical_assistant(resource.named(contents), protect=protect)
        case DesiredStore():
            canonical = canonical_store(resource.named(contents), protect=protect)
    return without_ignored(canonical, resource.lifecycle)


def canonical_actual(resource: ActualResource) -> Canonical:
    """What a resource is."""
    match resource:
        case ActualAssistant():
            return canonical_assistant(resource.spec, protect=resource.protected)
        case ActualStore():
            return canonical_store(resource.spec, protect=resource.protected)


class _Planner:
    def __init__(
        self, desired: Desired, contents: Contents, actual: Actual, options: PlanOptions
    ) -> None:
        self._desired = desired
        self._contents = contents
        self._actual = actual
        self._options = options
        self._uploads = Uploads.known(desired, contents, actual)
        self._by_address = {resource.address: resource for resource in actual.resources}

    def changes(self) -> list[Change]:
        pairs = list(self._pairs())
        taken = {found.id for _, found in pairs if found is not None}
        wanted = [self._change(resource, found) for resource, found in pairs]
        unwanted = [
            self._unwanted(found) for found in self._actual.resources if found.id not in taken
        ]
        return self._with_deletes([*wanted, *unwanted, *self._expired()])

    def _pairs(self) -> Iterator[tuple[DesiredResource, ActualResource | None]]:
        """Each desired resource with the object that carries its key, or an earlier one."""
        for resource in self._desired.resources:
            kind = resource.address.kind
            keys = (resource.key, *resource.previously)
            found = (self._by_address.get(Address(kind, key)) for key in keys)
            yield resource, next((item for item in found if item is not None), None)

    def _change(self, resource: DesiredResource, found: ActualResource | None) -> Change:
        wanted = wanted_files(resource, self._contents)
        if found is None:
            rebuilt = any(store.address == resource.address for store in self._actual.expired)
            return Change(
                address=resource.address,
                action=Action.CREATE,
                reason=REBUILT if rebuilt else CREATED,
                desired=resource,
                fields=self._all_fields(resource),
                files=plan_files(wanted, (), self._uploads),
            )
        comparison = self._compare(resource, found)
        listed = not (isinstance(found, ActualStore) and found.files is None)
        files = plan_files(wanted, held_files(found), self._uploads) if listed else ()
        change = Change(
            address=resource.address,
            action=Action.NOOP,
            reason=UNCHANGED,
            desired=resource,
            actual=found,
            fields=comparison.fields,
            files=files,
            drift=comparison.drift,
            moved_from=None if found.address == resource.address else found.address,
        )
        return self._decide(change, comparison)

    def _decide(self, change: Change, comparison: Comparison) -> Change:
        if change.drift and not self._options.overwrite_drift:
            return replace(change, action=Action.BLOCKED, reason=DRIFTED, block=Block.DRIFT)
        differs = change.fields or change.files or comparison.restamp
        if change.moved_from:
            action = Action.MOVE
        elif differs:
            action = Action.UPDATE
        else:
            return change
        return replace(change, action=action, reason=describe_update(change))

    def _compare(self, resource: DesiredResource, found: ActualResource) -> Comparison:
        ours = canonical_desired(resource, self._contents)
        theirs = without_ignored(canonical_actual(found), resource.lifecycle)
        dangling = isinstance(found, ActualAssistant) and found.store_is_gone
        apart = {CODE_FILES, STORE_FILES, *((VECTOR_STORE,) if dangling else ())}
        comparison = compare(ours, theirs, found.stamp, leave_out=apart)
        if dangling and VECTOR_STORE in {*ours, *theirs}:
            # Nobody edited the assistant: the store behind its back went away.
            relink = FieldChange(VECTOR_STORE, theirs.get(VECTOR_STORE), ours.get(VECTOR_STORE))
            comparison = replace(comparison, fields=(*comparison.fields, relink))
        return self._with_files(comparison, resource, found, ours)

    def _with_files(
        self,
        comparison: Comparison,
        resource: DesiredResource,
        found: ActualResource,
        ours: Canonical,
    ) -> Comparison:
        """``comparison`` with what others did to the files, and whether their stamp is stale."""
        path = CODE_FILES if isinstance(found, ActualAssistant) else STORE_FILES
        if resource.lifecycle.ignores(path):
            return comparison
        base = found.stamp.base(path)
        desired_digest = field_digest(ours.get(path))
        stale = base is None or base.applied != desired_digest
        comparison = replace(comparison, restamp=comparison.restamp or stale)
        if isinstance(found, ActualStore) and found.files is None:
            return comparison
        wanted = wanted_files(resource, self._contents)
        drift = file_drift(path, wanted, held_files(found), base, desired_digest, self._uploads)
        return replace(comparison, drift=(*comparison.drift, *drift))

    def _all_fields(self, resource: DesiredResource) -> tuple[FieldChange, ...]:
        canonical = canonical_desired(resource, self._contents)
        return tuple(
            change
            for name, value in canonical.items()
            if name not in (CODE_FILES, STORE_FILES)
            for change in explode(name, {} if name == "tools" else None, value)
        )

    def _unwanted(self, found: ActualResource) -> Change:
        change = Change(address=found.address, action=Action.FORGET, reason=FORGOTTEN, actual=found)
        if not self._options.prune:
            return change
        if found.protected:
            return replace(change, action=Action.BLOCKED, reason=PROTECTED, block=Block.PROTECTED)
        files = plan_files((), held_files(found), self._uploads)
        return replace(change, action=Action.DELETE, reason=DELETED, files=files)

    def _expired(self) -> Iterator[Change]:
        """Expired stores are cleared away once something else stands in their place."""
        kept = {resource.address for resource in self._desired.stores}
        for store in self._actual.expired:
            if store.address in kept or self._options.prune:
                yield Change(
                    address=store.address,
                    action=Action.DELETE,
                    reason=DELETED if store.address not in kept else REBUILT,
                    actual=store,
                )

    def _with_deletes(self, changes: list[Change]) -> list[Change]:
        needed = frozenset(_uploads_in_use(changes))
        taken: set[str] = set()
        return [
            replace(change, files=with_deletes(change.files, needed, taken))
            if change.action.writes
            else change
            for change in changes
        ]


def _uploads_in_use(changes: Iterable[Change]) -> Iterator[str]:
    """The uploads that some resource of the project holds when the plan has been applied."""
    for change in changes:
        leaving = (
            {file.file_id for file in change.files if file.action is FileAction.DETACH}
            if change.action.writes
            else set()
        )
        if change.actual is not None:
            held = held_files(change.actual)
            yield from (file.id for file in held if file.id not in leaving)
        for file in change.files:
            if file.file_id and file.action in (FileAction.REUSE, FileAction.ATTACH):
                yield file.file_id


def depends_on(change: Change) -> tuple[Address, ...]:
    """The addresses that must be in place before a change can be made."""
    match change.desired:
        case DesiredAssistant(spec=spec) if spec.vector_store:
            return (Address(Kind.VECTOR_STORE, spec.vector_store),)
        case _:
            return ()
