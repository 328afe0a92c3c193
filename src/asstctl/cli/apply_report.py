"""The result of an apply, as ``apply`` and ``destroy`` print it."""

import sys
from pathlib import Path

from asstctl.cli.output import as_json, report, screen, write_report
from asstctl.cli.smoke_report import render
from asstctl.smoke.result import SmokeResult
from asstctl.sync.result import ApplyResult
from asstctl.views.apply.human import render_apply
from asstctl.views.apply.json import apply_document


def show_result(
    result: ApplyResult,
    style: str,
    report_file: Path | None = None,
    smoke: SmokeResult | None = None,
) -> None:
    """The result on stdout, and as JSON in a file when one is asked for."""
    document = as_json(apply_document(result, smoke))
    if report_file is not None:
        write_report(report_file, document)
    if style == "json":
        report(document)
        return
    if result.changes or result.news or result.more_may_be_left:
        report(render_apply(result, screen(sys.stdout)))
    if smoke is not None:
        report("\n" + render(smoke, "human", to_file=False, verbose=False))
