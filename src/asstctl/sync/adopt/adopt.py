"""Adopt an object that exists: find it, see that it may be adopted, write its first stamp."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from asstctl.errors import AsstctlError, UsageError
from asstctl.model.actual import Actual, ActualResource
from asstctl.model.address import Address, Kind
from asstctl.model.canonical import VECTOR_STORE, field_digest, spec_digest
from asstctl.model.desired import Contents, Desired, DesiredAssistant, DesiredResource
from asstctl.model.stamp import FieldStamp, Stamp, without_stamp
from asstctl.plan.comparable import canonical_actual
from asstctl.plan.safety import CutListError
from asstctl.plan.warnings import cut_list
from asstctl.sync.adopt.first_stamp import (
    first_name,
    first_stamp,
    with_code_files,
    with_store_files,
)
from asstctl.sync.binding import bound, stamped
from asstctl.sync.ownership import AnyRemote, OwnedElsewhereError, marked_project, stamp_of
from asstctl.sync.ports import Account, RemoteAssistant, RemoteEnvironment
from asstctl.sync.uploads.identify import Prover
from asstctl.text.words import a, listed

_PAIRS: Final = 16


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

    Only metadata is written (of an environment: its name), and the attributes of files that are
    recognised: where the account gives out what it holds, files that the manifest wants are known
    again by their content. A list of uploads in ``actual`` saves downloads of what cannot be
    wanted. ``key`` may be an address.

    Raises UsageError when there is no such resource or object, or when it is managed already;
    CutListError when that cannot be told; OwnedElsewhereError when it is another project's,
    unless ``take_over``; AsstctlError when its metadata has no room for a stamp; AccountError.
    """
    candidates = _candidates(desired, key)
    if actual.bundle:
        candidates = _only_stores(candidates, actual.bundle)
    resource, remote = await _find(account, candidates, key, object_id)
    _raise_if_managed(resource, actual, object_id)
    _raise_if_owned(remote, desired.project, resource.address, take_over=take_over)
    if isinstance(remote, RemoteEnvironment):
        await account.rename_environment(object_id, first_name(remote, desired.project, resource))
        return resource.address
    user = without_stamp(remote.spec.metadata)
    stamp = first_stamp(remote, desired.project, resource.key, commit, actual)
    _raise_if_full(user, stamp, resource.address)
    prover = Prover(account, resource, contents, actual, stamp_of(remote))
    match remote:
        case RemoteAssistant(spec=spec):
            stamp = with_code_files(stamp, await prover.code_files(spec.code_files))
            _raise_if_full(user, stamp, resource.address)
            unstamped = replace(spec, metadata=user)
            await account.update_assistant(object_id, stamped(unstamped, stamp), was=spec)
        case _:
            store = remote.spec
            stamp = with_store_files(stamp, await prover.store_files(object_id))
            _raise_if_full(user, stamp, resource.address)
            metadata = {**user, **stamp.to_metadata()}
            await account.update_store(object_id, replace(store, metadata=metadata), was=store)
            await _use_key(account, actual, object_id, resource.key)
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


def _only_stores(candidates: list[DesiredResource], bundle: str) -> list[DesiredResource]:
    """The candidates that lie on the server. Raises UsageError when there are none."""
    stores: list[DesiredResource] = [
        item for item in candidates if not isinstance(item, DesiredAssistant)
    ]
    if not stores:
        raise UsageError(
            f"{candidates[0].address} cannot be imported: import knows vector stores only",
            why=f"This API has no assistants; {bundle} holds what apply writes there.",
            fix="Apply: the assistant is made from its manifest, and nothing is there to adopt.",
        )
    return stores


async def _find(
    account: Account, candidates: list[DesiredResource], key: str, object_id: str
) -> tuple[DesiredResource, AnyRemote]:
    get: Mapping[Kind, Callable[[str], Awaitable[AnyRemote | None]]] = {
        Kind.ASSISTANT: account.get_assistant,
        Kind.ENVIRONMENT: account.get_environment,
        Kind.VECTOR_STORE: account.get_store,
    }
    for resource in candidates:
        remote = await get[resource.address.kind](object_id)
        if remote is not None:
            return resource, remote
    kinds = [resource.address.kind.replace("_", " ") for resource in candidates]
    raise UsageError(
        f"{account.name} has no {listed(kinds, 'or')} {object_id}",
        why=f"{key} is {listed(map(a, kinds), 'and')} in the manifests.",
        fix="Check the target and the id: those of assistants mostly start with asst_, those of "
        "agents with agent_, of vector stores with vs_, of environments with envtmpl_.",
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


def _raise_if_owned(remote: AnyRemote, project: str, address: Address, *, take_over: bool) -> None:
    stamp = stamp_of(remote)
    if stamp is None or take_over:
        return
    if stamp.project == marked_project(remote, project):
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


async def _use_key(account: Account, actual: Actual, store_id: str, key: str) -> None:
    """Restamp the project's assistants that use a store: they know it by its key from now on."""
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
        await account.update_assistant(assistant.id, stamped(was, stamp), was=was)
