"""The SDK client for a target. Nothing else in asstctl knows how requests leave the process."""

import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from asstctl.model.project import AssistantsTarget

if TYPE_CHECKING:
    from openai import AsyncOpenAI

BETA_HEADER: Final = {"OpenAI-Beta": "assistants=v2"}
_IN_PROCESS_URL: Final = "http://local.account/v1"
_NO_KEY: Final = "none"


@asynccontextmanager
async def connect(target: AssistantsTarget) -> AsyncIterator["AsyncOpenAI"]:
    """A client for a server. Retries are ours: a create must never be sent twice blindly."""
    import httpx2
    from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient

    headers = BETA_HEADER | {name: secret.reveal() for name, secret in target.headers.items()}
    key = target.api_key.reveal() if target.api_key else _NO_KEY
    limits = httpx2.Limits(
        max_connections=target.parallelism + 1, max_keepalive_connections=target.parallelism + 1
    )
    http_client = DefaultAsyncHttpxClient(limits=limits)
    common: dict[str, Any] = {
        "api_key": key,
        "max_retries": 0,
        "timeout": target.timeout,
        "default_headers": headers,
        "http_client": http_client,
    }
    client: AsyncOpenAI
    if target.api_version:
        client = AsyncAzureOpenAI(
            azure_endpoint=target.base_url, api_version=target.api_version, **common
        )
    else:
        client = AsyncOpenAI(base_url=target.base_url, **common)
    async with _quiet(client):
        yield client


@asynccontextmanager
async def connect_in_process(app: Callable[..., Any]) -> AsyncIterator["AsyncOpenAI"]:
    """A client for an ASGI application in this process, with no socket between."""
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    from asstctl.remote.assistants.in_process import InProcessTransport

    http_client = DefaultAsyncHttpxClient(transport=InProcessTransport(app))
    client = AsyncOpenAI(
        base_url=_IN_PROCESS_URL,
        api_key=_NO_KEY,
        max_retries=0,
        default_headers=BETA_HEADER,
        http_client=http_client,
    )
    async with _quiet(client):
        yield client


def account_name(target: AssistantsTarget) -> str:
    """The host, with its port when that is not the usual one: how people tell accounts apart."""
    parts = urlsplit(target.base_url)
    return parts.netloc.rpartition("@")[2] or target.base_url


@asynccontextmanager
async def _quiet(client: "AsyncOpenAI") -> AsyncIterator[None]:
    """Close the client afterwards; keep the SDK's deprecation notices off the user's terminal."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"asstctl\.")
        async with client:
            yield
