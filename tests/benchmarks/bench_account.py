"""The local account on a socket under 50 clients at once: how long a request has to wait.

``p99`` is the time that 99 of 100 requests stay below. The baseline is the median of one client
that has the account to itself; the rate (per second, over all clients) stands in the name.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openai

from .rows import Row

CLIENTS = 50
Work = Callable[[openai.AsyncOpenAI, str, str], Awaitable[object]]


def run(clients: int = CLIENTS, requests: int = 20) -> Iterator[Row]:
    """``requests`` is how many each client makes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with _served() as url:
            yield asyncio.run(_measure(url, "create a message", _create_message, clients, requests))
            yield asyncio.run(_measure(url, "run and poll", _run_and_poll, clients, requests // 4))


async def _create_message(client: openai.AsyncOpenAI, thread: str, assistant: str) -> None:
    await client.beta.threads.messages.create(thread, role="user", content="Hello.")


async def _run_and_poll(client: openai.AsyncOpenAI, thread: str, assistant: str) -> None:
    run = await client.beta.threads.runs.create_and_poll(
        assistant_id=assistant, thread_id=thread, poll_interval_ms=20
    )
    assert run.status == "completed", run.last_error


async def _measure(url: str, name: str, work: Work, clients: int, requests: int) -> Row:
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:
        assistant = (await client.beta.assistants.create(model="gpt-4o")).id
        alone = await _one_client(client, work, assistant, requests)
        started = time.perf_counter()
        together = await asyncio.gather(
            *(_one_client(client, work, assistant, requests) for _ in range(clients))
        )
        rate = clients * requests / (time.perf_counter() - started)
    times = sorted(seconds for one in together for seconds in one)
    p99 = times[int(len(times) * 0.99) - 1]
    label = f"{name}: p99 of {clients} clients ({rate:.0f}/s)"
    return Row(label, p99, "median of one client", statistics.median(alone))


async def _one_client(
    client: openai.AsyncOpenAI, work: Work, assistant: str, requests: int
) -> list[float]:
    thread = (await client.beta.threads.create()).id
    times = []
    for _ in range(requests):
        started = time.perf_counter()
        await work(client, thread, assistant)
        times.append(time.perf_counter() - started)
    return times


@contextmanager
def _served() -> Iterator[str]:
    """``asstctl serve`` in a process of its own; its base URL."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "asstctl", "serve", "--port", "0"]
        server = subprocess.Popen(command, cwd=Path(folder), stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split(" listens on ")[1].split()[0]
        finally:
            server.terminate()
            server.communicate()
