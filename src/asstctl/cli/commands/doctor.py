"""``asstctl doctor``."""

import os
import sys
from dataclasses import replace
from typing import Final

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import as_json, report, screen
from asstctl.cli.reading import reading
from asstctl.cli.wiring import connect_to
from asstctl.errors import ExitCode
from asstctl.manifest.load import Loaded, load
from asstctl.model.desired import Desired
from asstctl.model.project import AssistantsTarget, Project, Target
from asstctl.sync.doctor.check import Check, Needs, Verdict, skipped
from asstctl.sync.doctor.examine import DEPENDENT, examine
from asstctl.views.diagnostics.human import count_line
from asstctl.views.doctor.human import render_checks
from asstctl.views.doctor.json import checks_document

_FAR: Final = (
    *("name resolution", "TLS", "key", "assistants API"),
    *DEPENDENT,
    *("clock", "latency"),
)
"""The checks of an account, in the order in which they depend on each other."""
_SECONDS: Final = 30.0
"""How long one request may take here, its retries included: somebody waits for the answer."""
_NOT_NEEDED: Final = "not needed: the account is local"


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

    What the manifests need is tried with probes: metadata, the fields in use, files in vector
    stores, deletes. They are deleted again; where a server cannot do that, it is said. Exit code 1
    when a check fails.
    """
    loaded = load(options.root, target=options.target, environ=os.environ)
    checks = [_configuration(loaded)]
    name = options.target or ""
    if loaded.project is not None:
        name = loaded.project.target.name
        checks += run_async(_account(loaded.project, _needs(loaded.project, loaded)))
    else:
        checks += [skipped(name, "there is no target to look at") for name in _FAR]
    if style == "json":
        report(as_json(checks_document(checks, name)))
    else:
        report(render_checks(checks, screen(sys.stdout)))
    failed = any(check.verdict is Verdict.FAILED for check in checks)
    return ExitCode.ERROR if failed else ExitCode.OK


def _configuration(loaded: Loaded) -> Check:
    if loaded.ok:
        return Check("configuration", Verdict.OK, "the manifests are valid")
    found = count_line(loaded.diagnostics)
    return Check("configuration", Verdict.FAILED, found, "Run `asstctl validate`.")


def _needs(project: Project, loaded: Loaded) -> Needs:
    desired, target = loaded.desired or Desired(project=project.name), project.target
    return Needs(
        project=project.name,
        has_key=not isinstance(target, AssistantsTarget) or target.api_key is not None,
        models=tuple(item.spec.model for item in desired.assistants),
        assistants=tuple((str(item.address), item.spec) for item in desired.assistants),
        stores=bool(desired.stores),
        store_files=any(store.files for store in desired.stores),
        uploads=bool(desired.files),
    )


async def _account(project: Project, needs: Needs) -> list[Check]:
    with reading(project.target.name):
        return await _examined(project.target, needs)


async def _examined(target: Target, needs: Needs) -> list[Check]:
    from asstctl.remote.assistants.diagnose import reachable, timing

    target = replace(target, timeout=min(target.timeout, _SECONDS))
    if isinstance(target, AssistantsTarget):
        reach = await reachable(target.base_url)
    else:
        reach = [skipped(name, _NOT_NEEDED) for name in _FAR[:2]]
    if any(check.verdict is Verdict.FAILED for check in reach):
        return [*reach, *(skipped(name, "the account cannot be reached") for name in _FAR[2:])]
    async with connect_to(target, writes=False) as connection:
        found = await examine(connection.account, needs)
        clock, latency = await timing(connection.wire)
        if not isinstance(target, AssistantsTarget):
            clock = skipped("clock", _NOT_NEEDED)
        return [*reach, *found, clock, latency]
