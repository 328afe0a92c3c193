"""Write manifests, prompts and files from what an account holds."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.pull_folder import Destination, move_into_place, staging
from asstctl.errors import ExitCode
from asstctl.manifest.load import load
from asstctl.manifest.problems import ManifestError
from asstctl.manifest.project import PROJECT_FILE
from asstctl.model.address import Address
from asstctl.model.diagnostics import Diagnostic
from asstctl.model.project import NO_VARIABLES, LocalTarget, Project
from asstctl.model.pulled import Pulled
from asstctl.model.sensitive import NOTHING
from asstctl.sync.local.ids import write_ids
from asstctl.sync.pull.choice import PullScope
from asstctl.sync.pull.pull import pull as pull_from
from asstctl.text import words


@dataclass(frozen=True, slots=True)
class PulledInto:
    """What was written, where, and what stands between it and a plan.

    ``paths`` count from ``folder``. ``problems`` are what the project says against the new files,
    ``unread`` what its ``manifests`` pass over.
    """

    project: Project
    folder: Path
    pulled: Pulled
    paths: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    unread: tuple[Address, ...]

    @property
    def is_apart(self) -> bool:
        """Whether the new folder has an account of its own, so that nothing there is to adopt."""
        return isinstance(self.project.target, LocalTarget) and PROJECT_FILE in self.paths

    @property
    def exit_code(self) -> ExitCode:
        """An error when a file could not be downloaded that should have been."""
        failed = any(file.failed for file in self.pulled.missing)
        return ExitCode.ERROR if failed else ExitCode.OK


async def pull(
    root: Path,
    target: str | None = None,
    *,
    variables: Mapping[str, str] = NO_VARIABLES,
    ids: Collection[str] = (),
    everything: bool = False,
    out: Path | None = None,
    observer: Observer = SILENT,
) -> PulledInto:
    """Pull from the account of the project in ``root`` into ``out``, by default into it.

    ``ids`` choose assistants, vector stores and environments; without any, what the project
    manages is taken, and with ``everything`` all there is. Files are written all or none, and
    never over others. The project's manifests may be broken. Raises ManifestError when
    ``asstctl.yaml`` is, UsageError when files are in the way, and AccountError.
    """
    loaded = load(root, target=target, environ=os.environ, variables=variables)
    if loaded.project is None:
        raise ManifestError(loaded.diagnostics)
    project = loaded.project
    sensitive = loaded.desired.sensitive if loaded.desired is not None else NOTHING
    observer.on_sensitive(sensitive)
    destination = Destination(out or root, project, variables)
    scope = PullScope(
        project=project.name,
        ids=tuple(ids),
        everything=everything,
        described=destination.described(),
    )

    def announce(paths: tuple[str, ...], size: int) -> None:
        destination.raise_if_there(paths)
        if paths:
            files = words.count(len(paths), "file")
            observer.on_note(f"downloading {files}, {words.size(size)}")

    with staging(destination) as staged:
        async with connect_to(
            project, writes=False, sensitive=sensitive, observer=observer
        ) as connection:
            with observer.reading(connection.account.name):
                pulled = await pull_from(connection.account, scope, staged, on_files=announce)
        paths = move_into_place(staged, destination, pulled, destination.texts(pulled))
    with suppress(OSError):  # a folder where nothing more can be written; the rest is there
        write_ids(destination.folder, {item.address: item.id for item in pulled.resources})
    observer.on_names(project.name, *paths)
    for resource in pulled.resources:
        observer.on_names(resource.address, resource.id)
    return PulledInto(
        project=project,
        folder=destination.folder,
        pulled=pulled,
        paths=paths,
        problems=destination.problems(paths),
        unread=destination.unread(pulled),
    )
