"""Taking over an object that exists: its first stamp says that it is ours, and as it was found.

The stamp records the object's own fields as what was last applied, so the next plan shows every
difference from the manifest as the manifest's wish, not as somebody's edit.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final

from asstctl.errors import AsstctlError, RefusedError, UsageError
from asstctl.model.actual import Actual, ActualResource
from asstctl.model.address import Address
from asstctl.model.canonical import (
    CODE_FILES,
    STORE_FILES,
    VECTOR_STORE,
    Canonical,
    canonical_assistant,
    canonical_files,
    canonical_store,
    field_digest,
    spec_digest,
)
from asstctl.model.desired import Contents, Desired, DesiredAssistant, DesiredResource
from asstctl.model.json import JsonValue
from asstctl.model.stamp import FieldStamp, FileStamp, Stamp, by_short_id, without_stamp
from asstctl.plan.comparable import canonical_actual
from asstctl.plan.safety import CutListError
from asstctl.plan.warnings import cut_list
from asstctl.sync.binding import bound
from asstctl.sync.change.proofs import UNPROVEN, proven
from asstctl.sync.ownership import stamp_of
from asstctl.sync.ports import Account, RemoteAssistant, RemoteStore
from asstctl.sync.takeover.prove import ProvenFiles, Prover

_PAIRS: Final = 16


class OwnedElsewhereError(RefusedError):
    """The object carries another project's stamp."""

    code: ClassVar[str] = "owned-elsewhere"


async def adopt(
    account: Account,
    desired: Desired,
    contents: Contents,
    actual: Actual,
    *,
    key: str,
    object_id: str,
    take_over: bool,
    commit: str | None,
) -> Address:
    """Stamp the object with this id as the resource with this key; the resource's address.

    Where the account gives out what it holds, files that the manifest wants are recognised.
    ``key`` may be an address. Raises UsageError when there is no such resource or object, and
    OwnedElsewhereError unless ``take_over``.
    """
    resource, remote = await _find(account, _candidates(desired, key), key, object_id)
    _raise_if_managed(resource, actual, object_id)
    _raise_if_owned(remote, desired.project, resource.address, take_over=take_over)
    user = without_stamp(remote.spec.metadata)
    stamp = _first_stamp(remote, desired.project, resource.key, commit, actual)
    _raise_if_full(user, stamp, resource.address)
    prover = Prover(account, resource, contents, actual, stamp_of(remote))
    match remote:
        case RemoteAssistant(spec=spec):
            stamp = _with_code_files(stamp, await prover.code_files(spec.code_files))
            _raise_if_full(user, stamp, resource.address)
            metadata = {**user, **stamp.to_metadata()}
            await account.update_assistant(object_id, replace(spec, metadata=metadata), was=spec)
        case RemoteStore(spec=store):
            stamp = _with_store_files(stamp, await prover.store_files(object_id))
            _raise_if_full(user, stamp, resource.address)
            metadata = {**user, **stamp.to_metadata()}
            await account.update_store(object_id, replace(store, metadata=metadata), was=store)
            await _introduce(account, actual, object_id, resource.key)
    return resource.address


def _candidates(desired: Desired, key: str) -> list[DesiredResource]:
    """The resources that a key or an address can mean; assistants first."""
    found = [item for item in desired.resources if key in (item.key, str(item.address))]
    if found:
        return found[::-1]
    known = ", ".join(str(item.address) for item in desired.resources) or "none"
    raise UsageError(
        f"no manifest has the key {key!r}",
        why=f"These are there: {known}.",
        fix="Write a manifest for the object first, then import it under that manifest's key.",
    )


async def _find(
    account: Account, candidates: list[DesiredResource], key: str, object_id: str
) -> tuple[DesiredResource, RemoteAssistant | RemoteStore]:
    for resource in candidates:
        remote: RemoteAssistant | RemoteStore | None
        if isinstance(resource, DesiredAssistant):
            remote = await account.get_assistant(object_id)
        else:
            remote = await account.get_store(object_id)
        if remote is not None:
            return resource, remote
    kinds = " or ".join(resource.address.kind.replace("_", " ") for resource in candidates)
    raise UsageError(
        f"the account {account.name} has no {kinds} {object_id}",
        fix=f"Check the id and the target; {key!r} is a {kinds} in the manifests.",
    )


def _raise_if_managed(resource: DesiredResource, actual: Actual, object_id: str) -> None:
    """A key stands for one object. Raises UsageError, and CutListError where that is not known."""
    managed: dict[Address, ActualResource] = {item.address: item for item in actual.resources}
    other = managed.get(resource.address)
    if other is not None:
        already = "this very object" if other.id == object_id else other.id
        raise UsageError(
            f"{resource.address} is managed already: {already}",
            why="A key stands for one object.",
            fix="Delete that object, or import under another key.",
        )
    if resource.address.kind in actual.unproven:
        raise CutListError(
            cut_list(resource.address.kind),
            why=f"{resource.address} may be there already without being seen, and a key stands for "
            "one object.",
            fix="Use a server with working lists.",
        )


