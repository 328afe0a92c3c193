"""A model that takes its time: a chat-completions endpoint in a process of its own.

``python -m benchmarks.stub_model SECONDS`` prints its base URL. It thinks for so long, then streams
twenty words, a fiftieth of a second apart.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

_WORDS = 20
_PAUSE = 0.02


def app(thinks: float) -> Starlette:
    """The application; ``thinks`` is in seconds."""

    async def pieces() -> AsyncIterator[str]:
        await asyncio.sleep(thinks)
        for number in range(_WORDS):
            yield _event({"choices": [{"index": 0, "delta": {"content": f"word {number} "}}]})
            await asyncio.sleep(_PAUSE)
        yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        yield "data: [DONE]\n\n"

    async def complete(_: Request) -> StreamingResponse:
        return StreamingResponse(pieces(), media_type="text/event-stream")

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


def _event(chunk: dict[str, object]) -> str:
    body = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "stub"} | chunk
    return f"data: {json.dumps(body)}\n\n"


def main(thinks: float) -> None:
    """Serve until terminated."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
    uvicorn.Server(uvicorn.Config(app(thinks), log_level="critical")).run(sockets=[listener])


if __name__ == "__main__":
    main(float(sys.argv[1]))
