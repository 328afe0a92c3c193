"""An open account and the unmodified SDK in front of it."""

import asyncio
import os
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account, serve
from emulator.walker import Walker


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def _no_deprecations() -> Iterator[None]:
    # The SDK marks the whole Assistants API as deprecated; the account exists for it all the same.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


on_both_databases = pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=True)
"""Run a test, or those of a module, on a PostgreSQL server too."""


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Path | str | None:
    """Where the account is: in memory, or in an empty database of a server."""
    asked = getattr(request, "param", os.environ.get("ASSTCTL_TEST_DATABASE", "sqlite"))
    return str(request.getfixturevalue("postgres")) if asked == "postgres" else None


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A place for an account that outlives its process, in each kind of database."""
    if request.param == "sqlite":
        return tmp_path / "kept" / "account.db"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
async def account(place: Path | str | None, clock: Clock) -> AsyncIterator[Account]:
    async with open_account(place, clock=clock) as opened:
        yield opened


def sdk(account: Account) -> openai.AsyncOpenAI:
    """Give a client that reaches the account in process."""
    transport = httpx2.ASGITransport(app=account.app)
    return openai.AsyncOpenAI(
        base_url="http://local/v1",
        api_key="any",
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(transport=transport),
    )


@asynccontextmanager
async def serving(account: Account) -> AsyncIterator[str]:
    """Serve an account on a free port of this machine."""
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(account, "127.0.0.1", 0, on_listening=listening.set_result))
    try:
        waiting: list[asyncio.Future[Any]] = [task, listening]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        yield listening.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def client(account: Account) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(account) as opened:
        yield opened


@pytest.fixture
async def walker(account: Account) -> AsyncIterator[Walker]:
    opened = Walker(account)
    async with opened.client:
        yield opened


@pytest.fixture
async def http(account: Account) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a plain HTTP client, for what no SDK would send."""
    transport = httpx2.ASGITransport(app=account.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://local/v1") as opened:
        yield opened
