"""The account on a socket, for any client in any language."""

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn
from starlette.responses import JSONResponse

from asstctl.emulator.connections import AT_ONCE, KEEP_SECONDS, Complaints, Connection
from asstctl.emulator.cors import Cors
from asstctl.emulator.errors import ApiError
from asstctl.errors import AsstctlError, UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from asstctl.emulator.account import Account

_GRACE_SECONDS = 3
_BACKLOG = 512
_STARTED_POLL_SECONDS = 0.01


async def serve(
    account: "Account",
    host: str,
    port: int,
    *,
    cors: Collection[str] = (),
    on_listening: Callable[[str], None],
) -> None:
    """Serve until SIGINT, SIGTERM or cancellation; open streams get a few seconds to end.

    ``on_listening`` is called with the base URL once requests are answered; port 0 takes a free
    one. An address that other machines can reach is refused unless the account asks for a key, and
    so are ``cors``, the origins whose web pages may use it.
    """
    if not account.api_keys and not is_loopback(host):
        raise UsageError(
            f"refusing to serve on {host} without a key",
            why="Other machines could read and change everything in the account.",
            fix="Ask for an API key, or serve on 127.0.0.1.",
        )
    if cors and not account.api_keys:
        raise UsageError(
            "refusing to let web pages of other origins in without a key",
            why="Whoever opens such a page could have everything in the account read and changed.",
            fix="Ask for an API key, or leave the origins out.",
        )
    listener = listen(host, port)
    server = _Server(
        account.worker.halt,
        uvicorn.Config(
            Cors(account.app, cors) if account.api_keys else _LocalNames(account.app),
            lifespan="off",
            log_config=None,
            log_level=logging.CRITICAL,  # what went wrong is told by the account itself
            access_log=False,
            server_header=False,
            http=Connection,
            backlog=AT_ONCE,
            timeout_keep_alive=KEEP_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        ),
    )
    asyncio.get_running_loop().set_exception_handler(Complaints())
    with listener, _stop_on_signals(server):
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not (server.started or serving.done()):  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(_STARTED_POLL_SECONDS)
            if server.started:
                listener.listen(_BACKLOG)  # the rest waits in the system, not for us
                on_listening(_url(listener))
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving


class _LocalNames:
    """Refuses requests whose Host is not this machine.

    A web page whose domain resolves to 127.0.0.1 (DNS rebinding) would otherwise reach the account.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        headers = dict(scope["headers"])
        name = _host_name(headers.get(b"host", b"").decode("latin-1"))
        if not name or is_loopback(name):
            await self._app(scope, receive, send)
            return
        refusal = ApiError(403, f"Without a key, requests to the host '{name}' are refused.")
        await JSONResponse(refusal.envelope(), status_code=403)(scope, receive, send)


class _Server(uvicorn.Server):
    """Ends with the account's streams ended, so that it need not break them off.

    Signals are left to us: the original raises them again at its end, with the account open.
    """

    def __init__(self, halt: Callable[[], Awaitable[None]], config: uvicorn.Config) -> None:
        super().__init__(config)
        self._halt = halt

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the work end and be told of, then wait for the connections to close."""
        await self._halt()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stop_on_signals(server: uvicorn.Server) -> Iterator[None]:
    """Shut down gracefully on the first signal, at once on the second."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host_name(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:  # half an IPv6 address
        return "?"


def listen(host: str, port: int) -> socket.socket:
    """Bind a port. What is answered on it leaves at once, headers and body alike.

    Raises AsstctlError when the port cannot be bound.

    asyncio switches Nagle's algorithm off only on sockets that name their protocol, which those
    of ``create_server`` do not: a body would wait up to 40 ms for the headers' acknowledgement.
    """
    bare = host.strip("[]")
    try:
        family = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((bare, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise AsstctlError(
            f"cannot listen on {host}:{port}",
            why=str(error),
            fix="Choose another --port, or stop what uses this one.",
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
