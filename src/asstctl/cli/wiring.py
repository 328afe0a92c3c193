"""The composition root: which adapter stands behind which port, for a target."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from asstctl.cli.options import Globals
from asstctl.cli.output import hide, report, screen
from asstctl.manifest.load import load, require
from asstctl.model.desired import Desired
from asstctl.model.project import AssistantsTarget, LocalTarget, Project, Secret, Target
from asstctl.sync.ports import Account

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from asstctl.emulator import Upstream
    from asstctl.remote.assistants.transport import Transport
    from asstctl.smoke.ports import SmokeAccount


@dataclass(frozen=True, slots=True)
class Connection:
    """An open account, as each part of asstctl wants to see it."""

    account: Account
    smoke: Callable[[], "SmokeAccount"]
    transport: "Transport"


def load_project(options: Globals) -> tuple[Project, Desired]:
    """The project of the chosen folder for the chosen target. Raises ManifestError.

    Warnings are shown; they stop nothing.
    """
    from asstctl.views.diagnostics_human import render_diagnostics

    loaded = load(options.root, target=options.target, environ=os.environ)
    project, desired = require(loaded)
    if loaded.diagnostics:
        report(render_diagnostics(loaded.diagnostics, screen(sys.stderr)), err=True)
    return project, desired


@asynccontextmanager
async def connect_to(target: Target, *, writes: bool) -> AsyncIterator[Connection]:
    """Open a target's account. Without ``writes`` not even an empty local account is made."""
    from asstctl.remote.assistants.client import account_name, connect, connect_in_process

    hide(*(secret.reveal() for secret in _secrets(target)))
    match target:
        case LocalTarget():
            from asstctl.emulator import open_account

            path = target.path if writes or target.path.exists() else None
            async with (
                open_account(path, model=_upstream(target)) as local,
                connect_in_process(local.app) as client,
            ):
                transport = _transport(client, target)
                yield _connection(transport, f"local account {_relative(target)}")
        case AssistantsTarget():
            async with connect(target) as client:
                yield _connection(_transport(client, target), account_name(target))
        case _:
            assert_never(target)


def _secrets(target: Target) -> list[Secret]:
    """All that is sent to a target's servers and meant for nobody else."""
    match target:
        case LocalTarget():
            keys, headers = [target.model.api_key if target.model else None], []
        case AssistantsTarget():
            keys, headers = [target.api_key], [*target.headers.values()]
    return [secret for secret in (*keys, *headers) if secret]


def _upstream(target: LocalTarget) -> "Upstream | None":
    from asstctl.emulator import Upstream

    if target.model is None:
        return None
    key = target.model.api_key.reveal() if target.model.api_key else ""
    return Upstream(base_url=target.model.base_url, api_key=key, name=target.model.name)


def _transport(client: "AsyncOpenAI", target: Target) -> "Transport":
    from asstctl.remote.assistants.transport import Transport

    return Transport(client, parallelism=target.parallelism, timeout=target.timeout)


def _connection(transport: "Transport", name: str) -> Connection:
    from asstctl.remote.assistants.account import AssistantsAccount
    from asstctl.remote.assistants.conversations import Conversations

    account = AssistantsAccount(transport, name)
    return Connection(account, lambda: Conversations(transport), transport)


def _relative(target: LocalTarget) -> str:
    """The account's file as the manifest names it, when it is below the current folder."""
    try:
        return target.path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return target.path.as_posix()
