"""The application: one gate for every request, then the routes.

The gate takes off the prefixes under which services offer the same paths, checks the key, gives
each response an id, and turns every refusal into an error envelope.
"""

import asyncio
import base64
import hmac
import logging
import secrets
import time
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asstctl.emulator.errors import ApiError
from asstctl.emulator.operation import Operation
from asstctl.emulator.routes import all_routes
from asstctl.emulator.routes.home import PAGES
from asstctl.emulator.routes.operation import OPEN
from asstctl.emulator.store.database import (
    BucketError,
    UnavailableError,
    UnreachableError,
    UnwritableError,
)

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

_log = logging.getLogger(__name__)

# `/openai` is Azure's; some services have no prefix at all.
_PREFIXES = ("/openai/v1", "/openai", "/v1")
_BETA = "agents=v1"
_BETA_ROOMS = frozenset({"agents", "vaults"})
# Where programs go for what is no assistant.
_ELSEWHERE = frozenset(
    {"chat", "completions", "embeddings", "audio", "images", "moderations", "videos"}
    | {"batches", "fine_tuning", "realtime", "evals"}
)
_ADVICE = (
    "This account serves assistants, responses and agents. `asstctl serve --model-url URL "
    "--pass-through` hands other requests on to that endpoint."
)
_EMBEDDINGS = (
    "This account has no embeddings. `asstctl serve --embed-url URL`, or `embeddings:` of a local "
    "target, names an endpoint that makes them."
)
_UNAVAILABLE = {
    UnwritableError: (507, "insufficient_storage"),
    UnreachableError: (503, "database_unreachable"),
    BucketError: (503, "bucket_unreachable"),
}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def build_app(account: "Account") -> ASGIApp:
    """Build the application over an open account."""
    router = Router(routes=all_routes(account), redirect_slashes=False)
    inner = _Inner(router, account.worker.model.forward)
    return Gate(inner, account.api_keys, account.operation)


class _Inner:
    """The account's own routes, and behind them what takes the rest, if there is such a thing.

    What begins like a route of the account is its own, but for the list of models: where others
    are asked too, theirs is the one that counts.
    """

    def __init__(self, router: Router, forward: ASGIApp | None) -> None:
        self._router = router
        self._forward = forward
        paths = (getattr(route, "path", "/") for route in router.routes)
        self._own = frozenset(path.split("/")[1] for path in paths) - {"models"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        room = scope["path"].split("/")[1]
        if self._forward is not None and room not in self._own:
            await self._forward(scope, receive, send)
        else:
            await self._router(scope, receive, send)


class Gate:
    """What every request passes through."""

    def __init__(self, router: ASGIApp, api_keys: Collection[str], operation: Operation) -> None:
        self._router = router
        self._api_keys = api_keys
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        status = 0
        request_id = f"req_{secrets.token_hex(16)}"
        begun = time.perf_counter()

        async def tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                took = int((time.perf_counter() - begun) * 1000)
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    (b"openai-version", b"2020-10-01"),
                    (b"openai-processing-ms", str(took).encode()),
                ]
            await send(message)

        try:
            await self._serve(scope, receive, tagged)
        except Exception as error:
            refusal = self._refuse(error, scope, request_id)  # which the operator is told, too
            if status:
                raise
            await refusal(scope, receive, tagged)
        finally:
            took = time.perf_counter() - begun
            asked = scope["method"], scope["path"]
            self._operation.answered(*asked, status, took, request_id)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # In process, a client that polls in a tight loop would never let the runs go on.
        await asyncio.sleep(0)
        request = Request(scope)
        self._check_origin(request)
        if scope["path"] not in OPEN:
            self._check_key(request)
        _check_beta(request)
        # With an "app" in the scope, the router raises its 404 and 405 instead of answering them.
        inner = dict(scope) | {"path": _inner_path(scope["path"]), "app": self}
        await self._router(inner, receive, send)

    def _check_key(self, request: Request) -> None:
        if not self._api_keys:
            return
        given = _given_key(request)
        if not given:
            raise ApiError(
                401,
                "You didn't provide an API key. You need to provide your API key in an "
                "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            )
        # Header bytes arrive decoded as Latin-1, whatever the client meant.
        raw = given.encode("latin-1")
        if not any(hmac.compare_digest(raw, key.encode()) for key in self._api_keys):
            raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")

    def _check_origin(self, request: Request) -> None:
        """Keep web pages from other places out of an account that asks for no key."""
        origin = request.headers.get("origin")
        if self._api_keys or not origin:
            return
        host = urlsplit(origin).hostname
        if host not in _LOOPBACK:
            raise ApiError(403, f"Requests from web pages of {origin} are refused.")

    def _refuse(self, error: Exception, scope: Scope, request_id: str) -> ASGIApp:
        asked = f"{scope['method']} {scope['path']}"
        match error:
            case ApiError():
                refusal = error
            case HTTPException(status_code=404):
                room = _inner_path(scope["path"]).split("/")[1]
                advice = _EMBEDDINGS if room == "embeddings" else _ADVICE
                told = f". {advice}" if room in _ELSEWHERE else ""
                refusal = ApiError(404, f"Invalid URL ({asked}){told}", code="unknown_url")
            case HTTPException(status_code=405):
                refusal = ApiError(405, f"Not allowed ({asked})", code="method_not_supported")
            case UnavailableError():
                status, code = _UNAVAILABLE[type(error)]
                self._operation.unavailable(code, error.told)
                refusal = ApiError(status, error.told, type="server_error", code=code)
            case _:
                _log.exception("%s failed (%s)", asked, request_id, exc_info=error)
                refusal = ApiError(
                    500,
                    f"The local account had an error while processing your request ({request_id}).",
                    type="server_error",
                )
        # A browser then asks for the key, as a password to any name.
        asks = refusal.status == 401 and _is_page(Request(scope))
        headers = {"www-authenticate": 'Basic realm="local account", charset="UTF-8"'}
        return JSONResponse(
            refusal.envelope(), status_code=refusal.status, headers=headers if asks else None
        )


def _check_beta(request: Request) -> None:
    """Ask for the header of the beta, once, on the paths that belong to it."""
    room = _inner_path(request.url.path).split("/")[1]
    if room not in _BETA_ROOMS:
        return
    given = request.headers.getlist("openai-beta")
    if given != [_BETA]:
        found = f"got '{', '.join(given)}'" if given else "none was sent"
        raise ApiError(
            400,
            f"The Agents API needs exactly one header 'OpenAI-Beta: {_BETA}', but {found}.",
            code="invalid_beta",
        )


def _given_key(request: Request) -> str:
    """Give the key of a request. A browser asks for it as a password, for the pages alone.

    Browsers send a password along with requests that other pages make, so it opens nothing that
    can be written to.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if scheme.lower() == "basic" and _is_page(request):
        try:
            decoded = base64.b64decode(token, validate=True).decode("latin-1")
        except ValueError:
            return ""
        return decoded.partition(":")[2]
    return request.headers.get("api-key", "").strip()


def _is_page(request: Request) -> bool:
    return request.method == "GET" and _inner_path(request.url.path) in PAGES


def _inner_path(path: str) -> str:
    for prefix in _PREFIXES:
        if path == prefix or path.startswith(f"{prefix}/"):
            path = path[len(prefix) :] or "/"
            break
    return path.rstrip("/") or "/"
