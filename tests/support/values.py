"""Plain values for the pure core: contents without files, an account without a server."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, overload

from asstctl.model.actual import (
    Actual,
    ActualAssistant,
    ActualEnvironment,
    ActualResource,
    ActualStore,
    AttachedFile,
)
from asstctl.model.canonical import spec_digest
from asstctl.model.desired import (
    Contents,
    DesiredAssistant,
    DesiredEnvironment,
    DesiredResource,
    DesiredStore,
)
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import Content, LocalFile
from asstctl.model.stamp import FileStamp, Stamp, name_mark
from asstctl.model.template_name import mark_digest
from asstctl.plan.comparable import canonical_desired
from support.projects import PROJECT

ActualT = TypeVar("ActualT", ActualAssistant, ActualStore, ActualEnvironment)

NOTHING_READ: Contents = {}
"""The contents of a project without files."""


def contents(texts: Mapping[str, str]) -> Contents:
    """Files by path, as if they had been read and hashed."""
    return {path: content(path, text) for path, text in texts.items()}


def content(path: str, text: str) -> Content:
    """One file, as if it had been read and hashed."""
    data = text.encode()
    return Content(LocalFile(path, Path(path), len(data)), hashlib.sha256(data).hexdigest())


def files_of(read: Contents) -> tuple[LocalFile, ...]:
    """The files that were read, as a manifest names them."""
    return tuple(one.file for one in read.values())


def upload_of(file: Content, **fields: Any) -> AttachedFile:
    """An upload of ``file``, attached and indexed; its id tells its path and its content."""
    known = AttachedFile(
        id=f"file-{file.path}-{file.sha256[:4]}",
        sha256=file.sha256,
        sent=name_mark(file.name),
        path=file.path,
    )
    return replace(known, **fields)


def foreign(file_id: str = "file-foreign") -> AttachedFile:
    """A file that somebody else attached: nothing proves its content."""
    return AttachedFile(id=file_id)


@overload
def applied(desired: DesiredAssistant, read: Contents = ...) -> ActualAssistant: ...
@overload
def applied(desired: DesiredStore, read: Contents = ...) -> ActualStore: ...
@overload
def applied(desired: DesiredEnvironment, read: Contents = ...) -> ActualEnvironment: ...
@overload
def applied(desired: DesiredResource, read: Contents = ...) -> ActualResource: ...
def applied(desired: DesiredResource, read: Contents = NOTHING_READ) -> ActualResource:
    """The object in the account right after ``desired`` was applied."""
    if isinstance(desired, DesiredStore):
        cut = {entry.file.path: entry.chunking for entry in desired.store_files}
        held = _once(upload_of(read[path], chunking=cut[path]) for path in sorted(cut))
        store = desired.named(read)
        stamp = stamp_of(desired, read, held)
        return ActualStore(id=f"vs-{desired.key}", spec=store, stamp=stamp, raw=store, files=held)
    if isinstance(desired, DesiredEnvironment):
        return _applied_environment(desired, read)
    held = _once(upload_of(read[file.path]) for file in desired.code_files)
    spec = desired.named(read)
    return ActualAssistant(
        id=f"asst-{desired.key}",
        spec=spec,
        stamp=stamp_of(desired, read, held),
        raw=spec,
        code_files=held,
        store_id=f"vs-{spec.vector_store}" if spec.vector_store else None,
        environment_id=f"envtmpl-{spec.environment}" if spec.environment else None,
    )


def _applied_environment(desired: DesiredEnvironment, read: Contents) -> ActualEnvironment:
    """The template, without what never reads back."""
    spec = shown(desired.named(read))
    digest = mark_digest(spec_digest(canonical_desired(desired, read)))
    return ActualEnvironment(
        id=f"envtmpl-{desired.key}",
        spec=spec,
        stamp=Stamp(project=PROJECT, key=desired.key, digest=digest),
        raw=spec,
        files=tuple(upload_of(read[file.path], sent="") for file in desired.environment_files),
        protect=desired.lifecycle.protect,
        protected=desired.lifecycle.protect,
    )


def shown(spec: EnvironmentSpec) -> EnvironmentSpec:
    """What an account gives back of an environment."""
    network = {name: value for name, value in spec.network.items() if name != "blocked_domains"}
    return replace(spec, network=network, setup_commands=(), env={})


def stamp_of(
    desired: DesiredResource, read: Contents = NOTHING_READ, held: tuple[AttachedFile, ...] = ()
) -> Stamp:
    """What an apply of ``desired`` writes on the object, where the server keeps everything."""
    return Stamp.of(
        canonical_desired(desired, read),
        project=PROJECT,
        key=desired.key,
        commit=None,
        files={file.id: FileStamp(file.sha256 or "", file.sent) for file in held},
        kept={},
    )


def edited(actual: ActualT, **fields: Any) -> ActualT:
    """The object after somebody changed ``fields`` of it outside asstctl."""
    return replace(actual, spec=replace(actual.spec, **fields))


def holding(actual: ActualT, *held: AttachedFile) -> ActualT:
    """The object after somebody put these files in the place of those that it held."""
    if isinstance(actual, ActualAssistant):
        return replace(actual, code_files=held)
    return replace(actual, files=held)


def account(*resources: ActualResource, **fields: Any) -> Actual:
    """An account that holds these objects of the project."""
    return Actual(
        account="test.account",
        assistants=tuple(item for item in resources if isinstance(item, ActualAssistant)),
        stores=tuple(item for item in resources if isinstance(item, ActualStore)),
        environments=tuple(item for item in resources if isinstance(item, ActualEnvironment)),
        **fields,
    )


def _once(held: Iterable[AttachedFile]) -> tuple[AttachedFile, ...]:
    """One upload for each content, as an apply makes them."""
    by_content: dict[str | None, AttachedFile] = {}
    for file in held:
        by_content.setdefault(file.sha256, file)
    return tuple(by_content.values())
