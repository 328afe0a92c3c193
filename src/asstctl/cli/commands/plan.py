"""``asstctl plan``."""

import sys
from pathlib import Path

import click

from asstctl.app.plan import Planned, plan
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
from asstctl.cli.output import as_json, report, say, screen, write_file, write_report
from asstctl.cli.report_option import ReportFile, reports_option
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode
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
        options.root, options.target, version, outputs=outputs, observer=watch
    ) as source:
        planned = run_async(plan(source, plan_options, observer=watch))
        if out is not None:
            write_file(out, as_json(saved_plan(planned)))
    for file in reports:
        write_report(file.path, _render(planned, file.style, max_bytes))
    report(_render(planned, style, max_bytes, steps=options.verbose > 0))
    if out is not None:
        say(f"saved: asstctl apply {out} does exactly this, once")
    pending = detailed_exitcode and not planned.plan.is_empty
    return ExitCode.CHANGES_PENDING if pending else ExitCode.OK


def _render(planned: Planned, style: str, max_bytes: int, *, steps: bool = False) -> str:
    match style:
        case "json":
            from asstctl.views.plan.json import plan_document

            return as_json(plan_document(planned.plan))
        case "markdown":
            from asstctl.views.plan.markdown import render_markdown

            return render_markdown(planned.plan, max_bytes=max_bytes)
        case _:
            from asstctl.views.plan.human import render_plan

            return render_plan(planned.plan, screen(sys.stdout), steps=steps)
