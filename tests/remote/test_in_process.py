"""Requests to an application in this process."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from asstctl.remote.wire.in_process import InProcessTransport


async def _pieces(_: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"The castle "
        yield b"opens at nine."

    return StreamingResponse(pieces())


async def test_who_reads_slowly_gets_all_of_an_answer() -> None:
    transport = InProcessTransport(Starlette(routes=[Route("/", _pieces)]))
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://local") as client,
        client.stream("GET", "/") as answer,
    ):
        read = []
        async for piece in answer.aiter_raw():
            for _ in range(20):  # meanwhile the application does what it can
                await asyncio.sleep(0)
            read.append(piece)
    assert b"".join(read) == b"The castle opens at nine."
