"""What leaves for a target: its own headers and nobody else's, to its own origin and no other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from asstctl.model.project import AssistantsTarget, Secret
from asstctl.remote.assistants.streaming import stream_events
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint, endpoint_of
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AccountError, Failure
from support.clock import run

Handler = Callable[[httpx2.Request], httpx2.Response]
Use = Callable[[Wire], Awaitable[Any]]
TARGET = AssistantsTarget(
    name="prod",
    base_url="https://api.example.com/v1",
    api_key=Secret("sk-the-key"),
    headers={"X-Team": Secret("team-secret")},
)
STRANGERS = {
    "OPENAI_API_KEY": "sk-another",
    "OPENAI_BASE_URL": "https://elsewhere.example.com/v1",
    "OPENAI_ORG_ID": "org-other",
    "OPENAI_PROJECT_ID": "proj_other",
    "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer other\nX-Gateway-Key: gw-secret",
    "AZURE_OPENAI_API_KEY": "azure-other",
    "AZURE_OPENAI_AD_TOKEN": "ad-other",
    "OPENAI_API_VERSION": "2020-01-01",
}


class Server:
    """Notes every request; ``handler`` answers."""

    def __init__(self, handler: Handler = lambda _: httpx2.Response(200, json={})) -> None:
        self.requests: list[httpx2.Request] = []
        self._handler = handler

    def ask(self, use: Use, target: AssistantsTarget | Endpoint = TARGET) -> Any:
        """What ``use`` gives with a wire to this server."""
        endpoint = target if isinstance(target, Endpoint) else endpoint_of(target)

        async def main() -> Any:
            transport = httpx2.MockTransport(self._answer)
            async with open_wire(transport, endpoint, parallelism=2, seconds=30) as wire:
                return await use(wire)

        return run(main())

    def refused(self, use: Use) -> AccountError:
        with pytest.raises(AccountError) as told:
            self.ask(use)
        return told.value

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self._handler(request)


def get(wire: Wire) -> Awaitable[Any]:
    return wire.get("/assistants", {"limit": 1})


async def stream(wire: Wire) -> None:
    events = stream_events(wire, "/threads/t/runs", {"assistant_id": "a"}, "t")
    with pytest.raises(AccountError):
        await anext(events)


async def download(wire: Wire) -> bytes:
    async with wire.download("/files/f/content") as pieces:
        return b"".join([piece async for piece in pieces])


def test_a_request_says_what_the_target_names_and_nothing_else() -> None:
    server = Server()
    server.ask(get)

    assert str(server.requests[0].url) == "https://api.example.com/v1/assistants?limit=1"
    assert dict(server.requests[0].headers) == {
        "host": "api.example.com",
        "accept": "application/json",
        "accept-encoding": server.requests[0].headers["accept-encoding"],
        "user-agent": "asstctl",
        "openai-beta": "assistants=v2",
        "authorization": "Bearer sk-the-key",
        "x-team": "team-secret",
    }


@pytest.mark.parametrize("use", [get, stream])
def test_variables_of_other_tools_reach_no_target(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in STRANGERS.items():
        monkeypatch.setenv(name, value)
    server = Server(lambda _: httpx2.Response(400))
    with pytest.raises(AccountError):
        server.ask(get)
    server.ask(stream)

    for request in server.requests:
        assert request.url.host == "api.example.com"
        assert request.headers["authorization"] == "Bearer sk-the-key"
        assert not {"openai-organization", "openai-project", "x-gateway-key", "api-key"} & {
            *request.headers
        }
        assert not [name for name in request.headers if name.startswith("x-stainless")]


@pytest.mark.parametrize(
    "values", [{"OPENAI_ORG_ID": "a\nb"}, {"OPENAI_CUSTOM_HEADERS": "\u2026: x"}]
)
def test_a_broken_variable_of_another_tool_breaks_nothing(
    values: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    server = Server(lambda _: httpx2.Response(400))
    server.ask(stream)

    assert len(server.requests) == 1


def test_without_a_key_there_is_no_authorization() -> None:
    server = Server()
    server.ask(get, AssistantsTarget(name="x", base_url="http://127.0.0.1:1/v1"))

    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("base_url", ["https://x.example.com", "https://x.example.com/openai/"])
def test_azure_has_a_header_a_path_and_a_version_of_its_own(base_url: str) -> None:
    target = AssistantsTarget(
        name="az", base_url=base_url, api_key=Secret("azure-key"), api_version="2025-01-01"
    )
    server = Server()
    server.ask(get, target)

    (request,) = server.requests
    assert request.url.path == "/openai/assistants"
    assert dict(request.url.params) == {"limit": "1", "api-version": "2025-01-01"}
    assert request.headers["api-key"] == "azure-key"
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("path", "beta"),
    [
        ("/assistants/a", "assistants=v2"),
        ("/threads", "assistants=v2"),
        ("/vector_stores/v/files", "assistants=v2"),
        ("/agents/sessions", "agents=v1"),
        ("/files", None),
        ("/responses", None),
        ("/models", None),
    ],
)
def test_the_beta_belongs_to_the_path(path: str, beta: str | None) -> None:
    server = Server()
    server.ask(lambda wire: wire.get(path))

    assert server.requests[0].headers.get("openai-beta") == beta


def test_a_header_that_the_target_names_is_sent_once_and_as_it_says() -> None:
    target = AssistantsTarget(
        name="x",
        base_url="https://x.example.com/v1",
        api_key=Secret("sk-key"),
        headers={
            "openai-beta": Secret("assistants=v3"),
            "authorization": Secret("Token t"),
            "user-agent": Secret("acme-ci/1"),
        },
    )
    server = Server()
    server.ask(get, target)

    headers = server.requests[0].headers
    assert headers.get_list("openai-beta") == ["assistants=v3"]
    assert headers.get_list("authorization") == ["Token t"]
    assert headers.get_list("user-agent") == ["acme-ci/1"]


# --- redirects ----------------------------------------------------------------------------------


def redirecting(status: int, location: str) -> Server:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/there"):
            return httpx2.Response(200, json={"ok": True})
        return httpx2.Response(status, headers={"location": location})

    return Server(answer)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "https://other.example.com/v1/there",
        "https://api.example.com:8443/v1/there",
        "http://api.example.com/v1/there",
        "//other.example.com/there",
    ],
)
def test_another_origin_is_not_followed(status: int, location: str) -> None:
    server = redirecting(status, location)
    error = server.refused(get)

    assert error.failure is Failure.UNREACHABLE
    assert "GET /v1/assistants" in error.what
    assert str(httpx2.URL("https://api.example.com/v1").join(location).host) in error.what
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_same_origin_is_followed(status: int) -> None:
    server = redirecting(status, "/v1/there")

    assert server.ask(get).value == {"ok": True}
    assert server.requests[1].headers["authorization"] == "Bearer sk-the-key"


@pytest.mark.parametrize("status", [307, 308])
def test_what_is_written_is_written_where_it_is_sent(status: int) -> None:
    server = redirecting(status, "https://api.example.com/v1/there")
    server.ask(lambda wire: wire.create("/assistants", {"model": "m"}))

    assert [request.method for request in server.requests] == ["POST", "POST"]
    assert server.requests[1].read() == server.requests[0].read()


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize(
    "use", [lambda wire: wire.create("/assistants", {}), lambda wire: wire.delete("/assistants/a")]
)
def test_no_write_becomes_a_read(status: int, use: Use) -> None:
    server = redirecting(status, "/v1/there")
    error = server.refused(use)

    assert not error.outcome_unknown
    assert "/v1/there" in error.what
    assert len(server.requests) == 1


def test_a_stream_is_not_followed_to_another_origin() -> None:
    server = redirecting(307, "https://other.example.com/v1/there")
    events = lambda wire: anext(stream_events(wire, "/threads/t/runs", {}, "t"))  # noqa: E731

    assert server.refused(events).failure is Failure.UNREACHABLE
    assert len(server.requests) == 1


def test_a_redirect_that_echoes_the_key_is_not_echoed() -> None:
    server = redirecting(302, "/v1/there/sk-the-key/x")
    error = server.refused(lambda wire: wire.create("/assistants/sk-the-key", {}))

    assert error.what.endswith("/v1/there/***/x: HTTP 302")


def test_redirects_in_a_circle_end() -> None:
    server = redirecting(302, "/v1/assistants")
    error = server.refused(get)

    assert error.failure is Failure.UNREACHABLE
    assert len(server.requests) < 10


def test_a_redirect_to_nowhere_is_an_error() -> None:
    assert redirecting(302, "https://[").refused(get).failure is Failure.UNREACHABLE


def test_a_download_follows_to_another_origin_without_any_header_of_the_target() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v1/files/f/content":
            return httpx2.Response(302, headers={"location": "https://blob.example.com/a?sig=1"})
        if request.url.path == "/a":
            return httpx2.Response(302, headers={"location": "https://api.example.com:444/b"})
        return httpx2.Response(200, content=b"the bytes")

    server = Server(answer)

    assert server.ask(download) == b"the bytes"
    assert [request.url.host for request in server.requests] == [
        "api.example.com",
        "blob.example.com",
        "api.example.com",
    ]
    for request in server.requests[1:]:
        assert dict(request.headers) == {
            "host": request.headers["host"],
            "accept": "*/*",
            "user-agent": "asstctl",
        }
    assert server.requests[1].headers["host"] == "blob.example.com"


def test_a_download_does_not_leave_encryption() -> None:
    server = redirecting(302, "http://blob.example.com/there")

    assert server.refused(download).failure is Failure.UNREACHABLE


async def test_cancelling_closes_the_answer() -> None:
    closed = asyncio.Event()

    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield b" "
                await asyncio.sleep(0)

        async def aclose(self) -> None:
            closed.set()

    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=Endless()))
    async with open_wire(transport, endpoint_of(TARGET), parallelism=1, seconds=60) as wire:
        task = asyncio.ensure_future(wire.get("/assistants"))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert closed.is_set()
