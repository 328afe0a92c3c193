"""Desired against actual: the one place where it is decided what an apply would do."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

from asstctl.model.actual import (
    Actual,
    ActualAssistant,
    ActualEnvironment,
    ActualResource,
    ActualStore,
)
from asstctl.model.address import Address
from asstctl.model.canonical import (
    CODE_FILES,
    STORE_FILES,
    Canonical,
    field_digest,
)
from asstctl.model.desired import (
    Contents,
    Desired,
    DesiredEnvironment,
    DesiredResource,
)
from asstctl.plan.action import Action
from asstctl.plan.change import Block, Change, FieldChange, FileChange
from asstctl.plan.comparable import canonical_actual, canonical_desired
from asstctl.plan.compare import Comparison, compare, explode
from asstctl.plan.environments import compare_environment, is_settled, plan_environment_files
from asstctl.plan.files import (
    Uploads,
    desired_contents,
    file_drift,
    plan_files,
)
from asstctl.plan.ignore import without_ignored
from asstctl.plan.leftovers import deleting_uploads
from asstctl.plan.masking import masked_comparison, masked_drift, masked_fields
from asstctl.plan.plan import Plan, in_order
from asstctl.plan.reasons import (
    CREATED,
    DELETED,
    DESTROYED,
    DRIFTED,
    DUPLICATE,
    EDITED,
    FORGOTTEN,
    KEPT,
    PROTECTED,
    REBUILT,
    UNCHANGED,
    UNREAD,
    UNSEEN,
    VANISHED,
    describe_update,
    with_hints,
)
from asstctl.plan.renames import following_renames
from asstctl.plan.scope import PlanOptions, selected
from asstctl.plan.unwanted import dangling_fields, edits_of, keeping_what_is_used
from asstctl.plan.warnings import warnings_of

Pairs: TypeAlias = Iterable[tuple[DesiredResource, ActualResource | None]]


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
    changes = in_order(with_hints(planner.changes(), contents))
    return Plan(
        project=desired.project,
        target=target,
        account=actual.account,
        commit=commit,
        managed=len(actual.resources),
        sensitive=desired.sensitive,
        changes=changes,
        warnings=warnings_of(actual, changes),
    )


class _Planner:
    def __init__(
        self, desired: Desired, contents: Contents, actual: Actual, options: PlanOptions
    ) -> None:
        self._desired = desired
        self._contents = contents
        self._actual = actual
        self._options = options
        self._by_address = {resource.address: resource for resource in actual.resources}
        self._selected = selected(desired, actual, options)

    @cached_property
    def _uploads(self) -> Uploads:
        """Shared by all changes: one upload of a content serves them all."""
        return Uploads.known(self._contents, self._actual)

    def changes(self) -> list[Change]:
        pairs = list(self._pairs())
        matched = {found.id for _, found in pairs if found is not None}
        described = [
            self._change(resource, found)
            for resource, found in pairs
            if resource.address in self._selected
        ]
        unwanted = [
            self._unwanted(found)
            for found in self._actual.resources
            if found.id not in matched and found.address in self._selected
        ]
        changes = keeping_what_is_used([*described, *unwanted], self._actual)
        changes += [*self._expired(), *self._duplicates()]
        return deleting_uploads(changes, self._actual)

    def _pairs(self) -> Iterator[tuple[DesiredResource, ActualResource | None]]:
        """Each desired resource with the object that carries its key, or an earlier one."""
        for resource in self._desired.resources:
            kind = resource.address.kind
            keys = (resource.key, *resource.previously)
            found = (self._by_address.get(Address(kind, key)) for key in keys)
            yield resource, next((item for item in found if item is not None), None)

    def _change(self, resource: DesiredResource, found: ActualResource | None) -> Change:
        if found is None:
            return self._missing(resource)
        comparison = self._compare(resource, found)
        unlisted = isinstance(found, ActualStore) and found.files is None
        planned = not unlisted and not resource.leaves_files_to_others
        missing = self._why_missing(resource, found)
        files = self._plan_files(resource, found, missing) if planned else ()
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

    def _missing(self, resource: DesiredResource) -> Change:
        """What the account does not show is created, unless a cut list may hide it."""
        if resource.address.kind in self._actual.unproven:
            return Change(
                address=resource.address,
                action=Action.BLOCKED,
                reason=UNSEEN,
                desired=resource,
                block=Block.UNSEEN,
            )
        return Change(
            address=resource.address,
            action=Action.CREATE,
            reason=self._why_create(resource.address),
            desired=resource,
            fields=self._all_fields(resource),
            files=self._plan_files(resource),
        )

    def _plan_files(
        self, resource: DesiredResource, found: ActualResource | None = None, missing: str = ""
    ) -> tuple[FileChange, ...]:
        held = found.held_files if found else ()
        if isinstance(resource, DesiredEnvironment):
            if isinstance(found, ActualEnvironment) and is_settled(
                *self._both(resource, found), found
            ):
                return ()
            return plan_environment_files(resource, self._contents, held, self._uploads)
        desired = desired_contents(resource, self._contents)
        if not desired and not held:
            return ()
        return plan_files(desired, held, self._uploads, missing=missing)

    def _why_missing(self, resource: DesiredResource, found: ActualResource) -> str:
        """What is to be said of a file that the last apply should have left, and that is not there.

        Nothing where the manifest asks for other files than then, or nothing proves what is there.
        """
        path = _files_field(found)
        base = found.stamp.base(path)
        digest = field_digest(canonical_desired(resource, self._contents).get(path))
        if base is None or not base.applied == base.kept == digest:
            return ""
        return VANISHED if found.address in self._options.remembered else CREATED

    def _why_create(self, address: Address) -> str:
        if any(store.address == address for store in self._actual.expired):
            return REBUILT
        return VANISHED if address in self._options.remembered else CREATED

    def _decide(self, change: Change, comparison: Comparison) -> Change:
        if change.drift and not self._options.overwrite_drift:
            return replace(change, action=Action.BLOCKED, reason=DRIFTED, block=Block.DRIFT)
        differs = change.fields or change.files or comparison.restamp
        if change.has_unread_files:
            return replace(change, action=Action.UPDATE, reason=UNREAD)
        if change.moved_from:
            action = Action.MOVE
        elif differs:
            action = Action.UPDATE
        else:
            return change
        reason = describe_update(change, confided=comparison.confided)
        return replace(change, action=action, reason=reason)

    def _compare(self, resource: DesiredResource, found: ActualResource) -> Comparison:
        desired, actual = self._both(resource, found)
        if isinstance(found, ActualEnvironment):
            comparison = compare_environment(desired, actual, found)
        else:
            dangling = dangling_fields(found)
            apart = {CODE_FILES, STORE_FILES, *dangling}
            stamp = following_renames(found, self._desired).stamp
            comparison = compare(desired, actual, stamp, leave_out=apart)
            # No drift: the assistant was not edited, what it refers to was deleted.
            relinked = tuple(
                FieldChange(name, actual.get(name), desired.get(name))
                for name in dangling
                if name in {*desired, *actual}
            )
            comparison = replace(comparison, fields=(*comparison.fields, *relinked))
            comparison = self._with_files(comparison, resource, found, desired)
        return masked_comparison(comparison, self._desired.sensitive)

    def _both(
        self, resource: DesiredResource, found: ActualResource
    ) -> tuple[Canonical, Canonical]:
        """Desired and actual, without what the manifest leaves to others."""
        actual = without_ignored(canonical_actual(found), resource.lifecycle)
        return canonical_desired(resource, self._contents), actual

    def _with_files(
        self,
        comparison: Comparison,
        resource: DesiredResource,
        found: ActualResource,
        desired: Canonical,
    ) -> Comparison:
        """``comparison`` with what others did to the files, and whether their stamp is stale.

        A stamp may run ahead of the files: the last apply was killed before they were indexed.
        """
        path = _files_field(found)
        if resource.leaves_files_to_others:
            return comparison
        if isinstance(found, ActualStore) and found.files is None:
            return comparison  # Its stamp and its counts say that they are as they should be.
        base = found.stamp.base(path)
        desired_digest = field_digest(desired.get(path))
        unfinished = any(file.is_unfinished for file in found.held_files)
        stale = base is None or base.applied != desired_digest or unfinished
        files = desired_contents(resource, self._contents)
        drift = file_drift(path, files, found.held_files, base, desired_digest, self._uploads)
        if not stale and not drift:
            return comparison
        return replace(
            comparison,
            restamp=comparison.restamp or stale,
            drift=(*comparison.drift, *drift),
        )

    def _all_fields(self, resource: DesiredResource) -> tuple[FieldChange, ...]:
        canonical = canonical_desired(resource, self._contents)
        fields = tuple(
            change
            for name, value in canonical.items()
            if name not in (CODE_FILES, STORE_FILES)
            for change in explode(name, None, value)
        )
        return masked_fields(fields, self._desired.sensitive)

    def _unwanted(self, found: ActualResource) -> Change:
        reason = KEPT if found.protected else FORGOTTEN
        change = Change(address=found.address, action=Action.FORGET, reason=reason, actual=found)
        if not self._options.prune:
            return change
        if found.protected:
            return replace(change, action=Action.BLOCKED, reason=PROTECTED, block=Block.PROTECTED)
        edits = edits_of(following_renames(found, self._desired), self._uploads)
        drift = masked_drift(edits, self._desired.sensitive)
        change = replace(change, drift=drift)
        if change.drift and not (self._options.overwrite_drift or self._options.destroy):
            return replace(change, action=Action.BLOCKED, reason=EDITED, block=Block.DRIFT)
        files = plan_files((), found.held_files, self._uploads)
        reason = DESTROYED if self._options.destroy else DELETED
        return replace(change, action=Action.DELETE, reason=reason, files=files)

    def _expired(self) -> Iterator[Change]:
        """Expired stores are cleared away once something else stands in their place."""
        kept = {resource.address for resource in self._desired.stores}
        for store in self._actual.expired:
            replaced = store.address in kept & self._selected
            if replaced or (self._options.prune and store.address not in kept):
                yield Change(
                    address=store.address,
                    action=Action.DELETE,
                    reason=REBUILT if replaced else DELETED,
                    actual=store,
                    files=plan_files((), store.held_files, self._uploads),
                    replaced=replaced,
                )

    def _duplicates(self) -> Iterator[Change]:
        """The newer of two objects for one key goes: only a killed apply can have created it."""
        for resource in self._actual.duplicates:
            if resource.address in self._selected:
                yield Change(
                    address=resource.address,
                    action=Action.DELETE,
                    reason=DUPLICATE,
                    actual=resource,
                    files=plan_files((), resource.held_files, self._uploads),
                    replaced=True,
                )


def _files_field(found: ActualResource) -> str:
    """The field that holds a resource's files."""
    return CODE_FILES if isinstance(found, ActualAssistant) else STORE_FILES
