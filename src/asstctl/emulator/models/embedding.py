"""Vectors from an embeddings endpoint, a few dozen texts at a time."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import httpx2

from asstctl.emulator.models.asking import (
    RefusedError,
    address,
    answered,
    error_of,
    is_refused,
    open_client,
)
from asstctl.emulator.models.embedder import EmbeddingError
from asstctl.emulator.models.endpoint import EmbeddingEndpoint
from asstctl.emulator.vector import pack

_TIMEOUT = httpx2.Timeout(10.0, read=120.0)
_AT_ONCE = 32
"""Texts in one request: servers of one's own often take no more."""
_PAUSES = (1.0, 2.0, 4.0, 8.0)
_BROKEN_OFF = (httpx2.NetworkError, httpx2.ProtocolError)
_ABSENT_SECONDS = 30
"""How long an endpoint where nobody listened is not waited for again."""
_SHORTEST = 200
_TOO_LONG = re.compile(
    r"too (long|large|many)|less than|at most|maximum|exceed|context.{0,20}(length|size|window)",
    re.IGNORECASE,
)


class EmbeddingModel:
    """A client of ``POST {base_url}/embeddings``."""

    def __init__(
        self,
        endpoint: EmbeddingEndpoint,
        transport: httpx2.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._url = address(endpoint.base_url, "/embeddings")
        self._transport = transport
        self._pause = pause
        self._longest: int | None = None
        self._opened: httpx2.AsyncClient | None = None
        self._absent = float("-inf")

    @property
    def name(self) -> str:
        """The model, and where it runs."""
        return f"{self._endpoint.name} at {_shown(self._endpoint.base_url)}"

    async def embed(self, texts: Sequence[str], *, patient: bool) -> list[bytes]:
        """Give a vector for each text; the ``patient`` wait for an endpoint that may be starting.

        What the model finds too long is cut in half, from then on, until it is not: passages
        overlap, so that the second half of one begins the next.
        """
        vectors: list[bytes] = []
        while len(vectors) < len(texts):
            some = texts[len(vectors) : len(vectors) + _AT_ONCE]
            vectors += await self._some(some, patient=patient)
        return vectors

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.aclose()

    @property
    def _client(self) -> httpx2.AsyncClient:
        """Made when it is needed: a broken proxy variable is no trouble before."""
        if self._opened is None:
            self._opened = open_client(
                self._endpoint.base_url, self._endpoint.api_key, _TIMEOUT, self._transport
            )
        return self._opened

    async def _some(self, texts: Sequence[str], *, patient: bool) -> list[bytes]:
        while True:
            cut = [_sendable(text[: self._longest]) for text in texts]
            try:
                body = await self._reach(cut, patient=patient)
                return await asyncio.to_thread(_vectors, body, len(cut))
            except RefusedError as refused:
                if not self._learns(refused.response, cut):
                    raise self._refused(refused.response) from refused
            except _NoVectorsError as error:
                raise self._trouble(f"gave no embeddings: {error}") from error
            except (httpx2.HTTPError, ImportError, ValueError, OSError) as error:
                # httpx2 raises these for a proxy or certificates that it cannot use.
                raise self._trouble(f"could not be reached: {_why(error)}") from error

    async def _reach(self, texts: Sequence[str], *, patient: bool) -> bytes:
        """Ask again where the connection broke off; what takes no connection is asked in `_ask`."""
        for pause in _PAUSES if patient else ():
            try:
                return await self._ask(texts, patient=patient)
            except httpx2.ConnectError:
                raise
            except _BROKEN_OFF:
                await self._pause(pause)
        return await self._ask(texts, patient=patient)

    async def _ask(self, texts: Sequence[str], *, patient: bool) -> bytes:
        asked = {"model": self._endpoint.name, "input": texts}
        waits = patient and time.monotonic() - self._absent >= _ABSENT_SECONDS
        try:
            async with answered(
                lambda: self._client.stream("POST", self._url, json=asked),
                self._pause,
                patience=self._endpoint.patience if waits else 0.0,
            ) as response:
                return await response.aread()
        except httpx2.ConnectError:
            self._absent = time.monotonic()
            raise

    def _learns(self, response: httpx2.Response, texts: Sequence[str]) -> bool:
        """Cut what is longer from now on, if a refusal says that a text is too long."""
        told = response.status_code == 413 or _TOO_LONG.search(response.text)
        half = max(map(len, texts)) // 2
        if response.status_code in (401, 403, 404, 429) or not told or half < _SHORTEST:
            return False
        self._longest = half
        return True

    def _refused(self, response: httpx2.Response) -> EmbeddingError:
        return self._trouble(f"answered {response.status_code}: {error_of(response)['message']}")

    def _trouble(self, told: str) -> EmbeddingError:
        told = f"The embeddings endpoint {_shown(self._url)} {told}"
        key = self._endpoint.api_key
        return EmbeddingError(told.replace(key, "***") if key else told)


def _why(error: Exception) -> str:
    if is_refused(error):
        return "nobody listens there"
    if isinstance(error, httpx2.TimeoutException):
        return f"it did not answer in time ({type(error).__name__})"
    return repr(error)


class _NoVectorsError(Exception):
    """An answer holds no vectors, or not those that were asked for."""


def _vectors(body: bytes, count: int) -> list[bytes]:
    try:
        found = {item["index"]: pack(item["embedding"]) for item in json.loads(body)["data"]}
        vectors = [found[index] for index in range(count)]
    except KeyError as error:
        raise _NoVectorsError(f"{error} is missing") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise _NoVectorsError(str(error)) from error
    if len({len(vector) for vector in vectors}) > 1:
        raise _NoVectorsError("they are not of one length")
    return vectors


def _sendable(text: str) -> str:
    """Replace the halves of characters, which some documents hold and UTF-8 has no form for."""
    return text.encode("utf-8", "replace").decode()


def _shown(url: str) -> str:
    """Leave out what may be secret in a URL."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
