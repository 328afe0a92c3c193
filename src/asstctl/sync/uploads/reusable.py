"""Uploads that an apply left over when it broke off, for the next one to use.

Looked for only when something has to be uploaded and the account shows an upload that nothing of
this project holds and that is known, or has that name and size. Nearly always there is none, and
no request is made.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from asstctl.model.actual import Actual, ActualStore, AttachedFile, Upload
from asstctl.model.desired import Contents, Desired
from asstctl.model.file import Content, content_in, content_name, is_like, is_named
from asstctl.model.stamp import name_mark
from asstctl.plan.files import Uploads
from asstctl.sync.ports import (
    Account,
    AccountError,
    RemoteAssistant,
    RemoteEnvironment,
    RemoteStore,
)
from asstctl.sync.uploads.journal import UploadJournal
from asstctl.sync.uploads.recognise import (
    Evidence,
    Orphan,
    Proof,
    recognise,
    referenced_uploads,
)

_MOST_STORES: Final = 50
"""Listing the files of more stores than this costs more than an upload that is not needed."""
_SETTLED: Final = 600.0
"""Seconds. A younger upload may be in the hands of a concurrent apply."""


async def find_reusable(
    account: Account,
    desired: Desired,
    contents: Contents,
    actual: Actual,
    journal: UploadJournal,
    *,
    assistants: Iterable[RemoteAssistant],
    stores: Iterable[RemoteStore],
    environments: Iterable[RemoteEnvironment],
    now: Callable[[], float] = time.time,
) -> Mapping[str, AttachedFile]:
    """Uploads by the hash of the content that would have to be sent otherwise.

    Of several with one content the first counts, those that a proof names by id before others.
    ``assistants``, ``stores`` and ``environments`` are all of the account, whoever owns them;
    ``now`` is a Unix time in seconds. Never raises AccountError: after a request that fails there
    is less to use again.
    """
    missing = _missing(desired, contents, actual)
    if not missing:
        return {}
    evidence = Evidence(
        contents={content.sha256: content.bytes for content in missing},
        stamps=tuple(resource.stamp for resource in actual.resources),
        notes=journal.notes(),
    )
    named, unnamed = _by_proof(_not_held(actual), evidence, _by_size(missing))
    try:
        loose = await _unreferenced(account, unnamed, actual, assistants, stores, environments)
        recognised = await recognise(account, loose, evidence)
    except AccountError:
        recognised = ()
    settled = now() - _SETTLED
    usable = [item for item in recognised if _is_free(item, settled)]
    return _by_content([*named, *usable], _names(missing))


def _not_held(actual: Actual) -> list[Upload]:
    """The account's uploads that nothing of this project refers to."""
    held = {file.id for resource in actual.resources for file in resource.held_files}
    return [upload for upload in actual.uploads or () if upload.id not in held]


def _by_proof(
    uploads: Iterable[Upload], evidence: Evidence, sizes: Mapping[int, list[Content]]
) -> tuple[list[Orphan], list[Upload]]:
    """Uploads that are proven by their id, and others that may be what is missing."""
    named: list[Orphan] = []
    unnamed: list[Upload] = []
    for upload in uploads:
        orphan = evidence.by_id(upload)
        if orphan is not None:
            named.append(orphan)
        elif _may_be(upload, sizes):
            unnamed.append(upload)
    return named, unnamed


def _by_content(
    orphans: Iterable[Orphan], names: Mapping[str, list[str]]
) -> Mapping[str, AttachedFile]:
    """The first of each content that can stand for a path with one of its ``names``."""
    found: dict[str, AttachedFile] = {}
    for item in orphans:
        sha256 = item.sha256
        if sha256 is None or sha256 in found or not _is_called(item, names.get(sha256, ())):
            continue
        found[sha256] = AttachedFile(id=item.upload.id, sha256=sha256, sent=item.sent)
    return found


def _names(contents: Iterable[Content]) -> Mapping[str, list[str]]:
    """The names that paths give to each content, and the one that it has by itself."""
    names: dict[str, list[str]] = {}
    for content in contents:
        names.setdefault(content.sha256, []).extend((content.name, content_name(content)))
    return names


def _is_free(orphan: Orphan, settled: float) -> bool:
    """Whether no other apply can have it in hand: it was ours, or made before that moment."""
    return orphan.proof is not Proof.CONTENT or orphan.upload.created_at < settled


def _missing(desired: Desired, contents: Contents, actual: Actual) -> tuple[Content, ...]:
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


def _may_be(upload: Upload, missing: Mapping[int, list[Content]]) -> bool:
    named = content_in(upload.filename)
    return any(
        is_like(upload.filename, item.name) or named == item.sha256
        for item in missing.get(upload.bytes, ())
    )


def _is_called(orphan: Orphan, names: Iterable[str]) -> bool:
    """Whether an upload can stand for a path with one of these names."""
    if orphan.sent:
        return orphan.sent in map(name_mark, names)
    return any(is_named(orphan.upload.filename, name) for name in names)


async def _unreferenced(
    account: Account,
    uploads: list[Upload],
    actual: Actual,
    assistants: Iterable[RemoteAssistant],
    stores: Iterable[RemoteStore],
    environments: Iterable[RemoteEnvironment],
) -> list[Upload]:
    """Those that nothing in the whole account holds; none when that cannot be told."""
    listed = {store.id: _ids(store) for store in actual.stores if store.files is not None}
    stores = list(stores)
    if not uploads or actual.cut or len(stores) - len(listed) > _MOST_STORES:
        return []
    held = await referenced_uploads(account, assistants, stores, environments, known=listed)
    return [upload for upload in uploads if upload.id not in held]


def _ids(store: ActualStore) -> frozenset[str]:
    return frozenset(file.id for file in store.files or ())
