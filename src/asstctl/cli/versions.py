"""``--ref``, ``--since``, ``--require-clean``: the version of the manifests that is meant."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals
from asstctl.cli.output import report, screen
from asstctl.cli.wiring import load_project
from asstctl.manifest.git.repository import GitError
from asstctl.manifest.git.revision import Layout, NoFolderError, laid_out, merge_base
from asstctl.manifest.git.work_tree import clean_commit, read_work_tree
from asstctl.manifest.load import load
from asstctl.model.address import Address
from asstctl.model.canonical import Canonical
from asstctl.model.desired import Desired
from asstctl.model.project import LocalTarget, Project
from asstctl.plan.comparable import canonical_desired
from asstctl.sync.uploads.hashing import hash_files


@dataclass(frozen=True, slots=True)
class Version:
    """What git options ask for. ``ref`` None is the work tree."""

    ref: str | None = None
    since: str | None = None
    require_clean: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A project as one version has it.

    ``within`` are the addresses that changed since another version; None when that was not asked.
    """

    project: Project
    desired: Desired
    commit: str | None
    within: frozenset[Address] | None = None


def version_options(function: Any) -> Any:
    """Add ``--ref``, ``--since`` and ``--require-clean``."""
    for option in (
        click.option(
            "--require-clean", is_flag=True, help="Refuse uncommitted changes in the project."
        ),
        click.option(
            "--ref",
            metavar="REV",
            help="Use the manifests of this commit, without touching the work tree: "
            "`apply --ref v1.4.0` is a rollback.",
        ),
        click.option(
            "--since",
            metavar="REF",
            help="Only what changed since the merge base with REF, files included.",
        ),
    ):
        function = option(function)
    return function


@contextmanager
def opened(
    options: Globals, version: Version, *, outputs: Sequence[Path] = (), stamped: bool = True
) -> Iterator[Source]:
    """The project as asked for. Its files can be read as long as the context lasts.

    ``outputs`` are the files that the command writes. Unless it is ``stamped``, nobody asks for
    the commit.
    """
    layout: AbstractContextManager[Layout | None] = nullcontext()
    if version.ref is not None:
        layout = laid_out(options.root, version.ref)
    with layout as there:
        project, desired = _loaded(options, there)
        commit = None
        if version.require_clean:
            used = project.files if there is None else ()
            commit = clean_commit(options.root, used, outputs=outputs)
        elif stamped and there is None:
            commit = commit_of(project, outputs=outputs)
        within = None
        if version.since is not None:
            within = _changed(options, version, desired)
        yield Source(project, desired, commit if there is None else there.commit, within)


def _loaded(options: Globals, there: Layout | None) -> tuple[Project, Desired]:
    if there is None:
        return load_project(options)
    inside = replace(options, root=there.root)
    project, desired = load_project(inside, submodules=there.submodules)
    return _at_home(project, there.root, options.root), desired


def commit_of(project: Project, *, outputs: Sequence[Path] = ()) -> str | None:
    """The commit for the stamps of a project in its work tree.

    None outside git. Where there is a repository and still no commit to name, a note says why.
    """
    try:
        found = read_work_tree(project.root, project.files, outputs=outputs)
    except GitError as error:
        from asstctl.views.errors import render_note

        note = "the stamps will name no commit"
        report(render_note(note, error, screen(sys.stderr)), err=True)
        return None
    return None if found is None else found.commit


def _at_home(project: Project, folder: Path, root: Path) -> Project:
    """The project of a laid-out commit; its local account is that of the real folder."""
    target = project.target
    if isinstance(target, LocalTarget):
        inside = target.path.resolve().relative_to(folder.resolve())
        target = replace(target, path=root / inside)
    return replace(project, root=root, target=target)


def _changed(options: Globals, version: Version, desired: Desired) -> frozenset[Address]:
    """The resources that are not what they were where the two versions went apart.

    Resources are compared, not paths: a change of a default, a variable or a file that manifests
    refer to counts for exactly the resources that it reaches.
    """
    assert version.since is not None
    base = merge_base(options.root, version.since, version.ref or "HEAD")
    now, then = _canonical(desired), _before(options, base)
    return frozenset(address for address in {*now, *then} if now.get(address) != then.get(address))


def _before(options: Globals, base: str) -> dict[Address, Canonical]:
    """What a commit wanted. One that does not load, or lacks the project, makes everything new."""
    try:
        with laid_out(options.root, base) as there:
            before = load(there.root, target=options.target, environ=os.environ).desired
            return {} if before is None else _canonical(before)
    except NoFolderError:
        return {}


def _canonical(desired: Desired) -> dict[Address, Canonical]:
    contents = run_async(hash_files(desired.files, parallelism=4))
    return {
        resource.address: canonical_desired(resource, contents) for resource in desired.resources
    }