def _raise_if_owned(
    remote: RemoteAssistant | RemoteStore, project: str, address: Address, *, take_over: bool
) -> None:
    stamp = stamp_of(remote)
    if stamp is None or take_over:
        return
    if stamp.project == project:
        raise UsageError(
            f"{remote.id} is managed already, as {address.kind}.{stamp.key}",
            fix=f"To rename it, write `previously: [{stamp.key}]` in the manifest of {address}.",
        )
    raise OwnedElsewhereError(
        f"{remote.id} belongs to the project {stamp.project!r}, as {address.kind}.{stamp.key}",
        why="Two projects that manage one object undo each other's work.",
        fix="Take it out of that project first, or add --take-over.",
    )


def _raise_if_full(user: Mapping[str, str], stamp: Stamp, address: Address) -> None:
    pairs = len(stamp.to_metadata())
    if len(user) + pairs > _PAIRS:
        raise AsstctlError(
            f"{address}: the object's metadata has no room for the stamp",
            why=f"It has {len(user)} pairs of {_PAIRS}, and the stamp needs {pairs}.",
            fix=f"Remove {len(user) + pairs - _PAIRS} of its pairs and import again.",
        )


def _first_stamp(
    remote: RemoteAssistant | RemoteStore,
    project: str,
    key: str,
    commit: str | None,
    actual: Actual,
) -> Stamp:
    canonical = _as_found(remote, actual)
    fields = {
        name: FieldStamp(field_digest(value), field_digest(value))
        for name, value in canonical.items()
    }
    return Stamp(
        project=project, key=key, digest=spec_digest(canonical), fields=fields, commit=commit
    )


def _with_code_files(stamp: Stamp, files: ProvenFiles) -> Stamp:
    refs: JsonValue = sorted({file.ref for file in files.refs})
    stamp = _with_files(stamp, CODE_FILES, refs, proven=files.complete)
    return replace(stamp, files=by_short_id(_as_stamped(files)))


def _with_store_files(stamp: Stamp, files: ProvenFiles) -> Stamp:
    refs = canonical_files(files.refs)
    stamp = _with_files(stamp, STORE_FILES, refs, proven=files.complete)
    return proven(stamp, _as_stamped(files)) if files.hashes else stamp


def _as_stamped(files: ProvenFiles) -> dict[str, FileStamp]:
    """What the stamp can say of them: nobody knows under which names they were sent."""
    return {file_id: FileStamp(sha256) for file_id, sha256 in files.hashes.items()}


def _with_files(stamp: Stamp, name: str, refs: JsonValue, *, proven: bool) -> Stamp:
    """The stamp with the files as they were found; those that nothing proves are no drift."""
    if not refs:
        return stamp
    applied = field_digest(refs)
    field = FieldStamp(applied, applied if proven else UNPROVEN)
    return replace(stamp, fields={**(stamp.fields or {}), name: field})


async def _introduce(account: Account, actual: Actual, store_id: str, key: str) -> None:
    """Have the project's assistants that use a store call it by its key from now on."""
    for assistant in actual.assistants:
        base = assistant.stamp.base(VECTOR_STORE)
        if assistant.store_id != store_id or base is None or base.kept != field_digest(store_id):
            continue
        digest = field_digest(key)
        canonical = {**canonical_actual(assistant), VECTOR_STORE: key}
        stamp = replace(
            assistant.stamp,
            digest=spec_digest(canonical),
            fields={**(assistant.stamp.fields or {}), VECTOR_STORE: FieldStamp(digest, digest)},
        )
        was = bound(assistant)
        metadata = {**was.metadata, **stamp.to_metadata()}
        await account.update_assistant(assistant.id, replace(was, metadata=metadata), was=was)


def _as_found(remote: RemoteAssistant | RemoteStore, actual: Actual) -> Canonical:
    """The object in the manifests' terms, as far as it can be told."""
    metadata = without_stamp(remote.spec.metadata)
    match remote:
        case RemoteAssistant(spec=spec):
            keys = {store.id: store.stamp.key for store in actual.stores}
            store = spec.vector_store and keys.get(spec.vector_store, spec.vector_store)
            return canonical_assistant(replace(spec, vector_store=store, metadata=metadata))
        case RemoteStore(spec=store_spec):
            return canonical_store(replace(store_spec, metadata=metadata))
