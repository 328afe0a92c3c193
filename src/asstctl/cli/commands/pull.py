"""``asstctl pull``."""

import os
import shlex
import sys
from pathlib import Path

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import hide, never_mask, report, say, screen
from asstctl.cli.pulling import Destination, move_into_place, staging
from asstctl.cli.reading import reading
from asstctl.cli.wiring import connect_to
from asstctl.errors import ExitCode, UsageError
from asstctl.manifest.load import ManifestError, load
from asstctl.model.project import Project
from asstctl.model.pulled import Pulled
from asstctl.sync.pull.choice import Wanted
from asstctl.sync.pull.pull import pull
from asstctl.text import words
from asstctl.views.pull.human import render_pulled


@verb(
    "pull",
    """
    asstctl pull --all --out backup
    asstctl pull asst_abc123 vs_abc123
    asstctl -t prod pull --out from-prod
    """,
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Everything in the account.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write into this folder instead of the project's. One without asstctl.yaml gets one.",
)
def command(options: Globals, ids: tuple[str, ...], everything: bool, out: Path | None) -> ExitCode:
    """Write manifests, prompts and files from what the account holds.

    IDs choose assistants and vector stores; without any, what this project manages there is
    taken. What an assistant searches comes with it. Existing files are never overwritten, and
    what could not be downloaded is named in a comment. Nothing in the account changes: after
    `asstctl import` of each object, a plan is empty.
    """
    if ids and everything:
        raise UsageError("--all and ids exclude each other", fix="Give one of the two.")
    loaded = load(options.root, target=options.target, environ=os.environ)
    if loaded.project is None:
        raise ManifestError(loaded.diagnostics)
    if loaded.desired is not None:
        hide(loaded.desired.sensitive)
    destination = Destination(out or options.root, loaded.project)
    wanted = Wanted(
        project=loaded.project.name, ids=ids, everything=everything, taken=destination.taken()
    )
    with staging(destination) as staged:
        pulled = run_async(_pull(loaded.project, wanted, destination, staged))
        paths = move_into_place(staged, destination, pulled, destination.texts(pulled))
    never_mask(loaded.project.name, *paths)
    for resource in pulled.resources:
        never_mask(resource.address, resource.id)
    report(_rendered(pulled, paths, loaded.project, destination))
    _check(destination, pulled, paths)
    return ExitCode.ERROR if any(file.failed for file in pulled.missing) else ExitCode.OK


async def _pull(project: Project, wanted: Wanted, destination: Destination, staged: Path) -> Pulled:
    def announce(paths: tuple[str, ...], size: int) -> None:
        destination.raise_if_there(paths)
        if paths:
            say(f"downloading {words.count(len(paths), 'file')}, {words.size(size)}")

    async with connect_to(project.target, writes=False) as connection:
        with reading(connection.account.name):
            return await pull(connection.account, wanted, staged, on_files=announce)


def _rendered(
    pulled: Pulled, paths: tuple[str, ...], project: Project, destination: Destination
) -> str:
    folder = destination.folder
    enter = "" if folder.resolve() == Path.cwd() else f"-C {shlex.quote(str(folder))} "
    return render_pulled(pulled, paths, screen(sys.stdout), project=project.name, enter=enter)


def _check(destination: Destination, pulled: Pulled, paths: tuple[str, ...]) -> None:
    """Say what stands between the new manifests and a plan."""
    from asstctl.views.diagnostics.human import render_diagnostics

    if problems := destination.problems(paths):
        report(render_diagnostics(problems, screen(sys.stderr)), err=True)
    if unread := destination.unread(pulled):
        say(
            f"note: `manifests` in asstctl.yaml does not find {', '.join(map(str, unread))}; "
            "add assistants/**/*.yaml to it"
        )
