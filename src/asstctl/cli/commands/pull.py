"""``asstctl pull``."""

import shlex
import sys
from pathlib import Path

import click

from asstctl.app.pull import pull
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, say, screen
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode, UsageError
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

    IDs choose assistants, vector stores and environments; without any, what this project manages
    there is taken. What an assistant searches or runs in comes with it. Existing files are never
    overwritten, and what could not be had is named in a comment. Nothing in the account changes:
    after `asstctl import` of each object, a plan is empty, but for environments: a part of them
    never reads back.
    """
    if ids and everything:
        raise UsageError("--all and ids exclude each other", fix="Give one of the two.")
    watch = Terminal("pull")
    done = run_async(
        pull(
            options.root,
            options.target,
            variables=options.variables,
            ids=ids,
            everything=everything,
            out=out,
            observer=watch,
        )
    )
    enter = "" if done.folder.resolve() == Path.cwd() else f"-C {shlex.quote(str(done.folder))} "
    report(
        render_pulled(
            done.pulled,
            done.paths,
            screen(sys.stdout),
            project=done.project.name,
            enter=enter,
            apart=done.is_apart,
        )
    )
    if done.problems:
        watch.on_warnings(done.problems)
    if done.unread:
        say(
            f"note: `manifests` in asstctl.yaml does not find {', '.join(map(str, done.unread))}; "
            "add assistants/**/*.yaml to it"
        )
    return done.exit_code
