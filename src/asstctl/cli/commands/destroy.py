"""``asstctl destroy``."""

import sys
from dataclasses import replace

import click

from asstctl.cli.applying import execute, show_result
from asstctl.cli.asking import confirm
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, screen
from asstctl.cli.planning import planned
from asstctl.cli.wiring import connect_to, load_project
from asstctl.errors import ExitCode
from asstctl.model.desired import Desired
from asstctl.plan.scope import PlanOptions
from asstctl.sync.result import ApplyResult
from asstctl.views.plan.human import render_plan


@verb(
    "destroy",
    """
    asstctl -t staging destroy
    asstctl -t staging destroy --auto-approve
    """,
)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
def command(options: Globals, auto_approve: bool, style: str) -> ExitCode:
    """Delete everything that this project manages in the account.

    Shows the plan and asks for the project's name. What `protect: true` guards stays. Where the
    account does not show all that it holds, what is shown is deleted and the exit code is 3: run
    it again.
    """
    result = run_async(_destroy(options, auto_approve=auto_approve, quiet=style == "json"))
    show_result(result, style)
    return result.exit_code


async def _destroy(options: Globals, *, auto_approve: bool, quiet: bool) -> ApplyResult:
    project, declared = load_project(options)
    nothing = Desired(project=project.name, sensitive=declared.sensitive)
    async with connect_to(project.target, writes=True) as connection:
        made = await planned(
            project,
            nothing,
            connection.account,
            PlanOptions(prune=True, destroy=True),
            expects_stores=bool(declared.stores),
        )
        if not quiet:
            report(render_plan(made.plan, screen(sys.stdout), command="destroy"))
        if made.plan.writes and not auto_approve:
            confirm(
                f"Delete all of this from {made.plan.target} ({made.plan.account})?",
                answer=project.name,
            )
        result = await execute(project, made, connection.account, quiet=quiet)
        return replace(result, more_may_be_left=bool(made.actual.cut))
