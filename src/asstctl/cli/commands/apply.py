"""``asstctl apply``."""

import asyncio
import sys
from pathlib import Path

import click

from asstctl.cli.asking import confirm
from asstctl.cli.interrupts import graceful
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, is_terminal, report, wants_color, write_file
from asstctl.cli.planning import Planned, Scope, planned
from asstctl.cli.wiring import connect_to, load_project
from asstctl.errors import ExitCode
from asstctl.model.project import Project
from asstctl.plan.safety import raise_if_unsafe
from asstctl.sync.apply import ApplyOptions, apply_plan
from asstctl.sync.ports import Account
from asstctl.sync.result import ApplyResult
from asstctl.views.apply_human import render_apply
from asstctl.views.apply_json import apply_document
from asstctl.views.plan_human import render_plan


@verb("apply")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--prune", is_flag=True, help="Delete what no manifest wants any more.")
@click.option(
    "--allow-deletes",
    type=click.IntRange(min=0),
    metavar="N",
    help="Let up to N deletes through, whatever `safety.max_deletes` says.",
)
@click.option("--overwrite-drift", is_flag=True, help="Undo what was edited outside asstctl.")
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the result as JSON to FILE, also when things fail.",
)
def command(
    options: Globals,
    auto_approve: bool,
    prune: bool,
    allow_deletes: int | None,
    overwrite_drift: bool,
    style: str,
    report_file: Path | None,
) -> ExitCode:
    """Make the account what the manifests say.

    Shows the plan and asks first. New things are made before old ones go; a failed change does
    not stop independent ones, and running apply again finishes the job.
    """

    async def run() -> ApplyResult:
        project, desired = load_project(options)
        async with connect_to(project.target, writes=True) as connection:
            scope = Scope(prune=prune, overwrite_drift=overwrite_drift)
            made = await planned(project, desired, connection.account, scope)
            if style == "human":
                report(render_plan(made.plan, color=wants_color(sys.stdout), command="apply"))
            raise_if_unsafe(made.plan, made.actual, project.safety, allow_deletes=allow_deletes)
            if made.plan.writes and not auto_approve:
                confirm(f"Apply these changes to {made.plan.target} ({made.plan.account})?")
            return await _apply(project, made, connection.account, quiet=style == "json")

    result = asyncio.run(run())
    document = as_json(apply_document(result))
    if report_file is not None:
        write_file(report_file, document)
    if style == "json":
        report(document)
    elif result.changes:
        report(render_apply(result, color=wants_color(sys.stdout)))
    return result.exit_code


async def _apply(project: Project, made: Planned, account: Account, *, quiet: bool) -> ApplyResult:
    from asstctl.views.progress import LiveProgress, PlainProgress

    target = project.target
    apply_options = ApplyOptions(parallelism=target.parallelism, indexing_timeout=target.timeout)
    if quiet or not made.plan.writes:
        return await apply_plan(made.plan, made.contents, made.actual, account, apply_options)
    live = is_terminal(sys.stderr)
    progress = (
        LiveProgress(sys.stderr, color=wants_color(sys.stderr))
        if live
        else PlainProgress(sys.stderr)
    )
    with progress as observer, graceful() as stop:
        return await apply_plan(
            made.plan,
            made.contents,
            made.actual,
            account,
            apply_options,
            observer=observer,
            stop=stop,
        )
