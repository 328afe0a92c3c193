"""``asstctl apply``."""

from functools import partial
from pathlib import Path

import click

from asstctl.app.apply import Applied, apply
from asstctl.app.confirm import approve
from asstctl.app.plan import EVERYTHING
from asstctl.app.source import Version, open_source
from asstctl.cli.apply_report import show_result
from asstctl.cli.confirm import confirm, confirm_cost
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import (
    ALLOW_COMMANDS,
    Globals,
    auto_approve_option,
    format_option,
    only_option,
    prune_option,
    verb,
    version_options,
    yes_option,
)
from asstctl.cli.plan_report import show_details
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode, UsageError
from asstctl.plan.plan import Plan
from asstctl.plan.scope import PlanOptions
from asstctl.smoke.options import SmokeOptions


@verb(
    "apply",
    """
    asstctl apply
    asstctl apply plan.json --auto-approve        # exactly what was saved
    asstctl apply --prune --allow-deletes 3
    asstctl apply --smoke --rollback --auto-approve
    asstctl apply --ref v1.4.0                    # go back to a tag
    """,
)
@click.argument(
    "planfile", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False
)
@auto_approve_option
@only_option
@prune_option
@click.option(
    "--allow-deletes",
    type=click.IntRange(min=0),
    metavar="N",
    help="Let up to N deletes through, whatever `safety.max_deletes` says.",
)
@click.option("--overwrite-drift", is_flag=True, help="Undo edits made outside asstctl.")
@version_options
@click.option("--smoke", is_flag=True, help="Run the smoke cases of what was changed.")
@click.option("--allow-commands", is_flag=True, help=f"With --smoke: {ALLOW_COMMANDS}")
@yes_option
@click.option(
    "--rollback",
    is_flag=True,
    help="With --smoke: give assistants whose cases fail their previous configuration back. The "
    "files inside vector stores, and environments, stay as they are.",
)
@click.option(
    "--keep-ids",
    is_flag=True,
    help="Make objects under the ids that `asstctl pull` wrote down: on the local account, or on "
    "one that `asstctl serve` serves.",
)
@format_option("human", "json")
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the result as JSON to FILE, also when things fail.",
)
def command(
    options: Globals,
    planfile: Path | None,
    auto_approve: bool,
    only: tuple[str, ...],
    prune: bool,
    allow_deletes: int | None,
    overwrite_drift: bool,
    since: str | None,
    ref: str | None,
    require_clean: bool,
    smoke: bool,
    allow_commands: bool,
    yes: bool,
    rollback: bool,
    keep_ids: bool,
    style: str,
    report_file: Path | None,
) -> ExitCode:
    """Make the account what the manifests say.

    Shows the plan and asks first. With PLANFILE (from `asstctl plan --out`) it does exactly what
    was saved, or refuses when anything has moved since. New things are made before old ones go; a
    failed change does not stop independent ones, and running apply again finishes the job.
    """
    plan_options = PlanOptions(prune=prune, overwrite_drift=overwrite_drift, only=only)
    if planfile is not None and (plan_options != EVERYTHING or since):
        raise UsageError(
            "a saved plan brings its own scope",
            why="--only, --since, --prune and --overwrite-drift were decided when it was made.",
            fix="Give them to `asstctl plan --out` instead.",
        )
    for name, given in (("--rollback", rollback), ("--allow-commands", allow_commands)):
        if given and not smoke:
            raise UsageError(f"{name} goes with --smoke", fix="Add --smoke.")
    version = Version(ref=ref, since=since, require_clean=require_clean)
    outputs = [path for path in (planfile, report_file) if path]
    stamped = planfile is None  # a saved plan says which commit it was made from
    watch = Terminal("apply", quiet=style == "json")
    with open_source(
        options.root,
        options.target,
        version,
        variables=options.variables,
        outputs=outputs,
        stamped=stamped,
        observer=watch,
    ) as source:
        applied: Applied = run_async(
            apply(
                source,
                plan_options,
                confirm=approve if auto_approve else _ask,
                confirm_cost=confirm_cost(yes=yes or auto_approve),
                planfile=planfile,
                allow_deletes=allow_deletes,
                smoke=SmokeOptions(allow_commands=allow_commands) if smoke else None,
                rollback=rollback,
                keep_ids=keep_ids,
                observer=watch,
            )
        )
    show_result(applied.result, style, report_file, applied.smoke)
    return applied.exit_code


def _ask(plan: Plan) -> bool:
    question = f"Apply these changes to {plan.target} ({plan.account})?"
    return confirm(question, details=partial(show_details, plan, "apply"))
