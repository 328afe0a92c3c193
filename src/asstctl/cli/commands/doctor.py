"""``asstctl doctor``."""

import asyncio
import os
import sys

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, wants_color
from asstctl.cli.wiring import connect_to
from asstctl.errors import ExitCode
from asstctl.manifest.load import Loaded, load
from asstctl.model.project import AssistantsTarget, Project
from asstctl.sync.checkup import Check, Verdict, examine, skipped
from asstctl.views.diagnostics_human import count_line
from asstctl.views.doctor import checks_document, render_checks

_ANY_MODEL = "gpt-4o-mini"


@verb(
    "doctor",
    """
    asstctl doctor
    asstctl -t prod doctor
    asstctl doctor --format json | jq .healthy
    """,
)
@click.option(
    "--format", "style", type=click.Choice(["human", "json"]), default="human", show_default=True
)
def command(options: Globals, style: str) -> ExitCode:
    """Check everything between the manifests and the account, each with its cure.

    A probe object is created and deleted again, to see whether metadata is kept. Exit code 1 when
    a check fails.
    """
    loaded = load(options.root, target=options.target, environ=os.environ)
    checks = [_configuration(loaded)]
    name = options.target or ""
    if loaded.project is not None:
        name = loaded.project.target.name
        checks += asyncio.run(_account(loaded.project, _model(loaded)))
    if style == "json":
        report(as_json(checks_document(checks, name)))
    else:
        report(render_checks(checks, color=wants_color(sys.stdout)))
    failed = any(check.verdict is Verdict.FAILED for check in checks)
    return ExitCode.ERROR if failed else ExitCode.OK


def _configuration(loaded: Loaded) -> Check:
    if loaded.ok:
        return Check("configuration", Verdict.OK, "the manifests are valid")
    found = count_line(loaded.diagnostics)
    return Check("configuration", Verdict.FAILED, found, "Run `asstctl validate`.")


def _model(loaded: Loaded) -> str:
    assistants = loaded.desired.assistants if loaded.desired else ()
    return next((assistant.spec.model for assistant in assistants), _ANY_MODEL)


async def _account(project: Project, model: str) -> list[Check]:
    target = project.target
    if not isinstance(target, AssistantsTarget):
        local = ("name resolution", "TLS")
        away = [skipped(name, "not needed: the account is local") for name in local]
        async with connect_to(target, writes=False) as connection:
            return [*away, *await examine(connection.account, project=project.name, model=model)]
    from asstctl.remote.assistants.reach import reachable, timing

    reach = await reachable(target.base_url)
    if any(check.verdict is Verdict.FAILED for check in reach):
        names = ("key", "assistants API", "vector stores", "metadata", "clock", "latency")
        return [*reach, *(skipped(name, "the account cannot be reached") for name in names)]
    async with connect_to(target, writes=False) as connection:
        found = await examine(connection.account, project=project.name, model=model)
        return [*reach, *found, *await timing(connection.transport)]
