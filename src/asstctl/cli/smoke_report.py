"""The report of smoke cases, in each of its formats."""

import sys
from typing import Final

from asstctl.cli.output import as_json, screen
from asstctl.smoke.recorded.comparison import Comparison
from asstctl.smoke.result import SmokeResult

FORMATS: Final = ("human", "json", "junit", "html")


def render(
    result: SmokeResult,
    style: str,
    *,
    to_file: bool,
    verbose: bool,
    comparison: Comparison | None = None,
) -> str:
    """The report in one of ``FORMATS``, with the comparison where there is one."""
    match style:
        case "json":
            from asstctl.views.smoke.json import smoke_document

            return as_json(smoke_document(result, comparison))
        case "junit":
            from asstctl.views.smoke.junit import render_junit

            return render_junit(result, comparison)
        case "html":
            from asstctl.views.smoke.html import render_html

            return render_html(result, comparison)
        case _:
            from asstctl.views.smoke.human import render_smoke
            from asstctl.views.terminal import PLAIN

            on = PLAIN if to_file else screen(sys.stdout)
            return render_smoke(result, on, verbose=verbose, comparison=comparison)
