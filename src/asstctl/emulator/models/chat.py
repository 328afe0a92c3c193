"""Answers from a chat-completions endpoint. Everything that it streams is passed on as it comes."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2

from asstctl.emulator.models.asking import (
    RefusedError,
    address,
    answered,
    error_of,
    open_client,
)
from asstctl.emulator.models.base import ModelError, Piece, Prompt, Trouble
from asstctl.emulator.models.chat_answer import Gathered, chunks
from asstctl.emulator.models.chat_request import body, hosted
from asstctl.emulator.models.endpoint import Endpoint
from asstctl.emulator.models.forward import Forward

_TIMEOUT = httpx2.Timeout(60.0, read=600.0)
_TROUBLES: dict[int, Trouble] = {404: "model_not_found", 429: "rate_limit_exceeded"}
_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|(length|size).{0,20}context|too many tokens"
    r"|(prompt|input) is too long",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"unsupported|unknown|unrecogni[sz]ed|unexpected|not (supported|permitted|allowed)|extra",
    re.IGNORECASE,
)
# What an endpoint may refuse without loss, and what is sent in its place: the account itself sees
# to it that no calls are parallel, and counts tokens where it is not told.
_DISPENSABLE: Mapping[str, str | None] = {
    "stream_options": None,
    "parallel_tool_calls": None,
    "max_completion_tokens": "max_tokens",
}


class ChatModel:
    """A client of ``POST {base_url}/chat/completions``."""

    owner = "upstream"
    sees = True

    def __init__(
        self,
        upstream: Endpoint,
        transport: httpx2.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._upstream = upstream
        self.context = upstream.context
        self._url = address(upstream.base_url, "/chat/completions")
        self._transport = transport
        self._pause = pause
        self._refused: set[str] = set()
        self._opened: httpx2.AsyncClient | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The models of the endpoint that it is known to have."""
        named = (self._upstream.name, *self._upstream.names.values())
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def forward(self) -> Forward | None:
        """What hands other requests on to the endpoint, where that is wanted."""
        upstream = self._upstream
        return Forward(upstream.base_url, lambda: self.client) if upstream.passes_through else None

    def served(self, name: str) -> str:
        """Give the endpoint's model that answers for this one."""
        return self._upstream.names.get(name) or self._upstream.name or name

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.aclose()

    @property
    def client(self) -> httpx2.AsyncClient:
        """Made when it is needed: a broken proxy variable is no trouble before."""
        if self._opened is None:
            self._opened = open_client(
                self._upstream.base_url, self._upstream.api_key, _TIMEOUT, self._transport
            )
        return self._opened

    async def generate(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Stream one completion as pieces: text as it comes, calls and usage at the end.

        Raises `ModelError` when the endpoint refuses, breaks off or sends what is no completion.
        """
        gathered = Gathered(hosted(prompt))
        try:
            async with self._answered(body(prompt, self.served(prompt.model))) as response:
                async for data in chunks(response):
                    for piece in gathered.take(data):
                        yield piece
        except RefusedError as refused:
            raise _refused(refused.response) from refused
        except (httpx2.HTTPError, ImportError, ValueError, OSError) as error:
            # httpx2 raises these for a proxy or certificates that it cannot use.
            raise ModelError(f"The upstream model could not be reached: {error!r}") from error
        for piece in gathered.finish():
            yield piece

    def _answered(self, asked: dict[str, Any]) -> AbstractAsyncContextManager[httpx2.Response]:
        def send() -> AbstractAsyncContextManager[httpx2.Response]:
            return self.client.stream("POST", self._url, json=self._without_refused(asked))

        def learns(response: httpx2.Response) -> bool:
            return self._learns(response, self._without_refused(asked))

        return answered(send, self._pause, learns)

    def _without_refused(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Leave out, or say otherwise, what the endpoint has refused before."""
        renamed = (
            (_DISPENSABLE[name] if name in self._refused else name, value)
            for name, value in asked.items()
        )
        return {name: value for name, value in renamed if name is not None}

    def _learns(self, response: httpx2.Response, asked: Mapping[str, Any]) -> bool:
        """Remember an option that the endpoint does not know; true when that is news."""
        if response.status_code not in (400, 422) or not _UNKNOWN.search(response.text):
            return False
        news = {name for name in _DISPENSABLE if name in asked and name in response.text}
        self._refused |= news
        return bool(news)


def _refused(response: httpx2.Response) -> ModelError:
    error, status = error_of(response), response.status_code
    code = _TROUBLES.get(status, "server_error")
    told = f"The upstream model answered {status}: {error['message']}"
    if status in (400, 413, 422) and (
        error.get("code") == "context_length_exceeded" or _TOO_LONG.search(told)
    ):
        code = "context_length_exceeded"
    return ModelError(told, code)
