"""``asstctl plan``."""

from pathlib import Path

import click

from asstctl.app.plan import plan
from asstctl.app.plan_file import saved_plan
from asstctl.app.source import Version, open_source
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import (
    Globals,
    format_option,
    only_option,
    prune_option,
    verb,
    version_options,
)
from asstctl.cli.output import as_json, report, say, write_file, write_report
from asstctl.cli.plan_report import COMMENT_LIMIT, render
from asstctl.cli.report_option import ReportFile, reports_option
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode
from asstctl.plan.scope import PlanOptions


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
@format_option("human", "json", "markdown", help="`markdown` is the text for a pull request.")
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
    default=COMMENT_LIMIT,
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
    since: str | None,
    ref: str | None,
    require_clean: bool,
    max_bytes: int,
) -> ExitCode:
    """Show how the account differs from the manifests. Nothing is written.

    With -v each change is followed by the steps that apply would take, in their order.
    """
    plan_options = PlanOptions(prune=prune, overwrite_drift=overwrite_drift, only=only)
    version = Version(ref=ref, since=since, require_clean=require_clean)
    outputs = [file.path for file in reports] + ([out] if out else [])
    watch = Terminal()
    with open_source(
        options.root,
        options.target,
        version,
        variables=options.variables,
        outputs=outputs,
        observer=watch,
    ) as source:
        planned = run_async(plan(source, plan_options, observer=watch))
        if out is not None:
            write_file(out, as_json(saved_plan(planned)))
    for file in reports:
        write_report(file.path, render(planned.plan, file.style, max_bytes=max_bytes))
    report(render(planned.plan, style, max_bytes=max_bytes, steps=options.verbose > 0))
    if out is not None:
        written = planned.plan.writes
        what = f"asstctl apply {out} does exactly this, once" if written else f"{out}, empty"
        say(f"saved: {what}")
    pending = detailed_exitcode and not planned.plan.is_empty
    return ExitCode.CHANGES_PENDING if pending else ExitCode.OK
