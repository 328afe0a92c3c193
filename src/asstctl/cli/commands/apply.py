"""``asstctl apply``."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from asstctl.cli.applying import execute, show_result
from asstctl.cli.asking import confirm
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, screen
from asstctl.cli.plan_file import check_plan, read_plan
from asstctl.cli.planning import EVERYTHING, Planned, only_option, planned, prune_option
from asstctl.cli.trial import SmokeTrial
from asstctl.cli.versions import Source, Version, opened, version_options
from asstctl.cli.wiring import connect_to
from asstctl.errors import ExitCode, UsageError
from asstctl.model.project import Project
from asstctl.plan.safety import raise_if_unsafe
from asstctl.plan.scope import PlanOptions
from asstctl.smoke.result import SmokeResult
from asstctl.sync.local.last_apply import raise_if_everything_is_gone
from asstctl.sync.result import ApplyResult
from asstctl.views.plan.human import render_plan


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
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
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
@click.option(
    "--rollback",
    is_flag=True,
    help="With --smoke: give assistants whose cases fail their previous configuration back. The "
    "files inside vector stores stay as they are.",
)
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
    planfile: Path | None,
    auto_approve: bool,
    only: tuple[str, ...],
    prune: bool,
    allow_deletes: int | None,
    overwrite_drift: bool,
    smoke: bool,
    rollback: bool,
    style: str,
    report_file: Path | None,
    **version: Any,
) -> ExitCode:
    """Make the account what the manifests say.

    Shows the plan and asks first. With PLANFILE (from `asstctl plan --out`) it does exactly what
    was saved, or refuses when anything has moved since. New things are made before old ones go; a
    failed change does not stop independent ones, and running apply again finishes the job.
    """
    wanted = PlanOptions(prune=prune, overwrite_drift=overwrite_drift, only=only)
    if planfile is not None and (wanted != EVERYTHING or version["since"]):
        raise UsageError(
            "a saved plan brings its own scope",
            why="--only, --since, --prune and --overwrite-drift were decided when it was made.",
            fix="Give them to `asstctl plan --out` instead.",
        )
    if rollback and not smoke:
        raise UsageError("--rollback goes with --smoke", fix="Add --smoke.")
    request = _Request(
        planfile=planfile,
        wanted=wanted,
        ask=not auto_approve,
        allow_deletes=allow_deletes,
        smoke=smoke,
        rollback=rollback,
        quiet=style == "json",
    )
    outputs = [path for path in (planfile, report_file) if path]
    stamped = planfile is None  # a saved plan says which commit it was made from
    with opened(options, Version(**version), outputs=outputs, stamped=stamped) as source:
        result, tried = run_async(_apply(source, request))
    show_result(result, style, report_file, tried)
    return _exit_code(result, tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What the command line asks for."""

    planfile: Path | None
    wanted: PlanOptions
    ask: bool
    allow_deletes: int | None
    smoke: bool
    rollback: bool
    quiet: bool


async def _apply(source: Source, request: _Request) -> tuple[ApplyResult, SmokeResult | None]:
    project, desired = source.project, source.desired
    saved, wanted = None, replace(request.wanted, within=source.within)
    commit = source.commit
    if request.planfile is not None:
        saved, wanted = read_plan(request.planfile, project, desired)
        commit = saved["commit"]
    quiet = request.quiet
    async with connect_to(project.target, writes=True) as connection:
        made = await planned(project, desired, connection.account, wanted, commit=commit)
        if saved is not None:
            check_plan(saved, made)
        if not quiet:
            report(render_plan(made.plan, screen(sys.stdout), command="apply"))
        _guard(project, made, request)
        trial = None
        if request.smoke:
            trial = SmokeTrial(connection, project, made, rollback=request.rollback, quiet=quiet)
        result = await execute(project, made, connection.account, quiet=quiet, trial=trial)
        return result, trial.result if trial else None


def _guard(project: Project, made: Planned, request: _Request) -> None:
    """Refuse what is unsafe; then ask. Raises RefusedError, UsageError, DeclinedError."""
    raise_if_everything_is_gone(project, made.actual, made.remembered)
    raise_if_unsafe(made.plan, made.actual, project.safety, allow_deletes=request.allow_deletes)
    if request.ask and made.plan.writes:
        confirm(f"Apply these changes to {made.plan.target} ({made.plan.account})?")


def _exit_code(result: ApplyResult, tried: SmokeResult | None) -> ExitCode:
    """A failed case outranks what its rollback left undone."""
    if tried is not None and tried.exit_code is ExitCode.SMOKE_FAILED:
        return tried.exit_code
    if result.exit_code is ExitCode.OK and tried is not None:
        return tried.exit_code
    return result.exit_code
