"""Open a wire: to a target's server, or to an ASGI application in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2

from asstctl.model.project import DEFAULT_PARALLELISM, DEFAULT_TIMEOUT, ServerTarget
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.remote.wire.endpoint import Endpoint, endpoint_of
from asstctl.remote.wire.gate import Gate
from asstctl.remote.wire.in_process import App, InProcessTransport
from asstctl.remote.wire.observer import SILENT, WireObserver
from asstctl.remote.wire.routes import Routes
from asstctl.remote.wire.wire import Wire

_IN_PROCESS: Final = Endpoint(root="http://local.account/v1")
_CONNECT_SECONDS: Final = 20.0
"""How long a connection may take to be made; a host that is there answers within a few."""


@asynccontextmanager
async def connect(
    target: ServerTarget, *, observer: WireObserver = SILENT, sensitive: Sensitive = NOTHING
) -> AsyncIterator[Wire]:
    """A wire to a target's server, closed with the context. Nothing is sent yet.

    Nothing ``sensitive`` is shown in errors, logs or the observer's exchanges.
    """
    async with open_wire(
        Routes(target.parallelism + 1),
        endpoint_of(target),
        parallelism=target.parallelism,
        seconds=target.timeout,
        observer=observer,
        sensitive=sensitive,
    ) as wire:
        yield wire


@asynccontextmanager
async def connect_in_process(
    app: App,
    *,
    parallelism: int = DEFAULT_PARALLELISM,
    seconds: float = DEFAULT_TIMEOUT,
    observer: WireObserver = SILENT,
    sensitive: Sensitive = NOTHING,
) -> AsyncIterator[Wire]:
    """A wire to an ASGI application in this process, with no socket between."""
    async with open_wire(
        InProcessTransport(app),
        _IN_PROCESS,
        parallelism=parallelism,
        seconds=seconds,
        observer=observer,
        sensitive=sensitive,
    ) as wire:
        yield wire


@asynccontextmanager
async def open_wire(
    transport: httpx2.AsyncBaseTransport,
    endpoint: Endpoint,
    *,
    parallelism: int,
    seconds: float,
    observer: WireObserver = SILENT,
    sensitive: Sensitive = NOTHING,
) -> AsyncIterator[Wire]:
    """A wire over any transport of httpx2, which is closed with it.

    ``seconds`` bounds one request: see ``Wire``. What is ``sensitive``, and the endpoint's own
    credentials, show in no error and no log.
    """
    sensitive |= Sensitive(endpoint.secrets)
    client = httpx2.AsyncClient(
        transport=Gate(transport, endpoint, sensitive=sensitive, observer=observer),
        base_url=endpoint.root,
        # The wire has one clock for a whole request; those of httpx2 begin anew at every read.
        timeout=httpx2.Timeout(None, connect=min(seconds, _CONNECT_SECONDS)),
        follow_redirects=False,
        trust_env=False,
    )
    async with client:
        yield Wire(
            client, parallelism=parallelism, timeout=seconds, sensitive=sensitive, observer=observer
        )
