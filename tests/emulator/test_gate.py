"""What every request passes: prefixes, keys, bodies that are no bodies, and errors."""

import httpx2
import openai
import pytest

from asstctl.emulator import open_account
from asstctl.emulator.wire import MAX_JSON_BYTES


@pytest.mark.parametrize("prefix", ["http://local", "http://local/v1", "http://local/openai"])
async def test_every_prefix_leads_to_the_same_objects(
    http: httpx2.AsyncClient, prefix: str
) -> None:
    created = (await http.post("/assistants", json={"model": "gpt-4o"})).json()
    found = await http.get(f"{prefix}/assistants/{created['id']}?api-version=2024-05-01-preview")
    assert found.json() == created


async def test_any_key_or_none_is_accepted_where_none_is_asked_for(
    http: httpx2.AsyncClient,
) -> None:
    assert (await http.get("/assistants")).status_code == 200
    headers = {"authorization": "Bearer whatever"}
    assert (await http.get("/assistants", headers=headers)).status_code == 200


async def test_a_key_is_asked_for() -> None:
    async with open_account(None, api_keys=["s3cret-ü"]) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            for headers in ({}, {"authorization": "Bearer nope"}, {"api-key": "nope"}):
                refused = await http.get("/v1/assistants", headers=headers)
                assert refused.status_code == 401
                assert refused.json()["error"]["type"] == "invalid_request_error"
            for name, value in ((b"authorization", "Bearer s3cret-ü"), (b"api-key", "s3cret-ü")):
                answer = await http.get("/v1/assistants", headers=[(name, value.encode())])
                assert answer.status_code == 200


async def test_unknown_paths_and_methods(http: httpx2.AsyncClient) -> None:
    missing = await http.get("/nothing")
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "Invalid URL (GET /v1/nothing)"
    wrong = await http.put("/threads")
    assert wrong.status_code == 405
    assert wrong.json()["error"]["code"] == "method_not_supported"
    assert wrong.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(
    "path",
    [
        "assistants/asst_x",
        "threads/thread_x",
        "threads/thread_x/messages",
        "vector_stores/vs_x",
        "vector_stores/vs_x/files/file-x",
        "files/file-x",
        "threads/thread_x/runs/run_x/steps",
    ],
)
async def test_missing_objects(http: httpx2.AsyncClient, path: str) -> None:
    missing = await http.get(f"/{path}")
    assert missing.status_code == 404
    first = path.split("/")[1]
    assert first in missing.json()["error"]["message"]


async def test_the_message_for_a_missing_assistant(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match=r"No assistant found with id 'asst_x'\."):
        await client.beta.assistants.retrieve("asst_x")
    thread = await client.beta.threads.create()
    with pytest.raises(openai.NotFoundError, match=r"No assistant found with id 'asst_x'\."):
        await client.beta.threads.runs.create(thread.id, assistant_id="asst_x")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"model": NaN}',
        b'{"model": "m", "temperature": 1e999}',
        b'{"model": "\\ud800"}',
        b"\xff\xfe",
        b'{"a":' * 100_000,
        b'{"model": ' + b"9" * 5000 + b"}",
        b"[1]",
        b'"text"',
        b"null",
    ],
)
async def test_bodies_that_are_no_json_objects(http: httpx2.AsyncClient, body: bytes) -> None:
    refused = await http.post("/assistants", content=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "invalid_request_error"


async def test_text_of_any_script_comes_back(http: httpx2.AsyncClient) -> None:
    name = "naïve 東京 \U0001f600 \u0000 \u202e"
    created = (await http.post("/assistants", json={"model": "m", "name": name})).json()
    assert (await http.get(f"/assistants/{created['id']}")).json()["name"] == name


async def test_a_body_that_is_too_large(http: httpx2.AsyncClient) -> None:
    async def endless() -> object:
        for _ in range(MAX_JSON_BYTES // 2**20 + 1):
            yield b" " * 2**20

    refused = await http.post("/assistants", content=endless())  # type: ignore[arg-type]
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "request_too_large"


async def test_pages_from_elsewhere_cannot_use_an_account_without_a_key(
    http: httpx2.AsyncClient,
) -> None:
    evil = await http.post("/threads", headers={"origin": "https://evil.example"})
    assert evil.status_code == 403
    local = await http.post("/threads", headers={"origin": "http://localhost:3000"})
    assert local.status_code == 200


async def test_an_unknown_field_is_named_before_what_it_causes(http: httpx2.AsyncClient) -> None:
    error = (await http.post("/assistants", json={"modell": "gpt-4o"})).json()["error"]
    assert error == {
        "message": "Unknown parameter: 'modell'.",
        "type": "invalid_request_error",
        "param": "modell",
        "code": "unknown_parameter",
    }


@pytest.mark.parametrize(
    ("path", "prefix", "body"),
    [
        ("assistants", "asst_", {"model": "m"}),
        ("threads", "thread_", {}),
        ("vector_stores", "vs_", {}),
    ],
)
async def test_an_object_may_have_the_id_that_programs_know(
    http: httpx2.AsyncClient, path: str, prefix: str, body: dict[str, str]
) -> None:
    kept = f"{prefix}abc123DEF-4_5"
    made = await http.post(f"/{path}", json=body, headers={"X-Asstctl-Id": kept})
    assert made.json()["id"] == kept
    assert (await http.get(f"/{path}/{kept}")).json() == made.json()
    again = await http.post(f"/{path}", json=body, headers={"X-Asstctl-Id": kept})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "id_taken")
    await http.delete(f"/{path}/{kept}")
    anew = await http.post(f"/{path}", json=body, headers={"X-Asstctl-Id": kept})
    assert anew.json()["id"] == kept
    for wrong in (prefix, "abc", "other_abc", f"{prefix}a/b", f"{prefix}a b", prefix + "x" * 128):
        refused = await http.post(f"/{path}", json=body, headers={"X-Asstctl-Id": wrong})
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "x-asstctl-id"


async def test_the_id_for_a_thread_and_its_run_is_the_threads(http: httpx2.AsyncClient) -> None:
    assistant = (await http.post("/assistants", json={"model": "m"})).json()
    body = {"assistant_id": assistant["id"]}
    made = await http.post("/threads/runs", json=body, headers={"X-Asstctl-Id": "thread_known"})
    assert made.json()["thread_id"] == "thread_known"
    assert made.json()["id"].startswith("run_")
    refused = await http.post("/threads/runs", json=body, headers={"X-Asstctl-Id": "run_known"})
    assert refused.status_code == 400
    assert "expected 'thread_'" in refused.json()["error"]["message"]
