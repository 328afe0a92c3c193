"""Answers that would hold or fill us, and numbers that are none: ordinary errors, in time."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from asstctl.model.file import Content, LocalFile
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.wire import answer_body
from asstctl.remote.wire.answer_body import DEEPEST, LARGEST
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AccountError, Failure
from support.clock import run

ENDPOINT = Endpoint(root="http://test.account/v1")


class Dripping(httpx2.AsyncByteStream):
    """One byte every half second, for ever; or ``pieces`` of that size, one each second."""

    def __init__(self, piece: bytes = b" ", seconds: float = 0.5, pieces: int = 10**6) -> None:
        self._piece, self._seconds, self._pieces = piece, seconds, pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._pieces):
            await asyncio.sleep(self._seconds)
            yield self._piece


def with_wire(response: Any, use: Any, seconds: float = 30.0) -> tuple[Any, float]:
    """What ``use`` of a wire gives or raises, and the seconds that it takes."""

    async def main() -> tuple[Any, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()

        def answer(request: httpx2.Request) -> httpx2.Response:
            made = response(request) if callable(response) else response
            assert isinstance(made, httpx2.Response)
            return made

        transport = httpx2.MockTransport(answer)
        async with open_wire(transport, ENDPOINT, parallelism=2, seconds=seconds) as wire:
            try:
                return await use(wire), loop.time() - began
            except AccountError as error:
                return error, loop.time() - began

    return run(main())


def packed(content: bytes, headers: dict[str, str], status: int = 200) -> httpx2.Response:
    """A response whose body nobody has unpacked yet."""
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(content))


def get(wire: Wire) -> Awaitable[Any]:
    return wire.get("/assistants")


async def download(wire: Wire) -> int:
    async with wire.download("/files/f/content") as pieces:
        return sum([len(piece) async for piece in pieces])


def answered(content: bytes, **headers: str) -> AccountError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error, _ = with_wire(packed(content, named), get)
    assert isinstance(error, AccountError)
    assert "GET /v1/assistants" in error.what
    return error


@pytest.mark.parametrize("use", [get, download])
def test_a_body_that_drips_ends_in_time(use: Any) -> None:
    error, took = with_wire(lambda _: httpx2.Response(200, stream=Dripping()), use, seconds=30)

    assert isinstance(error, AccountError)
    assert error.failure is Failure.TIMEOUT
    assert took == pytest.approx(30, abs=1)


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    async def use(wire: Wire) -> Any:
        return await wire.create("/assistants", {})

    class Silent(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await asyncio.Event().wait()
            raise AssertionError

    async def main() -> AccountError:
        async with open_wire(Silent(), ENDPOINT, parallelism=1, seconds=7) as wire:
            with pytest.raises(AccountError) as told:
                await wire.get("/assistants")
            return told.value

    error = run(main())
    assert error.failure is Failure.TIMEOUT
    assert "GET /v1/assistants" in error.what


def test_waiting_for_ones_turn_costs_no_time() -> None:
    async def use(wire: Wire) -> list[Any]:
        return await asyncio.gather(*(wire.get("/x") for _ in range(20)))

    slow = lambda _: httpx2.Response(200, stream=Dripping(b"{}", seconds=5, pieces=1))  # noqa: E731
    answers, took = with_wire(slow, use, seconds=6)

    assert [answer.value for answer in answers] == [{}] * 20
    assert took == pytest.approx(50, abs=1)


def test_a_large_download_has_more_time() -> None:
    steady = Dripping(b"x" * 256 * 1024, seconds=1.0, pieces=300)

    assert with_wire(httpx2.Response(200, stream=steady), download, seconds=10)[0] == 300 * 2**18


def test_a_large_upload_has_more_time(tmp_path: Path) -> None:
    source = tmp_path / "large.bin"
    source.write_bytes(bytes(2**20))
    content = Content(LocalFile("large.bin", source, 2**20), "ab" * 32)

    class Slow(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await request.aread()
            await asyncio.sleep(15)
            return httpx2.Response(200, json={"id": "file_1", "bytes": 2**20})

    async def main() -> str:
        async with open_wire(Slow(), ENDPOINT, parallelism=1, seconds=5) as wire:
            account = AssistantsAccount(wire, "test")
            return (await account.upload(content, "large.bin", lambda _: None)).id

    assert run(main()) == "file_1"


@pytest.mark.parametrize("is_packed", [True, False])
def test_an_answer_that_is_too_large_is_not_read_on(is_packed: bool) -> None:
    body = b'"' + b"x" * LARGEST + b'"'
    headers = {"content_encoding": "gzip"} if is_packed else {}

    error = answered(gzip.compress(body, 1) if is_packed else body, **headers)
    assert error.failure is Failure.GARBAGE
    assert "more than 64 MB" in error.what


def test_a_bomb_in_an_error_is_not_unpacked_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_body, "LARGEST", 2**20)
    bomb = gzip.compress(b"x" * 2**22)
    for use in (get, download):
        error, _ = with_wire(packed(bomb, {"content-encoding": "gzip"}, 500), use)
        assert error.failure is Failure.GARBAGE


def test_a_download_may_be_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_body, "LARGEST", 2**20)

    assert with_wire(httpx2.Response(200, content=b"x" * 2**22), download)[0] == 2**22


@pytest.mark.parametrize("depth", [DEEPEST + 1, 1_500, 100_000])
@pytest.mark.parametrize(("opening", "inside", "closing"), [("[", "", "]"), ('{"a":', "1", "}")])
def test_a_deep_answer_is_garbage(depth: int, opening: str, inside: str, closing: str) -> None:
    body = (opening * depth + inside + closing * depth).encode()

    assert answered(body).failure is Failure.GARBAGE


def test_depth_is_not_length() -> None:
    body = json.dumps([[[]]] * 10_000).encode()

    assert len(with_wire(httpx2.Response(200, content=body), get)[0].value) == 10_000


@pytest.mark.parametrize(
    "body",
    [
        b'{"n": 1e999}',
        b'{"n": -1e999}',
        b'{"n": NaN}',
        b"[Infinity]",
        b"<html>",
        b"\xff\xfe",
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"a": 1',
    ],
)
def test_what_json_does_not_have_is_garbage(body: bytes) -> None:
    assert answered(body).failure is Failure.GARBAGE


@pytest.mark.parametrize(
    "body", [b"not packed", gzip.compress(b'{"a": 1}' * 100)[:40]], ids=["plain", "cut"]
)
def test_a_body_that_cannot_be_unpacked_is_an_error(body: bytes) -> None:
    error = answered(body, content_encoding="gzip")

    assert error.failure is Failure.GARBAGE


@pytest.mark.parametrize("body", [b"", b"  \n", b"null"])
def test_nothing_is_an_answer(body: bytes) -> None:
    assert with_wire(httpx2.Response(200, content=body), get)[0].value is None
