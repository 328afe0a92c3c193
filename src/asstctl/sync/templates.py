"""One project's environments among all templates of an account.

A template names the uploads of its files by id. What is in them is known by the names of the
uploads, so the files are known once the uploads are (``with_template_files``).
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from asstctl.model.actual import Actual, ActualEnvironment, AttachedFile, Upload
from asstctl.model.environment import WORKSPACE, EnvironmentFile
from asstctl.model.file import content_in
from asstctl.model.stamp import Stamp
from asstctl.model.template_name import TemplateName, title_of
from asstctl.sync.ownership import Owned, one_environment_per_key, owned_by, stamp_of
from asstctl.sync.ports import (
    Account,
    AssistantList,
    EnvironmentList,
    RemoteAssistant,
    RemoteEnvironment,
)
from asstctl.sync.uploads.journal import Notes, UploadJournal
from asstctl.sync.uploads.recognise import uploads_named


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTemplates:
    """The project's environments, their files still unproven.

    ``keys`` are theirs by id. ``present`` are the templates that an agent may name, None where the
    list is cut. ``named_elsewhere`` are the uploads that templates of others name.
    """

    environments: tuple[ActualEnvironment, ...]
    duplicates: tuple[ActualEnvironment, ...]
    keys: Mapping[str, str]
    present: Collection[str] | None
    named_elsewhere: frozenset[str]

    @classmethod
    def of(
        cls,
        project: str,
        listed: EnvironmentList,
        assistants: AssistantList,
        *,
        but: Collection[str] = (),
    ) -> "ProjectTemplates":
        """Pick them out of everything.

        What an assistant names is in use, ``but`` those that go anyway. Raises DuplicateKeyError.
        """
        agents = tuple(item for item in assistants.items if item.id not in but)
        used = {agent.spec.environment for agent in agents if agent.spec.environment}
        mine = owned_by(project, listed.items)
        kept, duplicates = one_environment_per_key(mine, used)
        going = {item.id for item, _ in duplicates}
        present = frozenset(item.id for item in listed.items) - going
        return cls(
            environments=_named(kept, _protecting(project, agents)),
            duplicates=_named(duplicates, ()),
            keys={item.id: stamp.key for item, stamp in kept},
            present=None if listed.cut else present,
            named_elsewhere=_named_elsewhere(listed, {item.id for item, _ in mine}),
        )


def _protecting(project: str, agents: Iterable[RemoteAssistant]) -> set[str | None]:
    """The environments of the project's agents that were applied with ``protect: true``."""
    return {agent.spec.environment for agent, stamp in owned_by(project, agents) if stamp.protects}


def _named_elsewhere(listed: EnvironmentList, ours: Collection[str]) -> frozenset[str]:
    return uploads_named(item.spec for item in listed.items if item.id not in ours)


def named_environment(
    remote: RemoteEnvironment, stamp: Stamp, *, protected: bool = False
) -> ActualEnvironment:
    """An environment in the manifests' terms; its files are not proven yet."""
    name = TemplateName.parse(remote.spec.name)
    protect = name is not None and name.protect
    return ActualEnvironment(
        id=remote.id,
        spec=replace(remote.spec, name=title_of(remote.spec.name) or None),
        stamp=stamp,
        raw=remote.spec,
        files=tuple(map(_unproven, remote.spec.files)),
        kept=name.kept if name else "",
        protect=protect,
        protected=protect or protected,
    )


async def with_template_files(
    account: Account,
    actual: Actual,
    uploads: tuple[Upload, ...] | None,
    journal: UploadJournal,
) -> Actual:
    """``actual`` with what is in the files of its environments; ``uploads`` are the account's.

    The upload's name proves its content. Where the account keeps no names, the journal may. An
    upload is gone when neither the list nor a look at it shows it. Raises AccountError.
    """
    duplicates = [item for item in actual.duplicates if isinstance(item, ActualEnvironment)]
    environments = (*actual.environments, *duplicates)
    if not any(item.files for item in environments):
        return actual
    shown = await _shown(account, uploads_named(item.raw for item in environments), uploads)
    files = _Files(shown, uploads is not None, journal.notes())
    return replace(
        actual,
        environments=tuple(map(files.proven, actual.environments)),
        duplicates=tuple(
            files.proven(item) if isinstance(item, ActualEnvironment) else item
            for item in actual.duplicates
        ),
    )


async def read_environments(
    account: Account, remotes: Iterable[RemoteEnvironment]
) -> tuple[ActualEnvironment, ...]:
    """Environments of whatever project in the manifests' terms; those without a mark are left out.

    Raises AccountError.
    """
    marked = [(remote, stamp) for remote in remotes if (stamp := stamp_of(remote))]
    named = uploads_named(remote.spec for remote, _ in marked)
    uploads = await account.list_uploads() if named else None
    files = _Files(await _shown(account, named, uploads), uploads is not None, Notes())
    return tuple(files.proven(named_environment(remote, stamp)) for remote, stamp in marked)


@dataclass(frozen=True, slots=True)
class _Files:
    """What is in the files that templates name. ``shown`` are the uploads by id.

    ``listed`` says that the account lists its uploads, so that one that is not shown is gone.
    """

    shown: Mapping[str, Upload]
    listed: bool
    notes: Notes

    def proven(self, environment: ActualEnvironment) -> ActualEnvironment:
        """The environment with its files.

        Its spec has what the account itself proves, and ids for the rest: the journal does not
        count there, since the same account has to read the same on every machine.
        """
        refs = (replace(file, ref=self._content(file.ref)) for file in environment.raw.files)
        return replace(
            environment,
            files=tuple(map(self._file, environment.files)),
            spec=replace(environment.spec, files=tuple(refs)),
        )

    def _content(self, file_id: str | None) -> str | None:
        upload = self.shown.get(file_id or "")
        return (upload and content_in(upload.filename)) or file_id

    def _file(self, file: AttachedFile) -> AttachedFile:
        upload = self.shown.get(file.id)
        if upload is None:
            return replace(file, gone=self.listed and bool(file.id))
        noted = self.notes.made.get(file.id)
        journalled = noted.sha256 if noted is not None and noted.is_of(upload) else None
        return replace(file, sha256=content_in(upload.filename) or journalled)


async def _shown(
    account: Account, named: Collection[str], uploads: tuple[Upload, ...] | None
) -> Mapping[str, Upload]:
    """Uploads by id; what the list does not show is asked for one by one."""
    listed = {upload.id: upload for upload in uploads or ()}
    found = await asyncio.gather(*(account.get_upload(i) for i in named if i not in listed))
    return listed | {upload.id: upload for upload in found if upload is not None}


def _unproven(file: EnvironmentFile) -> AttachedFile:
    path = file.path.removeprefix(f"{WORKSPACE}/")
    return AttachedFile(id=file.ref or "", path=path)


def _named(
    owned: Owned[RemoteEnvironment], protecting: Collection[str | None]
) -> tuple[ActualEnvironment, ...]:
    return tuple(
        named_environment(remote, stamp, protected=remote.id in protecting)
        for remote, stamp in owned
    )
