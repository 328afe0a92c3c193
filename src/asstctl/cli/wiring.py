"""The composition root: which adapter stands behind which port, for a target."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from asstctl.cli.options import Globals
from asstctl.cli.output import hidden, hide, never_mask, report, screen
from asstctl.cli.wire_log import wire_log
from asstctl.manifest.load import load, require
from asstctl.model.canonical import ASSISTANT_FIELDS, STORE_FIELDS
from asstctl.model.desired import Desired
from asstctl.model.project import AssistantsTarget, LocalTarget, Project, Target, secrets_of
from asstctl.model.sensitive import Sensitive
from asstctl.sync.ports import Account

if TYPE_CHECKING:
    from asstctl.emulator import Upstream
    from asstctl.remote.wire.wire import Wire
    from asstctl.smoke.ports import SmokeAccount


@dataclass(frozen=True, slots=True)
class Connection:
    """An open account, as each part of asstctl wants to see it."""

    account: Account
    smoke: Callable[[], "SmokeAccount"]
    wire: "Wire"


def load_project(
    options: Globals, *, submodules: frozenset[str] = frozenset()
) -> tuple[Project, Desired]:
    """The project of the chosen folder for the chosen target. Raises ManifestError.

    ``submodules`` are folders in it whose files were left out. Warnings are shown; they stop
    nothing.
    """
    from asstctl.views.diagnostics.human import render_diagnostics

    loaded = load(options.root, target=options.target, environ=os.environ, submodules=submodules)
    project, desired = require(loaded)
    hide(desired.sensitive)
    never_mask(*(resource.address for resource in desired.resources))
    never_mask(*(file.path for file in desired.files))
    never_mask(project.name, project.target.name, *ASSISTANT_FIELDS, *STORE_FIELDS)
    if loaded.diagnostics:
        report(render_diagnostics(loaded.diagnostics, screen(sys.stderr)), err=True)
    return project, desired


@asynccontextmanager
async def connect_to(target: Target, *, writes: bool) -> AsyncIterator[Connection]:
    """Open a target's account. Without ``writes`` not even an empty local account is made."""
    from asstctl.remote.wire.connect import connect, connect_in_process
    from asstctl.remote.wire.endpoint import account_name

    hide(Sensitive(secrets_of(target)))
    log = wire_log()
    match target:
        case LocalTarget():
            from asstctl.emulator import open_account

            path = target.path if writes or target.path.exists() else None
            async with (
                open_account(path, model=_upstream(target)) as local,
                connect_in_process(
                    local.app,
                    parallelism=target.parallelism,
                    seconds=target.timeout,
                    observer=log,
                    sensitive=hidden(),
                ) as wire,
            ):
                yield _connection(wire, f"local account {_relative(target)}")
        case AssistantsTarget():
            async with connect(target, observer=log, sensitive=hidden()) as wire:
                yield _connection(wire, account_name(target))
        case _:
            assert_never(target)


def _upstream(target: LocalTarget) -> "Upstream | None":
    from asstctl.emulator import Upstream

    if target.model is None:
        return None
    key = target.model.api_key.reveal() if target.model.api_key else ""
    return Upstream(base_url=target.model.base_url, api_key=key, name=target.model.name)


def _connection(wire: "Wire", name: str) -> Connection:
    from asstctl.remote.assistants.account import AssistantsAccount

    return Connection(AssistantsAccount(wire, name), partial(_smoke_account, wire), wire)


def _smoke_account(wire: "Wire") -> "SmokeAccount":
    from asstctl.remote.assistants.conversations import Conversations

    return Conversations(wire)


def _relative(target: LocalTarget) -> str:
    """The account's file as the manifest names it, when it is below the current folder."""
    try:
        return target.path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return target.path.as_posix()
