"""``asstctl plan``."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, say, screen, write_report
from asstctl.cli.plan_file import save_plan
from asstctl.cli.planning import Planned, only_option, planned, prune_option
from asstctl.cli.reports import ReportFile, reports_option
from asstctl.cli.versions import Source, Version, opened, version_options
from asstctl.cli.wiring import connect_to
from asstctl.errors import ExitCode
from asstctl.plan.plan import Plan
from asstctl.plan.scope import PlanOptions

_COMMENT_LIMIT = 65_536
"""What GitHub takes as one comment."""


@verb(
    "plan",
    """
    asstctl plan
    asstctl -t prod plan --out plan.json          # then: asstctl apply plan.json
    asstctl plan --format markdown > comment.md   # for a pull request
    asstctl plan --since origin/main              # only what this branch changes
    asstctl plan --only 'assistant.travel-*'
    asstctl plan --detailed-exitcode              # 2 when changes are pending
    """,
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["human", "json", "markdown"]),
    default="human",
    show_default=True,
    help="`markdown` is the text for a pull request.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan, for `asstctl apply FILE`.",
)
@reports_option({".md": "markdown", ".json": "json"})
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are pending.")
@only_option
@prune_option
@click.option("--overwrite-drift", is_flag=True, help="Plan to undo edits made outside asstctl.")
@version_options
@click.option(
    "--max-bytes",
    type=click.IntRange(min=1_000),
    default=_COMMENT_LIMIT,
    show_default=True,
    help="Cut the Markdown to this length, with a note of what was cut.",
)
def command(
    options: Globals,
    style: str,
    out: Path | None,
    reports: tuple[ReportFile, ...],
    detailed_exitcode: bool,
    only: tuple[str, ...],
    prune: bool,
    overwrite_drift: bool,
    max_bytes: int,
    **version: Any,
) -> ExitCode:
    """Show how the account differs from the manifests. Nothing is written."""
    wanted = PlanOptions(prune=prune, overwrite_drift=overwrite_drift, only=only)
    outputs = [file.path for file in reports] + ([out] if out else [])
    with opened(options, Version(**version), outputs=outputs) as source:
        wanted = replace(wanted, within=source.within)
        made = run_async(_plan(source, wanted))
        if out is not None:
            save_plan(out, made, wanted)
    for file in reports:
        write_report(file.path, _render(made.plan, file.style, max_bytes))
    report(_render(made.plan, style, max_bytes))
    if out is not None:
        say(f"saved: asstctl apply {out} does exactly this, once")
    pending = detailed_exitcode and not made.plan.is_empty
    return ExitCode.CHANGES_PENDING if pending else ExitCode.OK


async def _plan(source: Source, wanted: PlanOptions) -> Planned:
    project = source.project
    async with connect_to(project.target, writes=False) as connection:
        return await planned(
            project, source.desired, connection.account, wanted, commit=source.commit
        )


def _render(plan: Plan, style: str, max_bytes: int) -> str:
    match style:
        case "json":
            from asstctl.views.plan.json import plan_document

            return as_json(plan_document(plan))
        case "markdown":
            from asstctl.views.plan.markdown import render_markdown

            return render_markdown(plan, max_bytes=max_bytes)
        case _:
            from asstctl.views.plan.human import render_plan

            return render_plan(plan, screen(sys.stdout))
