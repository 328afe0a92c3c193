"""How an endpoint is asked: its addresses, its key, and the one way in which it is tried again."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import reduce
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from asstctl.emulator.models.endpoint import STARTING_SECONDS

_MAX_TRIES = 10
_MAX_SECONDS = 30.0
_FIRST_PAUSE = 0.5


class RefusedError(Exception):
    """The endpoint refused for good; ``response`` is its last answer, read to the end."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(f"{response.status_code}")
        self.response = response


@asynccontextmanager
async def answered(
    send: Callable[[], AbstractAsyncContextManager[httpx2.Response]],
    pause: Callable[[float], Awaitable[None]],
    learns: Callable[[httpx2.Response], bool] = lambda _: False,
    patience: float = STARTING_SECONDS,
) -> AsyncIterator[httpx2.Response]:
    """Ask until there is an answer, or none can be expected; nothing of it was used until then.

    It is asked again while it is busy, and for ``patience`` seconds while nobody listens there.
    ``learns`` tells whether a refusal is a reason to ask otherwise, and at once. Raises
    RefusedError, and what httpx2 raises where there is no answer.
    """
    begun, paused = time.monotonic(), 0.0
    failed: Exception
    for tries in range(1, _MAX_TRIES + 1):
        async with AsyncExitStack() as opened:
            try:
                response = await opened.enter_async_context(send())
            except httpx2.ConnectError as error:
                failed, wait, most = error, _pause_for(error, tries), patience
            else:
                if response.status_code < 400:
                    yield response
                    return
                await response.aread()
                failed = RefusedError(response)
                wait = 0.0 if learns(response) else _pause_after(response, tries)
                most = _MAX_SECONDS
        spent = max(paused, time.monotonic() - begun)
        if wait is None or tries == _MAX_TRIES or spent + wait > most:
            break
        if wait:
            await pause(wait)
            paused += wait
    raise failed


def address(base_url: str, path: str) -> str:
    """Give the URL of a path below another one, whose query it keeps."""
    parts = urlsplit(base_url)
    return parts._replace(path=f"{parts.path.rstrip('/')}{path}").geturl()


def open_client(
    base_url: str,
    api_key: str,
    timeout: httpx2.Timeout,
    transport: httpx2.AsyncBaseTransport | None,
) -> httpx2.AsyncClient:
    """Make a client that carries the key. It keeps no cookies: they would be everybody's."""
    return httpx2.AsyncClient(
        headers=_key_headers(base_url, api_key),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=timeout,
        transport=transport,
    )


def _key_headers(base_url: str, api_key: str) -> dict[str, str]:
    """Give the header with the key: Azure's, where the URL has the version that Azure asks for."""
    if not api_key:
        return {}
    if "api-version" in parse_qs(urlsplit(base_url).query):
        return {"api-key": api_key}
    return {"authorization": f"Bearer {api_key}"}


def error_of(response: httpx2.Response) -> dict[str, Any]:
    """Give the error of an answer, in whatever envelope it came; its text for one in none.

    The key is not in it.
    """
    text = _without_key(response)
    told = {"message": text[:500]}
    try:
        given = json.loads(text)
    except ValueError:
        return told
    error = given.get("error", given) if isinstance(given, dict) else None
    if isinstance(error, dict):
        return told | {name: value for name, value in error.items() if value is not None}
    return told if error is None else {"message": str(error)}


def _without_key(response: httpx2.Response) -> str:
    """Give the text of an answer, which may quote the key that it was asked with."""
    headers = response.request.headers
    sent = headers.get("authorization", "").removeprefix("Bearer "), headers.get("api-key", "")
    return reduce(lambda text, key: text.replace(key, "***") if key else text, sent, response.text)


def is_refused(error: BaseException | None) -> bool:
    """Tell whether nobody listens there, as while the endpoint starts anew."""
    if isinstance(error, BaseExceptionGroup):  # a name with several addresses
        return any(map(is_refused, error.exceptions))
    cause = error and (error.__cause__ or error.__context__)
    return isinstance(error, ConnectionRefusedError) or (cause is not None and is_refused(cause))


def _pause_for(error: httpx2.ConnectError, tries: int) -> float | None:
    return _backoff(tries) if is_refused(error) else None


def _backoff(tries: int) -> float:
    return _FIRST_PAUSE * 2.0 ** (tries - 1)


def _pause_after(response: httpx2.Response, tries: int) -> float | None:
    """Give the seconds to wait before it is tried again; None where that is of no use."""
    status = response.status_code
    spent = error_of(response).get("code") == "insufficient_quota"
    if (status != 429 and status < 500) or spent:
        return None
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:  # none, or a date, which no model server sends
        return _backoff(tries)
