"""The tests' own Assistants server, 20 ms away: a process that an apply can be measured against.

``python -m benchmarks.sync_server SECONDS``, from the folder of the tests, prints its base URL and
serves until it is terminated. ``GET /stats`` tells how many requests came since it was last asked,
and how many threads there are.
"""

import asyncio
import socket
import sys

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from support.server import ROOT, Server


class Distant:
    """A server behind a line with a latency, in seconds."""

    def __init__(self, server: Server, latency: float) -> None:
        self._latency = latency
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/stats":
            threads = len(self._server.conversation.threads)
            answer = JSONResponse({"requests": len(self._server.journal), "threads": threads})
            self._server.forget()
            await answer(scope, receive, send)
            return
        await asyncio.sleep(self._latency)
        await self._server(scope, receive, send)


def serve(server: Server, latency: float) -> None:
    """Serve on any free port of the loopback interface; its base URL is printed."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio would not do it
    print(f"http://127.0.0.1:{listening.getsockname()[1]}{ROOT}", flush=True)
    config = uvicorn.Config(Distant(server, latency), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    serve(Server(), float(sys.argv[1]))
