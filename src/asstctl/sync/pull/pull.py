"""Account → what manifests are written from: assistants, vector stores and the files behind them.

Names, keys and paths that come from the account are only ever proposals: every one is made safe
and unique here.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from asstctl.model.pulled import Pulled, PulledAssistant, PulledFile, PulledStore
from asstctl.model.stamp import FILE_PATH, without_stamp
from asstctl.sync.ownership import stamp_of
from asstctl.sync.ports import (
    Account,
    RemoteAssistant,
    RemoteStore,
)
from asstctl.sync.pull.choice import Chosen, PullScope, choose
from asstctl.sync.pull.files import Layout, ReferencedUpload, download, referenced_uploads
from asstctl.sync.pull.keys import Keys


async def pull(
    account: Account,
    scope: PullScope,
    folder: Path,
    *,
    on_files: Callable[[tuple[str, ...], int], None] = lambda paths, size: None,
) -> Pulled:
    """Read the account, and download files into ``folder`` under their paths.

    ``on_files`` is told the paths, and how many bytes are about to be downloaded; what it raises
    is raised. Raises AccountError, UsageError and KeyTakenError.
    """
    chosen = await choose(account, scope)
    uploads = await referenced_uploads(account, chosen)
    keys = Keys(scope, chosen)
    keys.raise_if_described()
    paths = _lay_out(chosen, uploads, keys)
    there = {i: path for i, path in paths.items() if uploads[i].is_there}
    on_files(tuple(there.values()), sum(uploads[i].upload.bytes for i in there))
    found = await asyncio.gather(
        *(download(account, uploads[i], path, folder) for i, path in paths.items())
    )
    files = {file.id: file for file in found}
    return Pulled(
        assistants=tuple(
            _assistant(item, keys, files, scope, chosen) for item in chosen.assistants
        ),
        stores=tuple(_store(item, keys, files, scope, chosen) for item in chosen.stores),
        files=files,
        cut=chosen.cut,
        expired=chosen.expired,
    )


def _lay_out(
    chosen: Chosen, uploads: Mapping[str, ReferencedUpload], keys: Keys
) -> Mapping[str, str]:
    """A path for every upload, by its id. See ``Layout``."""
    layout = Layout()
    for store in chosen.stores:
        for file in chosen.files[store.id]:
            said = file.attributes.get(FILE_PATH)
            layout.add(uploads[file.id], keys.of(store), said if isinstance(said, str) else "")
    for assistant in chosen.assistants:
        for file_id in assistant.spec.code_files:
            layout.add(uploads[file_id], keys.of(assistant), "")
    return layout.paths


def _assistant(
    remote: RemoteAssistant,
    keys: Keys,
    files: Mapping[str, PulledFile],
    scope: PullScope,
    chosen: Chosen,
) -> PulledAssistant:
    spec, stamp = remote.spec, stamp_of(remote)
    remarks: tuple[str, ...] = ()
    if spec.vector_store in chosen.gone:
        remarks = ("vector store of file_search: it has expired, or does not exist any more.",)
    return PulledAssistant(
        id=remote.id,
        key=keys.of(remote),
        spec=replace(spec, code_files=(), vector_store=None, metadata=without_stamp(spec.metadata)),
        code_files=tuple(files[file_id] for file_id in dict.fromkeys(spec.code_files)),
        store=keys.of_store(spec.vector_store),
        protect=_protects(remote, scope),
        owner=stamp.project if stamp else None,
        remarks=remarks,
    )


def _store(
    remote: RemoteStore,
    keys: Keys,
    files: Mapping[str, PulledFile],
    scope: PullScope,
    chosen: Chosen,
) -> PulledStore:
    stamp = stamp_of(remote)
    return PulledStore(
        id=remote.id,
        key=keys.of(remote),
        spec=replace(remote.spec, metadata=without_stamp(remote.spec.metadata)),
        files=tuple((files[file.id], file.chunking) for file in chosen.files[remote.id]),
        protect=_protects(remote, scope),
        owner=stamp.project if stamp else None,
        remarks=(chosen.unread[remote.id],) if remote.id in chosen.unread else (),
    )


def _protects(remote: RemoteAssistant | RemoteStore, scope: PullScope) -> bool:
    """Whether this project protects the object; it says nothing of what another one protects."""
    stamp = stamp_of(remote)
    return stamp is not None and stamp.project == scope.project and stamp.protects
