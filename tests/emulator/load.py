"""Requests per second and p99 of the local account over a socket, with fifty clients at once.

``PYTHONPATH=src:tests python -m emulator.load`` prints a line for each scenario. The server runs
in a process of its own, so that the clients do not slow it down more than they must.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scenario took: how many a second, and what all but one in a hundred stayed below."""

    scenario: str
    per_second: float
    p99_seconds: float


class Client:
    """One connection. An HTTP library would take longer for a request than the server does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, url: str) -> "Client":
        """Open a connection to a base URL."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Send a request and read its JSON answer."""
        data = b"" if body is None else json.dumps(body).encode()
        length = f"content-length: {len(data)}"
        head = f"{method} /v1{path} HTTP/1.1\r\nhost: localhost\r\n{length}\r\n\r\n"
        self._writer.write(head.encode() + data)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in answer.partition(b"\r\n")[0], answer
        size = answer.partition(b"content-length:")[2].partition(b"\r\n")[0]
        found: dict[str, Any] = json.loads(await self._reader.readexactly(int(size)))
        return found

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


Action = Callable[[Client, str, str], Awaitable[None]]


async def create_message(http: Client, thread: str, assistant: str) -> None:
    """Post one message."""
    body = {"role": "user", "content": "Where does the tram go?"}
    await http.call("POST", f"/threads/{thread}/messages", body)


async def run_and_poll(http: Client, thread: str, assistant: str) -> None:
    """Run a thread, and poll until the run is completed."""
    run = await http.call("POST", f"/threads/{thread}/runs", {"assistant_id": assistant})
    while run["status"] != "completed":
        await asyncio.sleep(0.01)
        run = await http.call("GET", f"/threads/{thread}/runs/{run['id']}")
        assert run["status"] in {"queued", "in_progress", "completed"}, run


async def measure(action: Action, count: int) -> Figures:
    """Let fifty clients, each in its own thread, do something ``count`` times in all."""
    took: list[float] = []

    async def client(url: str, assistant: str) -> None:
        http = await Client.connect(url)
        ask = {"messages": [{"role": "user", "content": "Hello"}]}
        thread = (await http.call("POST", "/threads", ask))["id"]
        for _ in range(count // CLIENTS):
            begun = time.perf_counter()
            await action(http, thread, assistant)
            took.append(time.perf_counter() - begun)
        await http.close()

    async with _server() as url:
        first = await Client.connect(url)
        assistant = (await first.call("POST", "/assistants", {"model": "gpt-4o"}))["id"]
        begun = time.perf_counter()
        await asyncio.gather(*(client(url, assistant) for _ in range(CLIENTS)))
        total = time.perf_counter() - begun
        await first.close()
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
