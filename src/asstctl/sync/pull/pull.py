"""Account → what manifests are written from: its objects and the files behind them.

Names, keys and paths that come from the account are only ever proposals: every one is made safe
and unique here.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from asstctl.model.actual import Upload
from asstctl.model.environment import WORKSPACE
from asstctl.model.pulled import (
    Pulled,
    PulledAssistant,
    PulledEnvironment,
    PulledFile,
    PulledStore,
)
from asstctl.model.stamp import FILE_PATH, without_stamp
from asstctl.model.template_name import TemplateName, project_mark, title_of
from asstctl.sync.ownership import stamp_of
from asstctl.sync.ports import (
    Account,
    RemoteAssistant,
    RemoteEnvironment,
    RemoteStore,
)
from asstctl.sync.pull.choice import Chosen, PullScope, choose
from asstctl.sync.pull.files import (
    Layout,
    ReferencedUpload,
    download,
    referenced_uploads,
    sandbox_place,
)
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
    layout = _lay_out(chosen, uploads, keys)
    targets = {path: layout.uploads[place] for place, path in layout.paths.items()}
    there = {path: referenced for path, referenced in targets.items() if referenced.is_there}
    on_files(tuple(there), sum(item.upload.bytes for item in there.values()))
    found = await asyncio.gather(
        *(download(account, referenced, path, folder) for path, referenced in targets.items())
    )
    by_path = dict(zip(targets, found, strict=True))
    files = {place: by_path[path] for place, path in layout.paths.items()}
    return Pulled(
        assistants=tuple(
            _assistant(item, keys, files, scope, chosen) for item in chosen.assistants
        ),
        stores=tuple(_store(item, keys, files, scope, chosen) for item in chosen.stores),
        environments=tuple(
            _environment(item, keys, files, uploads, scope) for item in chosen.environments
        ),
        files=files,
        cut=chosen.cut,
        expired=chosen.expired,
    )


def _lay_out(chosen: Chosen, uploads: Mapping[str, ReferencedUpload], keys: Keys) -> Layout:
    """A path for every upload."""
    layout = Layout()
    for environment in chosen.environments:
        for place, path, file_id in _places(environment):
            layout.add_at(place, path, uploads[file_id])
    for store in chosen.stores:
        for file in chosen.files[store.id]:
            said = file.attributes.get(FILE_PATH)
            layout.add(uploads[file.id], keys.of(store), said if isinstance(said, str) else "")
    for assistant in chosen.assistants:
        for file_id in assistant.spec.code_files:
            layout.add(uploads[file_id], keys.of(assistant), "")
    return layout


def _places(remote: RemoteEnvironment) -> Iterator[tuple[str, str, str]]:
    """The files of an environment: their place, their path in the sandbox, and their upload."""
    for file in remote.spec.files:
        if file.ref is not None:
            path = file.path.removeprefix(f"{WORKSPACE}/")
            yield sandbox_place(remote.id, path), path, file.ref


def _assistant(
    remote: RemoteAssistant,
    keys: Keys,
    files: Mapping[str, PulledFile],
    scope: PullScope,
    chosen: Chosen,
) -> PulledAssistant:
    spec, stamp = remote.spec, stamp_of(remote)
    remarks = []
    if spec.vector_store in chosen.gone:
        remarks.append("vector store of file_search: it has expired, or does not exist any more.")
    if spec.environment in chosen.gone:
        remarks.append("environment: it does not exist any more.")
    return PulledAssistant(
        id=remote.id,
        key=keys.of(remote),
        spec=replace(
            spec,
            code_files=(),
            vector_store=None,
            environment=None,
            metadata=without_stamp(spec.metadata),
        ),
        code_files=tuple(files[file_id] for file_id in dict.fromkeys(spec.code_files)),
        store=keys.of_id(spec.vector_store),
        environment=keys.of_id(spec.environment),
        protect=_protects(remote, scope),
        owner=stamp.project if stamp else None,
        remarks=tuple(remarks),
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


def _environment(
    remote: RemoteEnvironment,
    keys: Keys,
    files: Mapping[str, PulledFile],
    uploads: Mapping[str, ReferencedUpload],
    scope: PullScope,
) -> PulledEnvironment:
    stamp, name = stamp_of(remote), TemplateName.parse(remote.spec.name)
    is_ours = stamp is not None and stamp.project == project_mark(scope.project)
    inline = [file.path for file in remote.spec.files if file.ref is None]
    return PulledEnvironment(
        id=remote.id,
        key=keys.of(remote),
        spec=replace(remote.spec, name=title_of(remote.spec.name) or None, files=()),
        files=tuple(
            files.get(place) or _misplaced(path, uploads[file_id].upload)
            for place, path, file_id in _places(remote)
        ),
        protect=is_ours and name is not None and name.protect,
        owner=scope.project if is_ours else (stamp.project if stamp else None),
        remarks=tuple(
            f"file {path}: the account does not give its content out." for path in inline
        ),
    )


def _misplaced(path: str, upload: Upload) -> PulledFile:
    """A file of a sandbox that cannot be at its place in the project."""
    problem = "a project cannot have a file there, or has another one"
    return PulledFile(id=upload.id, name=path, bytes=upload.bytes, problem=problem)


def _protects(remote: RemoteAssistant | RemoteStore, scope: PullScope) -> bool:
    """Whether this project protects the object; it says nothing of what another one protects."""
    stamp = stamp_of(remote)
    return stamp is not None and stamp.project == scope.project and stamp.protects
