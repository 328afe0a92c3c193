"""``asstctl doctor``."""

import sys

from asstctl.app.doctor import doctor
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode
from asstctl.views.doctor.human import render_checks
from asstctl.views.doctor.json import checks_document


@verb(
    "doctor",
    """
    asstctl doctor
    asstctl -t prod doctor
    asstctl doctor --format json | jq .healthy
    asstctl -t prod doctor --format json | jq -r .use   # the `api` that the target should have
    """,
)
@format_option("human", "json")
def command(options: Globals, style: str) -> ExitCode:
    """Check everything between the manifests and the account, each with its cure.

    It says which of the three APIs the server speaks, so which `api` the target should have, and
    warns of models that are about to end.
    What the manifests need is tried with probes: metadata, the fields in use, files in vector
    stores, deletes. They are deleted again; where a server cannot do that, it is said. Exit code 1
    when a check fails.
    """
    checkup = run_async(
        doctor(
            options.root, options.target, variables=options.variables, observer=Terminal("doctor")
        )
    )
    if style == "json":
        report(as_json(checks_document(checkup)))
    else:
        report(render_checks(checkup.checks, screen(sys.stdout)))
    return checkup.exit_code
