"""Uploads that an apply left over when it broke off, for the next one to use.

Looked for only when something has to be uploaded and the account shows an upload that nothing of
this project holds and that is known, or has that name and size. Nearly always there is none, and
no request is made.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from asstctl.model.actual import Actual, ActualStore, AttachedFile, Upload
from asstctl.model.desired import Contents, Desired
from asstctl.model.file import Content, is_like, is_named
from asstctl.model.stamp import name_mark
from asstctl.plan.files import Uploads
from asstctl.sync.ports import Account, AccountError, RemoteAssistant, RemoteStore
from asstctl.sync.uploads.journal import UploadJournal
from asstctl.sync.uploads.recognise import (
    Evidence,
    Leftover,
    Proof,
    recognise,
    referenced_uploads,
)

_MOST_STORES: Final = 50
"""Listing the files of more stores than this costs more than an upload that is not needed."""
_SETTLED: Final = 600.0
"""Seconds. A younger upload may be in the hands of an apply that runs right now."""


async def find_reusable(
    account: Account,
    desired: Desired,
    contents: Contents,
    actual: Actual,
    journal: UploadJournal,
    *,
    assistants: Iterable[RemoteAssistant],
    stores: Iterable[RemoteStore],
    now: Callable[[], float] = time.time,
) -> Mapping[str, AttachedFile]:
    """Uploads by the hash of the content that would have to be sent otherwise.

    A request that fails is no reason to fail: then there is less to be used again.
    """
    lacking = _lacking(desired, contents, actual)
    if not lacking:
        return {}
    evidence = Evidence(
        contents={content.sha256: content.bytes for content in lacking},
        stamps=tuple(resource.stamp for resource in actual.resources),
        notes=journal.notes(),
    )
    held = {file.id for resource in actual.resources for file in resource.held_files}
    loose = [upload for upload in actual.uploads or () if upload.id not in held]
    named = [leftover for upload in loose if (leftover := evidence.noted(upload))]
    sizes = _by_size(lacking)
    unnamed = [u for u in loose if evidence.noted(u) is None and _may_be(u, sizes)]
    proven: Collection[Leftover] = ()
    try:
        unnamed = await _unreferenced(account, unnamed, actual, assistants, stores)
        proven = await recognise(account, unnamed, evidence)
    except AccountError:
        pass
    young = now() - _SETTLED
    usable = [
        *named,
        *(item for item in proven if item.proof is not Proof.CONTENT or _is_older(item, young)),
    ]
    names: dict[str, list[str]] = {}
    for content in lacking:
        names.setdefault(content.sha256, []).append(content.name)
    return {
        item.sha256: AttachedFile(id=item.upload.id, sha256=item.sha256, sent=item.sent)
        for item in reversed(usable)
        if item.sha256 and _is_called(item, names.get(item.sha256, ()))
    }


def _lacking(desired: Desired, contents: Contents, actual: Actual) -> tuple[Content, ...]:
    """What a plan would send, as far as that can be told before there is one."""
    settled = {store.address for store in actual.stores if store.files is None}
    wanted = [
        contents[file.path]
        for resource in desired.resources
        if resource.address not in settled
        for file in resource.files
    ]
    known = Uploads.known(contents, actual).by_content if wanted else {}
    return tuple(content for content in wanted if content.sha256 not in known)


def _by_size(contents: Iterable[Content]) -> Mapping[int, list[Content]]:
    sizes: dict[int, list[Content]] = {}
    for content in contents:
        sizes.setdefault(content.bytes, []).append(content)
    return sizes


def _may_be(upload: Upload, lacking: Mapping[int, list[Content]]) -> bool:
    return any(is_like(upload.filename, item.name) for item in lacking.get(upload.bytes, ()))


def _is_called(leftover: Leftover, names: Iterable[str]) -> bool:
    """Whether an upload can stand for a path with one of these names."""
    if leftover.sent:
        return leftover.sent in map(name_mark, names)
    return any(is_named(leftover.upload.filename, name) for name in names)


async def _unreferenced(
    account: Account,
    uploads: list[Upload],
    actual: Actual,
    assistants: Iterable[RemoteAssistant],
    stores: Iterable[RemoteStore],
) -> list[Upload]:
    """Those that nothing in the whole account holds; none when that cannot be told."""
    listed = {store.id: _ids(store) for store in actual.stores if store.files is not None}
    stores = list(stores)
    if not uploads or actual.cut or len(stores) - len(listed) > _MOST_STORES:
        return []
    held = await referenced_uploads(account, assistants, stores, listed)
    return [upload for upload in uploads if upload.id not in held]


def _ids(store: ActualStore) -> frozenset[str]:
    return frozenset(file.id for file in store.files or ())


def _is_older(leftover: Leftover, moment: float) -> bool:
    return leftover.upload.created_at < moment
