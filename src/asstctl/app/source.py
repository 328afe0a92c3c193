"""What should exist, and where that is written: the work tree, or the manifests of a commit."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from asstctl.app.environment import without_keys
from asstctl.app.observer import SILENT, Observer
from asstctl.manifest.git.repository import GitError
from asstctl.manifest.git.revision import Layout, NoFolderError, laid_out, merge_base
from asstctl.manifest.git.work_tree import clean_commit, read_work_tree
from asstctl.manifest.load import load, require
from asstctl.model.address import Address
from asstctl.model.canonical import ASSISTANT_FIELDS, STORE_FIELDS, Canonical
from asstctl.model.desired import Desired
from asstctl.model.project import NO_VARIABLES, LocalTarget, Project, ResponsesTarget
from asstctl.plan.comparable import canonical_desired

_HASHING_THREADS = 4


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of the manifests is meant. ``ref`` None is the work tree.

    ``since`` leaves out what has not changed since the merge base with that commit.
    ``require_clean`` refuses uncommitted changes.
    """

    ref: str | None = None
    since: str | None = None
    require_clean: bool = False


WORK_TREE = Version()


@dataclass(frozen=True, slots=True)
class Source:
    """A project as one version has it, for one target.

    ``commit`` is what stamps name; None where nobody asked, or where there is none. ``within`` are
    the addresses that changed since another version; None when that was not asked. ``variables``
    are those that were given.
    """

    project: Project
    desired: Desired
    commit: str | None = None
    within: frozenset[Address] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def read_source(
    root: Path,
    target: str | None = None,
    *,
    variables: Mapping[str, str] = NO_VARIABLES,
    keyless: bool = False,
    observer: Observer = SILENT,
) -> Source:
    """The project in ``root``'s work tree for a target, by default its own. Raises ManifestError.

    ``variables`` go over those of the project and the target. Environment
    variables are those of this process; ``keyless``: nothing will be sent, so that keys need not be
    set. Warnings are told to the observer; they stop nothing.
    """
    environ = without_keys(root, target, variables) if keyless else os.environ
    return _read(root, target, variables, frozenset(), observer, environ)


@contextmanager
def open_source(
    root: Path,
    target: str | None = None,
    version: Version = WORK_TREE,
    *,
    variables: Mapping[str, str] = NO_VARIABLES,
    outputs: Sequence[Path] = (),
    stamped: bool = True,
    observer: Observer = SILENT,
) -> Iterator[Source]:
    """The project as a version has it. Its files can be read as long as the context lasts.

    ``outputs`` are files that the caller writes: they do not count as uncommitted. Unless it is
    ``stamped``, nobody asks for the commit. Raises ManifestError and GitError.
    """
    layout: AbstractContextManager[Layout | None] = nullcontext()
    if version.ref is not None:
        layout = laid_out(root, version.ref)
    with layout as there:
        source = _source(root, target, variables, there, observer)
        commit = None
        if version.require_clean:
            used = source.project.files if there is None else ()
            commit = clean_commit(root, used, outputs=outputs)
        elif stamped and there is None:
            commit = commit_of(source.project, outputs=outputs, observer=observer)
        within = None
        if version.since is not None:
            base = merge_base(root, version.since, version.ref or "HEAD")
            within = _differing(_canonical(source.desired), _before(root, target, variables, base))
        commit = commit if there is None else there.commit
        yield replace(source, commit=commit, within=within)


def commit_of(
    project: Project, *, outputs: Sequence[Path] = (), observer: Observer = SILENT
) -> str | None:
    """The commit for the stamps of a project in its work tree.

    None outside git. Where there is a repository and still no commit to name, a note says why.
    """
    try:
        found = read_work_tree(project.root, project.files, outputs=outputs)
    except GitError as error:
        observer.on_note("the stamps will name no commit", error)
        return None
    return None if found is None else found.commit


def _source(
    root: Path,
    target: str | None,
    variables: Mapping[str, str],
    there: Layout | None,
    observer: Observer,
) -> Source:
    if there is None:
        return read_source(root, target, variables=variables, observer=observer)
    source = _read(there.root, target, variables, there.submodules, observer)
    return replace(source, project=_at_home(source.project, there.root, root))


def _read(
    root: Path,
    target: str | None,
    variables: Mapping[str, str],
    submodules: frozenset[str],
    observer: Observer,
    environ: Mapping[str, str] = os.environ,
) -> Source:
    """``submodules`` are folders in the project whose files were left out."""
    loaded = load(root, target=target, environ=environ, submodules=submodules, variables=variables)
    project, desired = require(loaded)
    observer.on_sensitive(desired.sensitive)
    observer.on_names(*(resource.address for resource in desired.resources))
    observer.on_names(*(file.path for file in desired.files))
    observer.on_names(project.name, project.target.name, *ASSISTANT_FIELDS, *STORE_FIELDS)
    if loaded.diagnostics:
        observer.on_warnings(loaded.diagnostics)
    return Source(project, desired, variables=variables)


def _at_home(project: Project, folder: Path, root: Path) -> Project:
    """The project of a laid-out commit; its local account and bundle are the real folder's."""

    def at_home(path: Path) -> Path:
        return root / path.relative_to(folder)

    target = project.target
    if isinstance(target, LocalTarget):
        target = replace(target, path=at_home(target.path))
    if isinstance(target, LocalTarget | ResponsesTarget) and target.bundle is not None:
        target = replace(target, bundle=at_home(target.bundle))
    return replace(project, root=root, target=target)


def _differing(
    now: Mapping[Address, Canonical], then: Mapping[Address, Canonical]
) -> frozenset[Address]:
    """The resources that are not what they were where two versions went apart.

    Resources are compared, not paths: a change of a default, a variable or a file that manifests
    refer to counts for exactly the resources that it reaches.
    """
    return frozenset(address for address in {*now, *then} if now.get(address) != then.get(address))


def _before(
    root: Path, target: str | None, variables: Mapping[str, str], base: str
) -> dict[Address, Canonical]:
    """What a commit wanted. One that does not load, or lacks the project, makes everything new."""
    try:
        with laid_out(root, base) as there:
            before = load(
                there.root, target=target, environ=os.environ, variables=variables
            ).desired
            return {} if before is None else _canonical(before)
    except NoFolderError:
        return {}


def _canonical(desired: Desired) -> dict[Address, Canonical]:
    """What each resource comes to, the content of its files included."""
    from concurrent.futures import ThreadPoolExecutor

    from asstctl.sync.uploads.hashing import hash_file

    with ThreadPoolExecutor(_HASHING_THREADS) as threads:
        contents = {content.path: content for content in threads.map(hash_file, desired.files)}
    return {
        resource.address: canonical_desired(resource, contents) for resource in desired.resources
    }
