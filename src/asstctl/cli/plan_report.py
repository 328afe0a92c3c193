"""A plan, as ``plan`` and ``show`` print it."""

import sys
from typing import Final

from asstctl.cli.output import as_json, report, screen
from asstctl.plan.plan import Plan

COMMENT_LIMIT: Final = 65_536
"""What GitHub takes as one comment, in bytes."""


def render(plan: Plan, style: str, *, max_bytes: int = COMMENT_LIMIT, steps: bool = False) -> str:
    """The plan in the form that ``--format`` names; ``steps`` shows how apply would go about it."""
    match style:
        case "json":
            from asstctl.views.plan.json import plan_document

            return as_json(plan_document(plan))
        case "markdown":
            from asstctl.views.plan.markdown import render_markdown

            return render_markdown(plan, max_bytes=max_bytes)
        case _:
            from asstctl.views.plan.human import render_plan

            return render_plan(plan, screen(sys.stdout), steps=steps)


def show_details(plan: Plan, command: str) -> None:
    """At the question whether a ``command`` goes on: the plan with the steps of each change."""
    from asstctl.views.plan.human import render_plan

    report(render_plan(plan, screen(sys.stdout), command=command, steps=True))
