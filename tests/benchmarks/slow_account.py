"""The independent test server on a socket, every answer 20 ms late: ``python slow_account.py``.

Prints its port and serves until it is killed. ``GET /count`` tells how many requests there were.
"""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.server import Server

LATENCY = 0.02


def main() -> None:
    """Serve on any free port."""
    server = Server()
    requests = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal requests
        if scope["path"] == "/count":
            await _answer(send, str(requests).encode())
            return
        requests += 1
        await asyncio.sleep(LATENCY)
        server.forget()
        await server(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(app, lifespan="off", log_level="error")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


async def _answer(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    main()
