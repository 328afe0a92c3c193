"""``asstctl show``."""

from pathlib import Path

import click

from asstctl.app.plan_file import open_plan
from asstctl.cli.options import Globals, format_option, verb
from asstctl.cli.output import report
from asstctl.cli.plan_report import render


@verb(
    "show",
    """
    asstctl show plan.json
    asstctl show plan.json --format markdown > comment.md
    """,
)
@click.argument("planfile", type=click.Path(path_type=Path, dir_okay=False))
@format_option("human", "json", "markdown")
def command(options: Globals, planfile: Path, style: str) -> None:
    """Show the plan that `plan --out` saved in PLANFILE, as it was reviewed.

    Neither the account nor the project is needed. Whether it still fits is told by `apply`.
    """
    report(render(open_plan(planfile).plan, style))
