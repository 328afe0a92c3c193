"""Manners on the wire: what is tried again, when, how often, and how much at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint
from asstctl.remote.wire.wire import ATTEMPTS, Wire
from asstctl.sync.ports import AccountError, Failure
from support.clock import run

Send = Callable[[Wire], Awaitable[Any]]
TIMEOUT = 600.0
DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


def answer(status: int, body: Any = None, **headers: str) -> httpx2.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={} if body is None else body, headers=names)


def limits(remaining: str, reset: str, what: str = "requests") -> dict[str, str]:
    names = f"x_ratelimit_remaining_{what}", f"x_ratelimit_reset_{what}"
    return dict(zip(names, (remaining, reset), strict=True))


@dataclass
class Script(httpx2.AsyncBaseTransport):
    """Answers in turn, the last one for ever; an exception is raised. Notes when it was asked."""

    answers: list[httpx2.Response | Exception]
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    requests: list[httpx2.Request] = field(default_factory=list)
    in_flight: int = 0
    most: int = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.times.append(asyncio.get_running_loop().time())
        self.requests.append(request)
        await request.aread()
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(self.seconds)
        self.in_flight -= 1
        given = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return httpx2.Response(given.status_code, headers=given.headers, content=given.content)

    @property
    def pauses(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]


ENDPOINT = Endpoint(
    root="http://test.account/v1", credentials={"Authorization": "Bearer sk-secret"}
)


def talk(script: Script, *sends: Send, parallelism: int = 8, timeout: float = TIMEOUT) -> list[Any]:
    """Send everything at once; results and AccountErrors in the order of ``sends``."""

    async def main() -> list[Any]:
        async with open_wire(script, ENDPOINT, parallelism=parallelism, seconds=timeout) as wire:
            return await asyncio.gather(*(send(wire) for send in sends), return_exceptions=True)

    return run(main())


def get(wire: Wire) -> Awaitable[Any]:
    return wire.get("/things")


def post(wire: Wire) -> Awaitable[Any]:
    return wire.post("/things/1", {"a": 1})


def create(wire: Wire) -> Awaitable[Any]:
    return wire.create("/things", {"a": 1})


def delete(wire: Wire) -> Awaitable[Any]:
    return wire.delete("/things/1")


IDEMPOTENT = (get, post, delete)
QUOTA = {"error": {"message": "Pay.", "type": "insufficient_quota", "code": "insufficient_quota"}}
PASSING = [
    answer(500),
    answer(502),
    answer(503),
    answer(408),
    httpx2.ConnectError("refused"),
    httpx2.ReadError("reset"),
    httpx2.RemoteProtocolError("server disconnected"),
    httpx2.ReadTimeout("slow"),
]
FINAL = [
    (answer(400), Failure.INVALID),
    (answer(401), Failure.UNAUTHORIZED),
    (answer(402), Failure.QUOTA),
    (answer(403), Failure.FORBIDDEN),
    (answer(404), Failure.MISSING),
    (answer(405), Failure.UNSUPPORTED),
    (answer(409), Failure.CONFLICT),
    (answer(422), Failure.INVALID),
    (answer(501), Failure.UNSUPPORTED),
    (answer(429, QUOTA), Failure.QUOTA),
    (answer(429, {"error": {"code": "billing_hard_limit_reached"}}), Failure.QUOTA),
    (answer(429, {"error": {"type": "spend_limit_exceeded"}}), Failure.QUOTA),
    (answer(429, {"code": "balance_exhausted"}), Failure.QUOTA),
    (httpx2.Response(200, text="<html>", headers={"content-type": "text/html"}), None),
]


@pytest.mark.parametrize("send", IDEMPOTENT)
@pytest.mark.parametrize("trouble", PASSING, ids=str)
def test_what_may_pass_is_tried_again(send: Send, trouble: httpx2.Response | Exception) -> None:
    script = Script([trouble, trouble, answer(200, {"ok": 1})])

    assert [answered.value for answered in talk(script, send)] == [{"ok": 1}]
    assert len(script.times) == 3


@pytest.mark.parametrize("trouble", PASSING, ids=str)
def test_a_create_is_sent_once(trouble: httpx2.Response | Exception) -> None:
    script = Script([trouble, answer(200)])
    (error,) = talk(script, create)

    assert isinstance(error, AccountError)
    assert error.outcome_unknown
    assert len(script.times) == 1


@pytest.mark.parametrize("send", [*IDEMPOTENT, create])
@pytest.mark.parametrize(("final", "failure"), FINAL, ids=str)
def test_what_will_not_pass_is_not_tried_again(
    send: Send, final: httpx2.Response, failure: Failure | None
) -> None:
    script = Script([final])
    (error,) = talk(script, send)

    assert len(script.times) == 1
    if failure is None:
        return
    assert isinstance(error, AccountError)
    assert error.failure is failure
    assert not error.outcome_unknown
    assert error.status == final.status_code


@pytest.mark.parametrize("send", [*IDEMPOTENT, create])
def test_a_rate_limit_proves_that_nothing_was_done(send: Send) -> None:
    script = Script([answer(429, retry_after="3"), answer(200, {"ok": 1})])

    assert [answered.value for answered in talk(script, send)] == [{"ok": 1}]
    assert script.pauses == [pytest.approx(3.0, abs=0.01)]


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry_after": "7"}, 7.0, 7.01),
        ({"retry_after": "0.5"}, 0.5, 0.51),
        ({"retry_after_ms": "250"}, 0.25, 0.26),
        ({"retry_after_ms": "250", "retry_after": "9"}, 0.25, 0.26),
        ({"retry_after": "0"}, 0.0, 0.01),
        ({"retry_after": "-5"}, 0.0, 0.01),
        ({"retry_after": DATE, "date": "Wed, 21 Oct 2026 07:27:48 GMT"}, 12.0, 12.01),
        ({"retry_after": DATE, "date": "Wed, 21 Oct 2026 07:29:00 GMT"}, 0.0, 0.01),
        ({"retry_after": DATE}, 0.25, 0.51),
        ({"retry_after": "soon"}, 0.25, 0.51),
        ({"retry_after": "nan"}, 0.0, 0.51),
        (limits("0", "7"), 7.0, 7.01),
        (limits("0", "2.5"), 2.5, 2.51),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "7s"}, 7.0, 7.01),
        (limits("0", "1.5s"), 1.5, 1.51),
        (limits("0", "1m0.5s"), 60.5, 60.51),
        (limits("0", "250ms"), 0.25, 0.26),
        (limits("7", "9s"), 0.25, 0.51),
        (limits("0", "soon"), 0.25, 0.51),
        ({**limits("0", "3s"), "retry_after": "9"}, 9.0, 9.01),
        ({**limits("0", "3s"), **limits("0", "5s", "tokens")}, 5.0, 5.01),
        ({}, 0.25, 0.51),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when(
    status: int, headers: dict[str, str], low: float, high: float
) -> None:
    script = Script([answer(status, **headers), answer(200)])
    talk(script, get)

    assert low <= script.pauses[0] <= high


def test_a_wait_that_is_too_long_is_refused() -> None:
    for seconds in ("121", "100000", "inf"):
        script = Script([answer(429, retry_after=seconds)])
        (error,) = talk(script, get)

        assert isinstance(error, AccountError)
        assert error.failure is Failure.RATE_LIMITED
        assert len(script.times) == 1


def test_pauses_grow_with_jitter_up_to_a_bound() -> None:
    for _ in range(20):
        script = Script([answer(500)])
        talk(script, get)

        assert len(script.times) == ATTEMPTS
        for attempt, pause in enumerate(script.pauses):
            ceiling = min(30.0, 0.5 * 2**attempt)
            assert ceiling / 2 <= pause <= ceiling + 0.01


def test_jitter_is_not_the_same_for_all() -> None:
    pauses = set()
    for _ in range(5):
        script = Script([answer(500), answer(200)])
        talk(script, get)
        pauses.add(round(script.pauses[0], 6))

    assert len(pauses) > 1


def test_a_request_gives_up_at_its_deadline() -> None:
    script = Script([answer(500)], seconds=1.0)
    (error,) = talk(script, get, timeout=5.0)

    assert isinstance(error, AccountError)
    assert script.times[-1] - script.times[0] <= 5.0
    assert 1 < len(script.times) < ATTEMPTS


@pytest.mark.parametrize("parallelism", [1, 3, 8])
def test_no_more_than_so_many_are_in_flight(parallelism: int) -> None:
    script = Script([answer(200)], seconds=1.0)
    talk(script, *[get, create] * 20, parallelism=parallelism)

    assert script.most == parallelism


def test_a_rate_limit_holds_everybody_up() -> None:
    script = Script([answer(429, retry_after="60"), answer(200)])

    async def later(wire: Wire) -> Any:
        await asyncio.sleep(10)
        return await wire.get("/others")

    talk(script, get, later)
    start = script.times[0]
    assert [round(time - start) for time in script.times[1:]] == [60, 60]


def test_a_server_error_holds_nobody_else_up() -> None:
    script = Script([answer(500), answer(200)])

    async def later(wire: Wire) -> Any:
        await asyncio.sleep(0.01)
        return await wire.get("/others")

    talk(script, get, later)
    assert script.times[1] - script.times[0] < 0.1


def test_a_pause_frees_the_place_of_the_request() -> None:
    script = Script([answer(500), answer(200)])
    talk(script, get, get, parallelism=1)

    assert script.times[1] - script.times[0] < 0.1
    assert len(script.times) == 3


def test_a_delete_has_no_content_type() -> None:
    script = Script([answer(200)])
    talk(script, delete)

    assert "content-type" not in script.requests[0].headers


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b"null", b"{}"])
def test_any_2xx_is_an_answer(status: int, body: bytes) -> None:
    script = Script([httpx2.Response(status, content=body)])
    outcome = talk(script, delete, post)

    assert [item for item in outcome if isinstance(item, Exception)] == []
