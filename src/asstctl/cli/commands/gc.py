"""``asstctl gc``."""

import sys

import click

from asstctl.cli.asking import confirm
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.cli.reading import reading
from asstctl.cli.wiring import connect_to, load_project
from asstctl.errors import ExitCode
from asstctl.model.project import Project
from asstctl.sync.uploads.garbage import Deletion, Garbage, delete_garbage, find_garbage
from asstctl.sync.uploads.journal import FileJournal


@verb(
    "gc",
    """
    asstctl gc
    asstctl gc --auto-approve
    asstctl gc --unowned --format json
    """,
)
@click.option("--auto-approve", is_flag=True, help="Delete what is listed, without asking.")
@click.option(
    "--unowned",
    is_flag=True,
    help="Show uploads too that nothing refers to and nothing proves to be this project's. They "
    "are never deleted.",
)
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
def command(options: Globals, auto_approve: bool, unowned: bool, style: str) -> ExitCode:
    """List uploads that this project made and nothing refers to any more, and delete them.

    Without --auto-approve it asks on a terminal, and elsewhere it only lists. An upload is known
    to be this project's by the journal of this machine's applies, by a stamp, or by its content
    where the account gives that out. Whatever any assistant or vector store of the account holds
    is kept. What threads and messages hold cannot be seen: look before you delete, and do not
    run it beside an apply.
    """
    asks = style == "human" and not auto_approve and sys.stdin.isatty()
    return run_async(_gc(options, style, unowned=unowned, asks=asks, deletes=auto_approve))


async def _gc(
    options: Globals, style: str, *, unowned: bool, asks: bool, deletes: bool
) -> ExitCode:
    project, desired = load_project(options)
    async with connect_to(project.target, writes=deletes or asks) as connection:
        account = connection.account
        journal = FileJournal(project, account.name)
        with reading(account.name):
            garbage = await find_garbage(account, desired, journal)
        if style == "human":
            report(_listed(garbage, project, unowned=unowned))
        deletions: tuple[Deletion, ...] = ()
        if garbage.ours and asks:
            confirm(f"Delete these uploads from {project.target.name} ({account.name})?")
            # The answer may have taken a while, and something may refer to them by now.
            garbage = garbage.still(await find_garbage(account, desired, journal))
        if garbage.ours and (asks or deletes):
            deletions = await delete_garbage(account, garbage.ours, journal)
    _show(garbage, deletions, project, style, unowned=unowned)
    return ExitCode.ERROR if any(item.error for item in deletions) else ExitCode.OK


def _listed(garbage: Garbage, project: Project, *, unowned: bool) -> str:
    from asstctl.views.gc.human import render_garbage

    target = project.target.name
    return render_garbage(
        garbage, screen(sys.stdout), project=project.name, target=target, unowned=unowned
    )


def _show(
    garbage: Garbage,
    deletions: tuple[Deletion, ...],
    project: Project,
    style: str,
    *,
    unowned: bool,
) -> None:
    from asstctl.views.gc.human import render_deletions
    from asstctl.views.gc.json import gc_document

    if style == "json":
        target = project.target.name
        document = gc_document(
            garbage, deletions, project=project.name, target=target, unowned=unowned
        )
        report(as_json(document))
    elif deletions:
        report(render_deletions(deletions, screen(sys.stdout)))
