"""The real SDK as a client of an application in this process: an independent judge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from openai import AsyncOpenAI

from asstctl.remote.wire.in_process import App, InProcessTransport


@asynccontextmanager
async def openai_client(app: App) -> AsyncIterator[AsyncOpenAI]:
    """A client of the SDK, with no socket between."""
    http_client = httpx2.AsyncClient(transport=InProcessTransport(app))
    async with AsyncOpenAI(
        base_url="http://local.account/v1", api_key="none", max_retries=0, http_client=http_client
    ) as client:
        yield client
