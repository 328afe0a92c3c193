"""Who watches the wire sees every request, its end, and no secret."""

import json
from typing import Any

import httpx2
import pytest

from asstctl.model.sensitive import without
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint
from asstctl.remote.wire.observer import Exchange, Retry
from asstctl.remote.wire.wire import ATTEMPTS
from asstctl.sync.ports import AccountError
from support.clock import run

SECRET = 'sk-"q\\uote\u00e9-0123456789'


class Notes:
    """Notes what it is told."""

    def __init__(self, *, wants_bodies: bool = False) -> None:
        self.wants_bodies = wants_bodies
        self.exchanges: list[Exchange] = []
        self.retries: list[Retry] = []

    def on_exchange(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def on_retry(self, retry: Retry) -> None:
        self.retries.append(retry)


def watched(notes: Notes, use: Any, *answers: httpx2.Response | Exception) -> Any:
    """What ``use`` of a wire gives or raises; the last answer is given for ever."""
    left = list(answers)

    def answer(_: httpx2.Request) -> httpx2.Response:
        given = left[0] if len(left) == 1 else left.pop(0)
        if isinstance(given, Exception):
            raise given
        return httpx2.Response(given.status_code, headers=given.headers, content=given.content)

    async def main() -> Any:
        endpoint = Endpoint(
            root="http://test.account/v1",
            credentials={"Authorization": "Bearer sk-the-key", "X-Odd": SECRET[:3] + "odd-secret"},
        )
        async with open_wire(
            httpx2.MockTransport(answer), endpoint, parallelism=1, seconds=600, observer=notes
        ) as wire:
            try:
                return await use(wire)
            except AccountError as error:
                return error

    return run(main())


def get(wire: Any) -> Any:
    return wire.get("/assistants", {"limit": 1})


def create(wire: Any) -> Any:
    return wire.create("/assistants", {"model": "gpt-4o"})


def test_every_attempt_is_told_with_its_end() -> None:
    notes = Notes()
    fine = httpx2.Response(200, json={}, headers={"x-request-id": "req_7"})
    watched(notes, get, httpx2.Response(500), httpx2.ConnectError("refused"), fine)

    first, second, third = notes.exchanges
    assert (first.method, first.path) == ("GET", "/v1/assistants?limit=1")
    assert (first.status, first.attempt, first.error) == (500, 1, "")
    assert (second.status, second.attempt, second.error) == (None, 2, "refused")
    assert (third.status, third.attempt, third.request_id) == (200, 3, "req_7")
    assert third.sent is third.received is None


def test_a_retry_is_announced_before_its_pause() -> None:
    notes = Notes()
    watched(notes, get, httpx2.ConnectError("connection refused"))

    assert [(item.attempt, item.attempts) for item in notes.retries] == [
        (number, ATTEMPTS) for number in range(2, ATTEMPTS + 1)
    ]
    assert notes.retries[0].reason == "connection refused"
    pauses = [item.pause for item in notes.retries]
    assert notes.retries[-1].silence == pytest.approx(sum(pauses))


def test_a_rate_limit_is_not_counted() -> None:
    notes = Notes()
    limited = httpx2.Response(429, headers={"retry-after": "7"})
    watched(notes, create, limited, httpx2.Response(200, json={}))

    (retry,) = notes.retries
    assert (retry.attempts, retry.pause, retry.reason) == (None, 7.0, "HTTP 429")


def test_bodies_are_told_to_those_who_want_them() -> None:
    notes = Notes(wants_bodies=True)
    watched(notes, create, httpx2.Response(200, json={"id": "asst_1"}))

    (exchange,) = notes.exchanges
    assert json.loads(exchange.sent or "") == {"model": "gpt-4o"}
    assert json.loads(exchange.received or "") == {"id": "asst_1"}


@pytest.mark.parametrize("at", range(3_960, 4_010, 7))
def test_a_body_is_cut_and_no_secret_with_it(at: int) -> None:
    notes = Notes(wants_bodies=True)
    body = "x" * at + "sk-the-key" + "x" * 100_000
    watched(notes, get, httpx2.Response(200, json=body))

    received = notes.exchanges[0].received or ""
    assert len(received) < 5_000
    assert "sk-t" not in received


def test_a_body_that_breaks_off_is_told_once() -> None:
    notes = Notes()

    class Broken(httpx2.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"{"
            raise httpx2.ReadError("reset")

    async def main() -> None:
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=Broken()))
        async with open_wire(
            transport, Endpoint(root="http://x/v1"), parallelism=1, seconds=9, observer=notes
        ) as wire:
            with pytest.raises(AccountError):
                await wire.create("/assistants", {})

    run(main())
    (exchange,) = notes.exchanges
    assert (exchange.status, exchange.error) == (200, "reset")


@pytest.mark.parametrize(
    "secret", [SECRET, "Bearer " + SECRET, "line\nbreak-secret", "pl\u00e4in-se"]
)
@pytest.mark.parametrize(
    "spell",
    [
        str,
        repr,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: repr(text.encode()),
        lambda text: f"Bearer {text.removeprefix('Bearer ')}",
    ],
)
def test_a_secret_is_masked_in_every_spelling(secret: str, spell: Any) -> None:
    bare = secret.removeprefix("Bearer ")
    endpoint = Endpoint(root="http://x", credentials={"Authorization": secret})
    told = without(f"refused: {spell(bare)}!", endpoint.secrets)

    assert "***" in told
    for spelling in (bare, repr(bare)[1:-1], json.dumps(bare)[1:-1]):
        assert spelling not in told


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    assert without("gpt-4o", frozenset({"gpt"})) == "gpt-4o"
