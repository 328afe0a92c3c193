"""What the account does not serve itself goes on to the endpoint behind it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import open_account
from asstctl.emulator.models.chat import ChatModel
from asstctl.emulator.models.upstream import Embeddings, Upstream
from emulator.conftest import serving
from emulator.meanings import Meanings

CHUNKS = [
    {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
     "choices": [{"index": 0, "delta": {"content": word}}]}
    for word in ("Ol", "á")
]  # fmt: skip


class Endpoint:
    """Answers in the way of OpenAI, and keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        self.requests.append(request)
        match request.url.path:
            case "/base/v1/chat/completions":
                lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS)
                return _answer(200, f"{lines}data: [DONE]\n\n", "text/event-stream")
            case "/base/v1/embeddings":
                return _answer(429, json.dumps({"error": {"message": "Slow down."}}))
            case "/base/v1/audio/transcriptions":
                return _answer(200, json.dumps({"text": "Hello"}))
            case "/base/v1/models":
                model = {"id": "mine", "object": "model", "created": 1, "owned_by": "me"}
                return _answer(200, json.dumps({"object": "list", "data": [model]}))
        raise httpx2.ConnectError("refused")


def _answer(status: int, text: str, kind: str = "application/json") -> httpx2.Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield text.encode()

    headers = {"content-type": kind, "x-request-id": "theirs", "set-cookie": "who=one"}
    return httpx2.Response(status, content=pieces(), headers=headers)


class _Wired(Upstream):
    def __init__(self, endpoint: Endpoint, *, passes: bool = True) -> None:
        base = "http://models.test/base/v1?api-version=1"
        super().__init__(base, "sk-up", passes_through=passes)
        object.__setattr__(self, "_endpoint", endpoint)

    def connect(self) -> ChatModel:
        return ChatModel(self, httpx2.MockTransport(object.__getattribute__(self, "_endpoint")))


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@asynccontextmanager
async def client(
    endpoint: Endpoint, key: str = "ours", embeddings: Embeddings | None = None, **more: Any
) -> AsyncIterator[Any]:
    """Give a client of a served account that asks for the key `ours`."""
    model = _Wired(endpoint, **more)
    async with (
        open_account(None, api_keys=["ours"], model=model, embeddings=embeddings) as account,
        serving(account) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as opened,
    ):
        yield opened


async def test_a_stream_is_passed_on(endpoint: Endpoint) -> None:
    async with client(endpoint) as it:
        stream = await it.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        assert [chunk.choices[0].delta.content async for chunk in stream] == ["Ol", "á"]
        assert stream.response.headers.get_list("x-request-id") != ["theirs"]
    (asked,) = endpoint.requests
    assert asked.url == "http://models.test/base/v1/chat/completions?api-version=1"
    assert asked.headers["api-key"] == "sk-up"
    assert "ours" not in str(asked.headers)
    assert json.loads(asked.content)["messages"][0]["content"] == "Hi"


async def test_an_upload_is_passed_on(endpoint: Endpoint) -> None:
    sound = b"\x00\xff" * 300_000
    async with client(endpoint) as it:
        done = await it.audio.transcriptions.create(model="whisper-1", file=("a.wav", sound))
    assert done.text == "Hello"
    assert sound in endpoint.requests[0].content


@pytest.mark.parametrize("embeddings", [None, Meanings().named()], ids=["without", "with"])
async def test_embeddings_are_the_endpoints_whatever_the_account_searches_with(
    endpoint: Endpoint, embeddings: Embeddings | None
) -> None:
    async with client(endpoint, embeddings=embeddings) as it:
        with pytest.raises(openai.RateLimitError, match="Slow down"):
            await it.embeddings.create(model="m", input="x")


async def test_the_models_are_the_endpoints(endpoint: Endpoint) -> None:
    async with client(endpoint) as it:
        assert [model.id async for model in it.models.list()] == ["mine"]


async def test_the_endpoints_cookies_are_for_nobody(endpoint: Endpoint) -> None:
    async with client(endpoint) as it:
        for _ in range(2):
            answer = await it.models.with_raw_response.list()
            assert "set-cookie" not in answer.headers
    assert [asked.headers.get("cookie") for asked in endpoint.requests] == [None, None]


async def test_what_is_the_accounts_own_stays_here(endpoint: Endpoint) -> None:
    async with client(endpoint) as it:
        made = await it.beta.assistants.create(model="m")
        assert (await it.beta.assistants.retrieve(made.id)).model == "m"
        with pytest.raises(openai.NotFoundError, match="Invalid URL"):
            await it.get("/threads/thread_1/nothing", cast_to=object)
    assert endpoint.requests == []


async def test_nobody_gets_through_without_the_key(endpoint: Endpoint) -> None:
    async with client(endpoint, key="wrong") as it:
        with pytest.raises(openai.AuthenticationError):
            await it.models.list()
    assert endpoint.requests == []


async def test_no_path_leads_out(endpoint: Endpoint) -> None:
    async with client(endpoint) as it:
        with pytest.raises(openai.NotFoundError):
            await it.get("/chat/%2e%2e/%2e%2e/admin", cast_to=object)
    assert endpoint.requests == []


async def test_an_endpoint_that_is_gone(endpoint: Endpoint) -> None:
    async with client(endpoint) as it:
        with pytest.raises(openai.InternalServerError, match="could not be reached") as caught:
            await it.moderations.create(input="x")
    assert caught.value.status_code == 502


async def test_without_it_the_404_says_how(endpoint: Endpoint) -> None:
    async with client(endpoint, passes=False) as it:
        with pytest.raises(openai.NotFoundError, match="--pass-through"):
            await it.chat.completions.create(model="m", messages=[])
    assert endpoint.requests == []
