"""Requests per second and p99 of the local account over a socket, with fifty clients at once.

``PYTHONPATH=src:tests python -m emulator.load`` prints a line for each scenario. The server runs
in a process of its own, so that the clients do not slow it down more than they must.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

CLIENTS = 50
_SERVER = """
import asyncio, sys
from pathlib import Path
from asstctl.emulator import open_account, serve

async def main():
    async with open_account(Path(sys.argv[1])) as account:
        await serve(account, "127.0.0.1", 0, on_listening=lambda url: print(url, flush=True))

asyncio.run(main())
"""

Action = Callable[[httpx2.AsyncClient, str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scenario took: how many a second, and what all but one in a hundred stayed below."""

    scenario: str
    per_second: float
    p99_seconds: float


async def create_message(http: httpx2.AsyncClient, thread: str, assistant: str) -> None:
    """Post one message."""
    body = {"role": "user", "content": "Where does the tram go?"}
    (await http.post(f"/threads/{thread}/messages", json=body)).raise_for_status()


async def run_and_poll(http: httpx2.AsyncClient, thread: str, assistant: str) -> None:
    """Run a thread, and poll as the server asks until the run is completed."""
    body = {"assistant_id": assistant}
    run = (await http.post(f"/threads/{thread}/runs", json=body)).raise_for_status().json()
    while run["status"] != "completed":
        await asyncio.sleep(0.01)
        answer = await http.get(f"/threads/{thread}/runs/{run['id']}")
        run = answer.raise_for_status().json()
        assert run["status"] in {"queued", "in_progress", "completed"}, run


async def measure(action: Action, count: int) -> Figures:
    """Let fifty clients, each in its own thread, do something ``count`` times in all."""
    took: list[float] = []
    async with _server() as url, httpx2.AsyncClient(base_url=f"{url}/v1", timeout=60) as http:
        assistant = (await http.post("/assistants", json={"model": "gpt-4o"})).json()["id"]

        async def client() -> None:
            ask = {"messages": [{"role": "user", "content": "Hello"}]}
            thread = (await http.post("/threads", json=ask)).json()["id"]
            for _ in range(count // CLIENTS):
                begun = time.perf_counter()
                await action(http, thread, assistant)
                took.append(time.perf_counter() - begun)

        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        total = time.perf_counter() - begun
    took.sort()
    return Figures(action.__name__, len(took) / total, took[int(len(took) * 0.99)])


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _SERVER,
            f"{folder}/account.db",
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        try:
            yield (await process.stdout.readline()).decode().strip()
        finally:
            process.terminate()
            await process.wait()


def main() -> None:
    """Print the figures."""
    for action, count in ((create_message, 2000), (run_and_poll, 500)):
        figures = asyncio.run(measure(action, count))
        print(
            f"{figures.scenario}: {figures.per_second:.0f} a second, "
            f"p99 {figures.p99_seconds * 1000:.0f} ms, {CLIENTS} clients"
        )


if __name__ == "__main__":
    main()
