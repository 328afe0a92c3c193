"""``asstctl gc``."""

import sys

import click

from asstctl.app.gc import Found, collect
from asstctl.app.source import read_source
from asstctl.cli.confirm import confirm
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode
from asstctl.views.gc.human import render_deletions, render_garbage
from asstctl.views.gc.json import gc_document


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
@format_option("human", "json")
def command(options: Globals, auto_approve: bool, unowned: bool, style: str) -> ExitCode:
    """List uploads that this project made and nothing refers to any more, and delete them.

    On a target of agents also the sessions that smoke left behind, those of a smoke that runs right
    now included: they are ended, and deleted with their sandboxes. So are threads of smoke, where
    the account lists threads.

    Without --auto-approve it asks on a terminal, and elsewhere it only lists. An upload is known
    to be this project's by the journal of this machine's applies, by a stamp, or by its content
    where the account gives that out. Whatever any assistant or vector store of the account holds
    is kept. What threads and messages hold cannot be seen: look before you delete, and do not
    run it beside an apply.
    """
    source = read_source(
        options.root,
        options.target,
        variables=options.variables,
        observer=(watch := Terminal("gc")),
    )
    names = {"project": source.project.name, "target": source.project.target.name}

    def show(found: Found) -> None:
        garbage, leftovers = found.garbage, found.leftovers or ()
        report(render_garbage(garbage, leftovers, screen(sys.stdout), unowned=unowned, **names))

    def ask(found: Found, account: str) -> bool:
        return confirm(f"Delete {_named(found)} from {names['target']} ({account})?")

    asks = style == "human" and not auto_approve and sys.stdin.isatty()
    collected = run_async(
        collect(
            source,
            deletes=auto_approve,
            confirm=ask if asks else None,
            on_found=show if style == "human" else lambda _: None,
            observer=watch,
        )
    )
    deletions, removals = collected.deletions, collected.removals
    if style == "json":
        garbage, found = collected.garbage, collected.found
        document = gc_document(
            garbage, deletions, found.leftovers, removals, what=found.what, unowned=unowned, **names
        )
        report(as_json(document))
    elif deletions or removals:
        report(render_deletions(deletions, removals, screen(sys.stdout)))
    return collected.exit_code


def _named(found: Found) -> str:
    """What there is to delete, in a few words."""
    uploads = "these uploads" if found.garbage.ours else ""
    leftovers = f"these {found.what}s" if found.leftovers else ""
    return " and ".join(filter(None, (uploads, leftovers)))
