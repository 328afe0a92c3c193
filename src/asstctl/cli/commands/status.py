"""``asstctl status``."""

import sys

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.cli.planning import planned
from asstctl.cli.wiring import connect_to, load_project
from asstctl.plan.plan import Plan


@verb(
    "status",
    """
    asstctl status
    asstctl -t prod status --format env >> .env   # ASSTCTL_TRAVEL_GUIDE_ID=asst_…
    asstctl status --format json | jq '.resources[] | select(.in_sync | not)'
    """,
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["human", "json", "env"]),
    default="human",
    show_default=True,
    help="`env` prints ASSTCTL_<KEY>_ID=… for applications.",
)
def command(options: Globals, style: str) -> None:
    """List what is managed, with ids, digest and commit, and whether it is in sync."""

    async def run() -> Plan:
        project, desired = load_project(options)
        async with connect_to(project.target, writes=False) as connection:
            return (await planned(project, desired, connection.account)).plan

    report(_render(run_async(run()), style))


def _render(plan: Plan, style: str) -> str:
    from asstctl.views.status.env import render_env
    from asstctl.views.status.human import render_status
    from asstctl.views.status.json import status_document

    match style:
        case "json":
            return as_json(status_document(plan))
        case "env":
            return render_env(plan)
        case _:
            return render_status(plan, screen(sys.stdout))
