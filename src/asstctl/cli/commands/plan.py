"""``asstctl plan``."""

import asyncio
import sys

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, wants_color
from asstctl.cli.planning import Scope, planned
from asstctl.cli.wiring import connect_to, load_project
from asstctl.errors import ExitCode
from asstctl.plan.plan import Plan


@verb("plan")
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when apply would write.")
@click.option("--prune", is_flag=True, help="Plan to delete what no manifest wants any more.")
def command(options: Globals, style: str, detailed_exitcode: bool, prune: bool) -> ExitCode:
    """Show how the account differs from the manifests. Nothing is written."""
    plan = asyncio.run(_plan(options, Scope(prune=prune)))
    report(_render(plan, style))
    pending = detailed_exitcode and not plan.is_empty
    return ExitCode.CHANGES_PENDING if pending else ExitCode.OK


async def _plan(options: Globals, scope: Scope) -> Plan:
    project, desired = load_project(options)
    async with connect_to(project.target, writes=False) as connection:
        return (await planned(project, desired, connection.account, scope)).plan


def _render(plan: Plan, style: str) -> str:
    if style == "json":
        from asstctl.views.plan_json import plan_document

        return as_json(plan_document(plan))
    from asstctl.views.plan_human import render_plan

    return render_plan(plan, color=wants_color(sys.stdout))
