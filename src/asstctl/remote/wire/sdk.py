"""The ``openai`` SDK over the wire: it reads the events of conversations as they stream."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

from asstctl.model.json import JsonObject
from asstctl.remote.wire.connection import as_account_error
from asstctl.remote.wire.failures import refused
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AccountError, Failure

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI

_SETTINGS: Final = ("OPENAI_", "AZURE_")
"""How the names of the variables begin that the SDK reads. None is about asstctl's targets."""
_UNUSED_KEY: Final = "none"
"""The SDK insists on a key. The gate drops it and puts the target's on."""


def openai_over(wire: Wire) -> "AsyncOpenAI":
    """A client of the SDK whose requests leave through ``wire``, as requests of the target."""
    with _without_settings():
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            base_url=wire.root,
            api_key=_UNUSED_KEY,
            max_retries=0,
            timeout=wire.timeout,
            http_client=wire.client,
        )


async def sdk_events(wire: Wire, path: str, body: JsonObject) -> AsyncIterator[object]:
    """Post ``body`` and yield what the SDK makes of each server-sent event, as it comes.

    Raises AccountError; also when the server sends an ``error`` event.
    """
    async with sdk_stream(wire, path, body) as events:
        async for event in events:
            yield event


@asynccontextmanager
async def sdk_stream(
    wire: Wire, path: str, body: JsonObject | None = None
) -> AsyncIterator[AsyncIterator[object]]:
    """The events that come of posting ``body``, or of a GET without one, from now on.

    Opening and reading it raise AccountError; also when the server sends an ``error`` event.
    """
    client, method = openai_over(wire), "GET" if body is None else "POST"
    from openai import AsyncStream

    with sdk_errors(wire, method, path):
        stream: AsyncStream[object] = await (
            client.get(
                path,
                cast_to=object,
                options={"headers": {"Accept": "text/event-stream"}},
                stream=True,
                stream_cls=AsyncStream[object],
            )
            if body is None
            else client.post(
                path, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
            )
        )

    async def events() -> AsyncIterator[object]:
        with sdk_errors(wire, method, path):
            async for event in stream:
                yield event

    async with stream:
        yield events()


@contextmanager
def sdk_errors(wire: Wire, method: str, path: str) -> Iterator[None]:
    """Turns what the SDK raises in the context into an AccountError that names the request."""
    from openai import APIError

    url = wire.client.base_url.join(path.lstrip("/"))
    call = f"{method} {url.path}"
    try:
        yield
    except APIError as error:
        raise _told(error, call, wire) from error
    except Exception as error:
        raise as_account_error(error, call, url, wire.sensitive) from error


def _told(error: "APIError", call: str, wire: Wire) -> AccountError:
    import openai

    cause = error.__cause__
    match error:
        case openai.APIStatusError(response=response):
            return refused(
                call, response.status_code, response.headers, response.content, wire.sensitive
            )
        case openai.APIConnectionError() if isinstance(cause, Exception):
            return as_account_error(cause, call, error.request.url, wire.sensitive)
        case _:
            return AccountError(
                f"the account broke off the stream: {call}",
                failure=Failure.SERVER,
                why=wire.sensitive.text(error.message),
            )


@contextmanager
def _without_settings() -> Iterator[None]:
    """Hide the SDK's variables while it is imported and set up: only then does it read them."""
    hidden = {name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
