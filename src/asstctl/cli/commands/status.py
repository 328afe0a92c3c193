"""``asstctl status``."""

import sys

from asstctl.app.plan import plan
from asstctl.app.source import read_source
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.cli.watch import Terminal
from asstctl.plan.plan import Plan


@verb(
    "status",
    """
    asstctl status
    asstctl -t prod status --format env >> .env   # ASSTCTL_TRAVEL_GUIDE_ID=asst_…
    asstctl status --format json | jq '.resources[] | select(.in_sync | not)'
    """,
)
@format_option("human", "json", "env", help="`env` prints ASSTCTL_<KEY>_ID=… for applications.")
def command(options: Globals, style: str) -> None:
    """List what is managed, with ids, digest and commit, and whether it is in sync."""
    watch = Terminal("status")
    source = read_source(options.root, options.target, variables=options.variables, observer=watch)
    report(_render(run_async(plan(source, observer=watch)).plan, style))


def _render(found: Plan, style: str) -> str:
    from asstctl.views.status.env import render_env
    from asstctl.views.status.human import render_status
    from asstctl.views.status.json import status_document

    match style:
        case "json":
            return as_json(status_document(found))
        case "env":
            return render_env(found)
        case _:
            return render_status(found, screen(sys.stdout))
