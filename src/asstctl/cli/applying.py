"""What apply and destroy share once a plan has been agreed to."""

import os
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from asstctl.cli.interrupts import graceful
from asstctl.cli.output import as_json, is_terminal, report, screen, wants_color, write_report
from asstctl.cli.planning import Planned
from asstctl.cli.smoking import render
from asstctl.model.address import Address
from asstctl.model.project import Project
from asstctl.plan.action import Action
from asstctl.smoke.result import SmokeResult
from asstctl.sync.apply import ApplyOptions, Trial, apply_plan
from asstctl.sync.local.last_apply import record_apply
from asstctl.sync.ports import Account
from asstctl.sync.probe import delete_probes, raise_if_metadata_is_lost
from asstctl.sync.result import ApplyResult, Status
from asstctl.sync.uploads.journal import FileJournal
from asstctl.views.apply.human import render_apply
from asstctl.views.apply.json import apply_document
from asstctl.views.apply.progress import LiveProgress, PlainProgress


async def execute(
    project: Project,
    made: Planned,
    account: Account,
    *,
    quiet: bool,
    trial: Trial | None = None,
) -> ApplyResult:
    """Carry out a plan that the guards let through, with progress on stderr unless ``quiet``."""
    plan, target = made.plan, project.target
    apply_options = ApplyOptions(parallelism=target.parallelism, indexing_timeout=target.timeout)
    told = await delete_probes(made.actual, account)
    told += await raise_if_metadata_is_lost(plan, made.actual, account)
    journal = FileJournal(project, made.actual.account)
    journal.tidy()
    observer = nullcontext() if quiet or not plan.writes else _progress()
    with observer as watching, graceful() as stop:
        result = await apply_plan(
            plan,
            made.contents,
            made.actual,
            account,
            apply_options,
            observer=watching,
            stop=stop,
            trial=trial,
            journal=journal,
        )
    left = _left_in_account(made, result)
    record_apply(project, made.actual.account, left, before=made.remembered)
    return replace(result, warnings=(*result.warnings, *told))


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


def _progress() -> LiveProgress | PlainProgress:
    if is_terminal(sys.stderr) and "CI" not in os.environ:
        return LiveProgress(sys.stderr, color=wants_color(sys.stderr))
    return PlainProgress(sys.stderr)


def _left_in_account(made: Planned, result: ApplyResult) -> set[Address]:
    present = {resource.address for resource in made.actual.resources}
    present |= {
        address for address in made.remembered.addresses if address.kind in made.actual.unproven
    }
    moved = {change.address: change.moved_from for change in made.plan.writes}
    for change in result.changes:
        if change.status is not Status.DONE:
            continue
        if change.action is Action.DELETE:
            present.discard(change.address)
        else:
            present.add(change.address)
            if (old := moved.get(change.address)) is not None:
                present.discard(old)
    return present
