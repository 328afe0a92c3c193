"""``--ref``, ``--since``, ``--require-clean``: the version of the manifests that is meant."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals
from asstctl.cli.wiring import load_project
from asstctl.manifest.load import load
from asstctl.manifest.revision import (
    current_commit,
    laid_out,
    merge_base,
    raise_if_uncommitted,
    resolve,
)
from asstctl.model.address import Address
from asstctl.model.canonical import Canonical
from asstctl.model.desired import Desired
from asstctl.model.project import LocalTarget, Project
from asstctl.plan.comparable import canonical_desired
from asstctl.sync.hashing import hash_files


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
def opened(options: Globals, version: Version) -> Iterator[Source]:
    """The project as asked for. Its files can be read as long as the context lasts."""
    if version.require_clean:
        raise_if_uncommitted(options.root)
    layout: AbstractContextManager[Path] = nullcontext(options.root)
    if version.ref is not None:
        layout = laid_out(options.root, version.ref)
    with layout as folder:
        project, desired = load_project(replace(options, root=folder))
        commit = current_commit(options.root)
        if version.ref is not None:
            project = _at_home(project, folder, options.root)
            commit = resolve(options.root, version.ref)
        within = None
        if version.since is not None:
            within = _changed(options, version, desired)
        yield Source(project, desired, commit, within)


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
    now = _canonical(desired)
    with laid_out(options.root, base) as folder:
        before = load(folder, target=options.target, environ=os.environ).desired
        # A base that does not load, or is not there at all, makes everything new.
        then = _canonical(before) if before is not None else {}
    return frozenset(address for address in {*now, *then} if now.get(address) != then.get(address))


def _canonical(desired: Desired) -> dict[Address, Canonical]:
    contents = run_async(hash_files(desired.files, parallelism=4))
    return {
        resource.address: canonical_desired(resource, contents) for resource in desired.resources
    }
