"""What a server speaks, asked of servers as they are found: with all APIs, with some, with none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx2
import pytest

from asstctl.model.dialect import Api
from asstctl.remote.diagnose.server import look_at
from asstctl.remote.diagnose.way import timing
from asstctl.remote.wire.connect import open_wire
from asstctl.remote.wire.endpoint import Endpoint
from asstctl.sync.doctor.check import Check, Server, Verdict
from support.clock import run

Reply = tuple[int, Any]
EMPTY: Reply = 200, {"object": "list", "data": [], "has_more": False}
NO_ROUTE: Reply = 404, {"detail": "Not Found"}
NO_MODEL: Reply = 400, {"error": {"message": "you must provide a model parameter"}}
NO_OBJECT: Reply = 404, {"error": {"message": "Response with id 'resp_none' not found."}}
NO_PATH: Reply = 404, {"error": {"message": "Invalid URL (GET /v1/responses/resp_none)"}}

NONE, ONE, ALL = (), ("responses",), ("assistants", "responses", "agents")


@dataclass
class Odd:
    """A server of a few replies, by method and path; the rest is answered with ``other``."""

    replies: Mapping[str, Reply]
    other: Reply = NO_ROUTE
    asked: list[str] = field(default_factory=list)
    betas: dict[str, str | None] = field(default_factory=dict)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        call = f"{request.method} {request.url.path.removeprefix('/v1')}"
        self.asked.append(call)
        self.betas[call] = request.headers.get("OpenAI-Beta")
        status, body = self.replies.get(call, self.other)
        if isinstance(body, str):
            return httpx2.Response(status, text=body)
        return httpx2.Response(status, json=body)


def looked_at(server: Callable[[httpx2.Request], httpx2.Response]) -> Server:
    return with_timing(server)[0]


def with_timing(
    server: Callable[[httpx2.Request], httpx2.Response],
) -> tuple[Server, dict[str, Check]]:
    async def look() -> tuple[Server, list[Check]]:
        transport, endpoint = httpx2.MockTransport(server), Endpoint(root="http://server.test/v1")
        async with open_wire(transport, endpoint, parallelism=4, seconds=30) as wire:
            found = await look_at(wire)
            return found, await timing(wire, found)

    found, checks = run(look())
    return found, {check.name: check for check in checks}


def spoken(server: Server, outcome: bool | None = True) -> tuple[str, ...]:
    return tuple(str(api.api) for api in server.apis if api.answers is outcome)


@pytest.mark.parametrize(
    ("replies", "other", "speaks"),
    [
        pytest.param({}, NO_ROUTE, NONE, id="a server of something else"),
        pytest.param({}, (405, "no"), NONE, id="a server that allows nothing"),
        pytest.param({}, (501, None), NONE, id="a server that implements nothing"),
        pytest.param({}, (200, "<html>Hello</html>"), NONE, id="a page for every path"),
        pytest.param(
            {}, (200, {"error": "Unexpected endpoint or method."}), NONE, id="200 for what is not"
        ),
        pytest.param(
            {"GET /assistants": EMPTY}, NO_ROUTE, ("assistants",), id="Assistants v2 alone"
        ),
        pytest.param(
            {"GET /assistants": (200, [])}, NO_ROUTE, ("assistants",), id="a list without object"
        ),
        pytest.param(
            {
                "GET /assistants": NO_ROUTE,
                "GET /responses/resp_none": NO_OBJECT,
                "GET /agents": EMPTY,
            },
            NO_ROUTE,
            ("responses", "agents"),
            id="OpenAI",
        ),
        pytest.param(
            {
                "GET /assistants": EMPTY,
                "GET /responses/resp_none": NO_OBJECT,
                "GET /agents": EMPTY,
            },
            NO_ROUTE,
            ALL,
            id="the local account",
        ),
        pytest.param(
            {"POST /responses": NO_MODEL}, NO_ROUTE, ONE, id="responses that cannot be read again"
        ),
        pytest.param(
            {"GET /responses/resp_none": NO_PATH, "POST /responses": (404, "404 page not found")},
            NO_ROUTE,
            NONE,
            id="a 404 that quotes the path",
        ),
        pytest.param(
            {"GET /responses/resp_none": (405, None), "POST /responses": (422, {"detail": [1]})},
            NO_ROUTE,
            ONE,
            id="a method that is missing",
        ),
        pytest.param(
            {"GET /responses/resp_none": (400, {"error": {"message": "invalid id"}})},
            NO_ROUTE,
            ONE,
            id="400 for what is missing",
        ),
        pytest.param(
            {"GET /responses/resp_none": (200, None)}, NO_ROUTE, ONE, id="null for what is missing"
        ),
        pytest.param(
            {
                "POST /responses": (
                    404,
                    {"error": {"message": "The model '' does not exist", "param": "model"}},
                )
            },
            NO_ROUTE,
            ONE,
            id="a model that is missing",
        ),
    ],
)
def test_the_apis_of_a_server(
    replies: Mapping[str, Reply], other: Reply, speaks: tuple[str, ...]
) -> None:
    server = Odd(replies, other)

    assert spoken(looked_at(server)) == speaks
    assert len(server.asked) <= 5 + 3, "five to look, three to take the time"


def test_a_response_that_the_server_names_is_not_asked_for_again() -> None:
    server = Odd({"GET /responses/resp_none": NO_OBJECT})
    looked_at(server)

    assert "POST /responses" not in server.asked


def test_every_path_is_asked_with_its_own_beta() -> None:
    server = Odd({})
    looked_at(server)

    assert server.betas["GET /assistants"] == "assistants=v2"
    assert server.betas["GET /agents"] == "agents=v1"
    assert server.betas["GET /responses/resp_none"] is None


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ((401, {"error": {"message": "no"}}), "the key is refused, HTTP 401"),
        ((403, {"error": {"message": "no"}}), "forbidden, HTTP 403"),
        ((500, "down"), "HTTP 500"),
    ],
)
def test_what_nobody_can_tell_is_said_to_be_unclear(reply: Reply, found: str) -> None:
    server = looked_at(Odd({}, other=reply))

    assert spoken(server, None) == ALL
    assert {api.found for api in server.apis} == {found}
    assert server.fitting(Api.RESPONSES) is None


def test_the_target_s_own_api_is_what_fits_where_several_answer() -> None:
    server = looked_at(
        Odd(
            {
                "GET /assistants": EMPTY,
                "GET /agents": (403, None),
                "GET /responses/resp_none": NO_OBJECT,
            }
        )
    )

    assert server.fitting(Api.ASSISTANTS) is Api.ASSISTANTS
    assert server.fitting(Api.RESPONSES) is Api.RESPONSES
    assert server.fitting(Api.AGENTS) is None


def test_where_its_own_does_not_answer_another_one_fits() -> None:
    server = looked_at(Odd({"GET /responses/resp_none": NO_OBJECT, "GET /agents": EMPTY}))

    assert server.fitting(Api.ASSISTANTS) is Api.RESPONSES
    assert looked_at(Odd({})).fitting(Api.ASSISTANTS) is None


# --- models -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2027-01-14", date(2027, 1, 14)),
        ("2027-01-14T00:00:00Z", date(2027, 1, 14)),
        (1_799_884_800, date(2027, 1, 14)),
        (None, None),
        ("soon", None),
        (10**20, None),
        ({"on": 1}, None),
    ],
)
def test_the_day_on_which_a_model_ends(told: Any, day: date | None) -> None:
    listed = {"data": [{"id": "gpt-4o", "shutdown_date": told}, {"id": "gpt-6"}, {"id": 1}, 7]}
    found = looked_at(Odd({"GET /models": (200, listed)}))

    assert found.models == {"gpt-4o": day, "gpt-6": None}


@pytest.mark.parametrize("reply", [NO_ROUTE, (200, {"data": None}), (200, "hello"), (500, None)])
def test_a_server_that_lists_no_models(reply: Reply) -> None:
    assert looked_at(Odd({"GET /models": reply})).models is None


# --- clock and latency --------------------------------------------------------------------------


def test_latency_is_taken_where_a_list_is_answered() -> None:
    for path in ("/assistants", "/agents", "/models"):
        _, checks = with_timing(Odd({f"GET {path}": EMPTY}))
        assert checks["latency"].verdict is Verdict.OK


@pytest.mark.parametrize("status", [401, 404])
def test_where_nothing_is_answered_clock_and_latency_repeat_no_reason(status: int) -> None:
    server = Odd({}, other=(status, {"error": {"message": "Incorrect API key"}}))
    _, checks = with_timing(server)

    for name in ("clock", "latency"):
        assert checks[name] == Check(name, Verdict.SKIPPED, "no small request is answered")
