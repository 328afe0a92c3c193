"""``/healthz``, ``/readyz`` and ``/metrics``: for those who keep the server running."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from asstctl.emulator.routes.base import table

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

OPEN = frozenset({"/healthz", "/readyz"})
"""What balancers ask, who have no key: it tells nothing about the account."""

_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


async def healthz(_: "Account", __: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(account: "Account", _: Request) -> Response:
    """Say whether requests should be sent here: not before its end, when no work is taken up."""
    if account.worker.is_closed:
        return JSONResponse({"status": "closing"}, status_code=503)
    account.database.row("SELECT 1 FROM assistants LIMIT 1")
    return JSONResponse({"status": "ready"})


async def metrics(account: "Account", _: Request) -> Response:
    """Give the numbers since the process began, as Prometheus reads them."""
    gauges = {
        "asstctl_work_in_progress": ("Runs, responses and turns at work.", account.worker.busy),
        "asstctl_streams_open": ("Streams that somebody reads.", account.worker.bus.listeners),
        "asstctl_account_bytes": ("Size of the account.", account.database.bytes),
    }
    return PlainTextResponse(account.operation.numbers(gauges), media_type=_FORMAT)


def routes(account: "Account") -> list[Route]:
    """Give the routes."""
    return table(
        account,
        {("GET", "/healthz"): healthz, ("GET", "/readyz"): readyz, ("GET", "/metrics"): metrics},
    )
