"""What went wrong, in words that help and keep secrets."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from asstctl.model.file import Content, LocalFile
from asstctl.model.json import JsonValue
from asstctl.model.project import AssistantsTarget, Secret
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.wire.connect import connect, open_wire
from asstctl.remote.wire.connection import as_account_error
from asstctl.remote.wire.endpoint import account_name, endpoint_of
from asstctl.remote.wire.failures import garbage, message_of, refused
from asstctl.sync.ports import AccountError, ApiGoneError, Failure
from support.clock import run
from support.engine import KEY, Engine
from support.faults import Fault, always
from support.quirks import ErrorShape, Quirks
from support.server import Server


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "No.", "type": "x", "code": None}}, "No."),
        ({"message": "No.", "type": "x"}, "No."),
        ({"error": "No."}, "No."),
        ({"detail": "No."}, "No."),
        ({"detail": [{"loc": ["body"], "msg": "No."}]}, '[{"loc": ["body"], "msg": "No."}]'),
        ("No.", "No."),
        ("  No.\n  Really. ", "No. Really."),
        ("<html><head><style>p {}</style></head><p>No.</p></html>", "No."),
        ("<script>alert(1)</script><h1>Bad</h1>\n<p>gateway</p>", "Bad gateway"),
        ("", ""),
        (None, ""),
        ({}, ""),
        ([], "[]"),
        ({"errors": ["No."]}, '{"errors": ["No."]}'),
        ({"error": {"message": None, "code": "x"}}, '{"error": {"message": null, "code": "x"}}'),
        (17, "17"),
    ],
)
def test_the_human_part_of_any_error_body_is_found(body: JsonValue, message: str) -> None:
    assert message_of(body) == message


@pytest.mark.parametrize("shape", ErrorShape)
def test_every_shape_of_error_is_told(shape: ErrorShape) -> None:
    server = Server(Quirks(errors=shape))
    engine = Engine(server)

    spec = VectorStoreSpec(name="x")

    async def ask() -> None:
        async with engine.account() as account:
            await account.update_store("nobody", spec, was=spec)

    with pytest.raises(AccountError) as told:
        run(ask())
    error = told.value
    assert (error.failure, error.status) == (Failure.MISSING, 404)
    assert "HTTP 404" in error.what
    assert ("no such object" in error.why) is (shape is not ErrorShape.EMPTY)
    assert "<" not in error.why


def test_the_request_id_is_quoted() -> None:
    server = Server()
    engine = Engine(server)

    async def ask() -> None:
        async with engine.wire() as wire:
            await wire.get("/nowhere")

    with pytest.raises(AccountError, match=r"\(request req_1\)"):
        run(ask())


NO_SUCH = {"message": "No assistant found with id 'asst_1'.", "code": None, "param": None}
UNKNOWN = {"message": "The model `gpt-9` does not exist.", "code": "model_not_found"}


@pytest.mark.parametrize(
    ("call", "body", "failure"),
    [
        ("POST /v1/assistants", {"error": UNKNOWN}, Failure.INVALID),
        ("POST /v1/assistants/asst_1", UNKNOWN, Failure.INVALID),
        (
            "POST /v1/threads/t/runs",
            {"error": {"param": "model", "message": "no"}},
            Failure.INVALID,
        ),
        ("POST /v1/assistants", {"detail": "Model gpt-9 not found"}, Failure.INVALID),
        ("POST /v1/assistants/asst_1", {"error": NO_SUCH}, Failure.MISSING),
        ("GET /v1/assistants/asst_1", {"error": NO_SUCH}, Failure.MISSING),
        ("GET /v1/assistants/asst_1", {"detail": "No query results for model"}, Failure.MISSING),
        ("POST /v1/assistants", "Not Found", Failure.MISSING),
        ("POST /v1/assistants", None, Failure.MISSING),
    ],
)
def test_a_404_that_speaks_of_a_model_is_a_refusal(
    call: str, body: JsonValue, failure: Failure
) -> None:
    error = refused(call, 404, {}, json.dumps(body).encode() if body else b"", NOTHING)

    assert error.failure is failure
    assert error.why == message_of(body)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 429, 500, 501, 503])
def test_every_refusal_names_the_request(status: int) -> None:
    error = refused("GET /v1/assistants/asst_1", status, {}, b"", NOTHING)

    assert f"HTTP {status} for GET /v1/assistants/asst_1" in error.what


def test_garbage_names_the_request() -> None:
    engine = Engine(Server(), matcher=always(Fault.GARBAGE, "GET", "/assistants/a"))

    async def ask() -> None:
        async with engine.account() as account:
            await account.get_assistant("a")

    with pytest.raises(AccountError, match=r"answered GET /v1/assistants/a with .*: list"):
        run(ask())


def test_a_long_error_is_cut() -> None:
    error = refused("GET /x", 500, {}, b"y" * 10_000, NOTHING)

    assert len(error.why) <= 400


URL = httpx2.URL("http://test.account/v1/x")


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (httpx2.ReadTimeout("slow"), Failure.TIMEOUT),
        (httpx2.ConnectTimeout("slow"), Failure.TIMEOUT),
        (httpx2.ConnectError("refused"), Failure.CONNECTION),
        (httpx2.ReadError("reset"), Failure.CONNECTION),
        (httpx2.RemoteProtocolError("gone"), Failure.CONNECTION),
        (httpx2.DecodingError("bad gzip"), Failure.GARBAGE),
        (httpx2.LocalProtocolError("Illegal header value b'x'"), Failure.INVALID),
        (RecursionError(), Failure.GARBAGE),
        (ValueError("surprise"), Failure.CONNECTION),
        (garbage("x"), Failure.GARBAGE),
    ],
)
def test_every_exception_is_classified(raised: Exception, failure: Failure) -> None:
    assert as_account_error(raised, "GET /v1/x", URL, NOTHING).failure is failure


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.example.com/v1", "api.example.com"),
        ("http://localhost:8000/v1", "localhost:8000"),
        ("https://me:hunter2@api.example.com/v1", "api.example.com"),
    ],
)
def test_an_account_is_named_after_its_host(url: str, name: str) -> None:
    assert account_name(AssistantsTarget(name="prod", base_url=url)) == name


def words(error: AccountError) -> str:
    return " ".join((error.what, error.why, error.fix, str(error)))


SECRETS = ("sk-very-secret-key", "gateway-pa55word")


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": f"Incorrect API key provided: {SECRETS[0]}."}},
        {"error": {"message": f"Bad header: {SECRETS[1]}"}},
        {"detail": [{"input": {"authorization": f"Bearer {SECRETS[0]}"}}]},
        f"<p>{SECRETS[0]} {SECRETS[1]}</p>",
    ],
)
async def test_a_server_that_echoes_secrets_is_not_echoed(body: Any) -> None:
    def echo(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(401, json=body)

    target = AssistantsTarget(
        name="prod",
        base_url="http://test.account/v1",
        api_key=Secret(SECRETS[0]),
        headers={"X-Gateway": Secret(SECRETS[1])},
    )
    async with open_wire(
        httpx2.MockTransport(echo), endpoint_of(target), parallelism=1, seconds=5
    ) as wire:
        account = AssistantsAccount(wire, "test")
        with pytest.raises(AccountError) as told:
            await account.list_assistants()

    assert told.value.failure is Failure.UNAUTHORIZED
    assert all(secret not in words(told.value) for secret in SECRETS)


@pytest.mark.parametrize(
    ("root", "hint"),
    [
        ("http://test.account/v1", ""),
        ("http://test.account/api/v1beta", ""),
        ("http://test.account", "Try http://test.account/v1."),
        ("http://test.account/proxy/", "Try http://test.account/proxy/v1."),
    ],
)
async def test_an_api_that_is_not_there_names_the_url_and_the_version(root: str, hint: str) -> None:
    nothing = httpx2.MockTransport(lambda _: httpx2.Response(404))
    target = AssistantsTarget(name="prod", base_url=root)
    async with open_wire(nothing, endpoint_of(target), parallelism=1, seconds=5) as wire:
        with pytest.raises(ApiGoneError) as told:
            await AssistantsAccount(wire, "test").list_assistants()

    assert f"GET {root.rstrip('/')}/assistants" in told.value.what
    assert hint in told.value.fix
    assert ("has no `/v1`" in told.value.why) is bool(hint)


@pytest.mark.parametrize(
    "broken", ["sk-very-secret-key\n", "sk-very-\u2026-key", "sk very\x00secret"]
)
@pytest.mark.parametrize("place", ["key", "header"])
async def test_a_secret_that_cannot_be_sent_is_not_quoted(broken: str, place: str) -> None:
    target = AssistantsTarget(
        name="prod",
        base_url="http://127.0.0.1:9/v1",
        timeout=0.2,
        api_key=Secret(broken if place == "key" else "sk-fine"),
        headers={"X-Gateway": Secret(broken if place == "header" else "fine")},
    )
    async with connect(target) as wire:
        with pytest.raises(AccountError) as told:
            await wire.get("/assistants")

    assert "very" not in words(told.value)
    assert "secret" not in words(told.value)


async def test_a_server_that_is_not_there_is_told_without_the_key() -> None:
    target = AssistantsTarget(
        name="prod", base_url="http://127.0.0.1:9/v1", api_key=Secret(SECRETS[0]), timeout=0.1
    )
    async with connect(target) as wire:
        with pytest.raises(AccountError) as told:
            await wire.get("/assistants")

    assert told.value.failure is Failure.CONNECTION
    assert SECRETS[0] not in words(told.value)
    assert "base_url" in told.value.fix


def test_what_is_quoted_of_a_manifest_is_masked_before_it_is_cut() -> None:
    name = "Desk Tr0ub4dor+3/x=y"
    sensitive = Sensitive(frozenset({"Tr0ub4dor+3/x=y"}), {name: "Desk ***"})
    for room in range(380, 405):
        body = json.dumps({"error": {"message": "x" * room + f" {name!r} is too long"}}).encode()

        error = refused("POST /x", 400, {}, body, sensitive)

        assert "Tr" not in error.why


@pytest.mark.parametrize("length", [380, 390, 399])
def test_no_quote_is_cut_in_the_middle_of_a_secret(length: int) -> None:
    body = ("x" * length + " sk-secret-key").encode()
    error = refused("GET /x", 400, {}, body, Sensitive(frozenset({"sk-secret-key"})))

    assert "sk-s" not in error.why


def test_a_file_that_vanished_is_named_and_not_sent_again(tmp_path: Path) -> None:
    file = LocalFile("docs/gone.md", tmp_path / "gone.md", 3)
    engine = Engine(Server())

    async def send() -> None:
        async with engine.account() as account:
            await account.upload(Content(file, "ab" * 32), "gone.md", lambda _: None)

    with pytest.raises(AccountError) as told:
        run(send())
    assert not told.value.outcome_unknown
    assert "docs/gone.md" in told.value.what
    assert engine.line.seen == []


def test_no_failure_shows_the_key() -> None:
    server = Server(Quirks(errors=ErrorShape.DETAILS))
    engine = Engine(server)

    async def ask() -> list[Any]:
        async with engine.wire() as wire:
            calls = (wire.get("/x"), wire.post("/x", {}), wire.delete("/x"))
            return list(await asyncio.gather(*calls, return_exceptions=True))

    for error in run(ask()):
        assert isinstance(error, AccountError)
        assert KEY not in words(error)
        assert KEY not in repr(error.__cause__)
