"""Check everything between the manifests and the account, each with its cure."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.manifest.load import Loaded, load
from asstctl.model.desired import Desired
from asstctl.model.diagnostics import counted
from asstctl.model.dialect import ASSISTANTS
from asstctl.model.project import NO_VARIABLES, Project, ServerTarget, dialect_of
from asstctl.sync.doctor.check import Check, Checkup, Needs, Server, Verdict, skipped
from asstctl.sync.doctor.checks import names_of, run_checks

_WAY: Final = ("name resolution", "TLS")
"""The checks of the way to an account. Those of the account itself depend on them."""
_TIMING: Final = ("clock", "latency")
_SECONDS: Final = 30.0
"""How long one request may take here, its retries included: somebody waits for the answer."""
_NOT_NEEDED: Final = "not needed: the account is local"


async def doctor(
    root: Path,
    target: str | None = None,
    *,
    variables: Mapping[str, str] = NO_VARIABLES,
    observer: Observer = SILENT,
) -> Checkup:
    """Check the project in ``root`` and the account of a target, by default its own.

    What the manifests need is tried with probes, which are deleted again. A check that fails is
    told, not raised.
    """
    loaded = load(root, target=target, environ=os.environ, variables=variables)
    configuration = _configuration(loaded)
    if loaded.project is None:
        names = (*_WAY, *names_of(ASSISTANTS), *_TIMING)
        unknown = [skipped(name, "there is no target to look at") for name in names]
        return Checkup(target or "", (configuration, *unknown))
    name = loaded.project.target.name
    needs = _needs(loaded.project, loaded)
    with observer.reading(name):
        server, found = await _examined(loaded.project, needs, observer)
    return Checkup(name, (configuration, *found), needs.dialect.api, server)


def _configuration(loaded: Loaded) -> Check:
    if loaded.ok:
        return Check("configuration", Verdict.OK, "the manifests are valid")
    found = counted(loaded.diagnostics)
    return Check("configuration", Verdict.FAILED, found, "Run `asstctl validate`.")


def _needs(project: Project, loaded: Loaded) -> Needs:
    desired, target = loaded.desired or Desired(project=project.name), project.target
    return Needs(
        project=project.name,
        dialect=dialect_of(target),
        has_key=not isinstance(target, ServerTarget) or target.api_key is not None,
        models=tuple(item.spec.model for item in desired.assistants),
        assistants=tuple((str(item.address), item.spec) for item in desired.assistants),
        stores=bool(desired.stores),
        store_files=any(store.files for store in desired.stores),
        environments=bool(desired.environments),
        uploads=bool(desired.files),
    )


async def _examined(
    project: Project, needs: Needs, observer: Observer
) -> tuple[Server | None, list[Check]]:
    from asstctl.remote.diagnose.server import look_at
    from asstctl.remote.diagnose.way import reachable, timing

    target = replace(project.target, timeout=min(project.target.timeout, _SECONDS))
    project = replace(project, target=target)
    if isinstance(target, ServerTarget):
        way = await reachable(target.base_url)
    else:
        way = [skipped(name, _NOT_NEEDED) for name in _WAY]
    if any(check.verdict is Verdict.FAILED for check in way):
        names = (*names_of(needs.dialect), *_TIMING)
        return None, [*way, *(skipped(name, "the account cannot be reached") for name in names)]
    async with connect_to(project, writes=False, observer=observer) as connection:
        server = await look_at(connection.wire)
        found = await run_checks(connection.account, needs, server)
        clock, latency = await timing(connection.wire, server)
        if not isinstance(target, ServerTarget):
            clock = skipped("clock", _NOT_NEEDED)
        return server, [*way, *found, clock, latency]
