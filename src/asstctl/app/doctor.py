"""Check everything between the manifests and the account, each with its cure."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.errors import ExitCode
from asstctl.manifest.load import Loaded, load
from asstctl.model.desired import Desired
from asstctl.model.diagnostics import counted
from asstctl.model.project import Project, ServerTarget
from asstctl.sync.doctor.check import Check, Needs, Verdict, skipped
from asstctl.sync.doctor.checks import DEPENDENT, run_checks

_FAR: Final = (
    *("name resolution", "TLS", "key", "assistants API"),
    *DEPENDENT,
    *("clock", "latency"),
)
"""The checks of an account, in the order in which they depend on each other."""
_SECONDS: Final = 30.0
"""How long one request may take here, its retries included: somebody waits for the answer."""
_NOT_NEEDED: Final = "not needed: the account is local"


@dataclass(frozen=True, slots=True)
class Checkup:
    """Every check of one target; its name is empty where even that is not known."""

    target: str
    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> ExitCode:
        """An error when a check fails."""
        failed = any(check.verdict is Verdict.FAILED for check in self.checks)
        return ExitCode.ERROR if failed else ExitCode.OK


async def doctor(root: Path, target: str | None = None, *, observer: Observer = SILENT) -> Checkup:
    """Check the project in ``root`` and the account of a target, by default its own.

    What the manifests need is tried with probes, which are deleted again. A check that fails is
    told, not raised.
    """
    loaded = load(root, target=target, environ=os.environ)
    configuration = _configuration(loaded)
    if loaded.project is None:
        unknown = [skipped(name, "there is no target to look at") for name in _FAR]
        return Checkup(target or "", (configuration, *unknown))
    name = loaded.project.target.name
    needs = _needs(loaded.project, loaded)
    with observer.reading(name):
        found = await _examined(loaded.project, needs, observer)
    return Checkup(name, (configuration, *found))


def _configuration(loaded: Loaded) -> Check:
    if loaded.ok:
        return Check("configuration", Verdict.OK, "the manifests are valid")
    found = counted(loaded.diagnostics)
    return Check("configuration", Verdict.FAILED, found, "Run `asstctl validate`.")


def _needs(project: Project, loaded: Loaded) -> Needs:
    desired, target = loaded.desired or Desired(project=project.name), project.target
    return Needs(
        project=project.name,
        has_key=not isinstance(target, ServerTarget) or target.api_key is not None,
        models=tuple(item.spec.model for item in desired.assistants),
        assistants=tuple((str(item.address), item.spec) for item in desired.assistants),
        stores=bool(desired.stores),
        store_files=any(store.files for store in desired.stores),
        uploads=bool(desired.files),
    )


async def _examined(project: Project, needs: Needs, observer: Observer) -> list[Check]:
    from asstctl.remote.assistants.diagnose import reachable, timing

    target = replace(project.target, timeout=min(project.target.timeout, _SECONDS))
    project = replace(project, target=target)
    if isinstance(target, ServerTarget):
        reach = await reachable(target.base_url)
    else:
        reach = [skipped(name, _NOT_NEEDED) for name in _FAR[:2]]
    if any(check.verdict is Verdict.FAILED for check in reach):
        return [*reach, *(skipped(name, "the account cannot be reached") for name in _FAR[2:])]
    async with connect_to(project, writes=False, observer=observer) as connection:
        found = await run_checks(connection.account, needs)
        clock, latency = await timing(connection.wire)
        if not isinstance(target, ServerTarget):
            clock = skipped("clock", _NOT_NEEDED)
        return [*reach, *found, clock, latency]
