"""The composition root: which adapter stands behind which port, for a target."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from asstctl.app.observer import SILENT, Observer
from asstctl.model.assistant import AssistantSpec
from asstctl.model.dialect import Api
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.json import JsonObject
from asstctl.model.project import (
    CodeRunner,
    EmbeddingModel,
    LocalTarget,
    Project,
    ResponsesTarget,
    ServerTarget,
    UpstreamModel,
    secrets_of,
)
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.sync.ports import Account

if TYPE_CHECKING:
    from asstctl.emulator import Embeddings, Interpreter, Upstream
    from asstctl.emulator.store.bucket import Bucket
    from asstctl.remote.responses.account import ResponsesAccount
    from asstctl.remote.wire.wire import Wire
    from asstctl.smoke.leftovers import LeftoverAccount
    from asstctl.smoke.ports import Credentials, SmokeAccount

_PATIENCE_SECONDS: Final = 4.0
"""Somebody waits for the command, and has most likely forgotten to start the endpoint."""
NO_IDS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Connection:
    """An open account, as each part of asstctl wants to see it."""

    account: Account
    smoke: Callable[["Credentials"], "SmokeAccount"]
    """For conversations, with what requests need and no account keeps."""
    wire: "Wire"
    request: Callable[[AssistantSpec], JsonObject]
    """The request that a bound spec is sent as, for a new assistant."""
    template: Callable[[EnvironmentSpec], JsonObject] | None = None
    """The request that makes an environment of a bound spec; None where the API has none."""
    leftovers: Callable[[], "LeftoverAccount"] | None = None
    """Where smoke may have left conversations; None where nobody could list them."""


@asynccontextmanager
async def connect_to(
    project: Project,
    *,
    writes: bool,
    sensitive: Sensitive = NOTHING,
    observer: Observer = SILENT,
    ids: Mapping[str, str] = NO_IDS,
) -> AsyncIterator[Connection]:
    """Open the account of a project's target.

    Without ``writes`` not even an empty local account is made. Nothing ``sensitive`` shows in
    errors and logs, nor do the target's own secrets. What is made anew is to get its one of the
    ``ids``, which are by address. Raises AccountError where the target's settings cannot work.
    """
    from asstctl.remote.wire.connect import connect, connect_in_process
    from asstctl.remote.wire.endpoint import account_name

    target = project.target
    sensitive |= Sensitive(secrets_of(target))
    observer.on_sensitive(sensitive)
    watching = observer.wire()
    match target:
        case LocalTarget():
            from asstctl.emulator import open_account

            path = target.path if writes or target.path.exists() else None
            async with (
                open_account(
                    path,
                    model=upstream(target.model),
                    embeddings=embeddings(target.embeddings, patience=_PATIENCE_SECONDS),
                    interpreter=interpreter(target.code_interpreter),
                ) as local,
                connect_in_process(
                    local.app,
                    parallelism=target.parallelism,
                    seconds=target.timeout,
                    observer=watching,
                    sensitive=sensitive,
                ) as wire,
            ):
                name = f"local account {target.shown or target.path.as_posix()}"
                yield _connection(wire, name, project, ids)
        case ServerTarget():
            async with connect(target, observer=watching, sensitive=sensitive) as wire:
                yield _connection(wire, account_name(target), project, ids)
        case _:
            assert_never(target)


def _connection(wire: "Wire", name: str, project: Project, ids: Mapping[str, str]) -> Connection:
    """What is at the other end of a wire; ``name`` is what people call the account."""
    target = project.target
    match target.api:
        case Api.ASSISTANTS:
            from asstctl.remote.assistants.account import AssistantsAccount
            from asstctl.remote.assistants.encode_objects import assistant_body

            assistants = AssistantsAccount(wire, name, ids)
            return Connection(
                assistants,
                partial(_over_threads, wire, project.name),
                wire,
                assistant_body,
                leftovers=partial(_threads_left, wire, project.name),
            )
        case Api.RESPONSES:
            from asstctl.remote.responses.account import ResponsesAccount
            from asstctl.remote.responses.bundle_file import BundleFile
            from asstctl.remote.responses.encode import request_of

            assert isinstance(target, ResponsesTarget | LocalTarget)
            assert target.bundle is not None
            file = BundleFile(target.bundle, project)
            account = ResponsesAccount(wire, name, project.name, file)
            return Connection(account, partial(_over_responses, wire, account), wire, request_of)
        case Api.AGENTS:
            from asstctl.remote.agents.account import AgentsAccount
            from asstctl.remote.agents.encode import agent_body
            from asstctl.remote.agents.templates import template_body

            agents = AgentsAccount(wire, name)
            return Connection(
                agents,
                partial(_over_sessions, wire, project.name),
                wire,
                agent_body,
                partial(template_body, creates=True),
                partial(_sessions_left, wire, project.name),
            )
        case _:
            assert_never(target.api)


def upstream(model: UpstreamModel | None) -> "Upstream | None":
    """Whom the local account asks for answers; None for its own, offline model."""
    from asstctl.emulator import Upstream

    if model is None:
        return None
    key = model.api_key.reveal() if model.api_key else ""
    return Upstream(
        base_url=model.base_url,
        api_key=key,
        name=model.name,
        names=model.names,
        context=model.context,
        passes_through=model.passes_through,
    )


def embeddings(model: EmbeddingModel | None, *, patience: float) -> "Embeddings | None":
    """Who tells the local account what texts mean; None where it searches by words alone.

    ``patience`` is how many seconds it may take to start.
    """
    from asstctl.emulator import Embeddings

    if model is None:
        return None
    key = model.api_key.reveal() if model.api_key else ""
    return Embeddings(base_url=model.base_url, name=model.name, api_key=key, patience=patience)


def bucket(url: str | None) -> "Bucket | None":
    """Where the local account keeps the content of files; None where that is in its database."""
    from asstctl.emulator.store.s3 import S3Bucket

    return S3Bucket(url) if url else None


def interpreter(runner: CodeRunner | None) -> "Interpreter | None":
    """What runs code for the local account; None where nothing does."""
    from asstctl.emulator import Interpreter

    if runner is None:
        return None
    return Interpreter(runner.command, runner.folder, runner.timeout)


def _threads_left(wire: "Wire", project: str) -> "LeftoverAccount":
    from asstctl.remote.assistants.leftovers import ThreadLeftovers

    return ThreadLeftovers(wire, project)


def _sessions_left(wire: "Wire", project: str) -> "LeftoverAccount":
    from asstctl.remote.agents.leftovers import SessionLeftovers

    return SessionLeftovers(wire, project)


def _over_threads(wire: "Wire", project: str, _: "Credentials") -> "SmokeAccount":
    from asstctl.remote.assistants.conversations import Conversations

    return Conversations(wire, project)


def _over_sessions(wire: "Wire", project: str, _: "Credentials") -> "SmokeAccount":
    from asstctl.remote.agents.conversations import Conversations

    return Conversations(wire, project)


def _over_responses(
    wire: "Wire", account: "ResponsesAccount", credentials: "Credentials"
) -> "SmokeAccount":
    from asstctl.remote.responses.conversations import Conversations

    return Conversations(wire, account.requests(), credentials)
