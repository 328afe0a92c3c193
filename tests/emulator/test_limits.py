"""Every limit, with the status, parameter and code that the original answered with."""

from typing import Any

import httpx2
import pytest

FUNCTION = {"type": "function", "function": {"name": "f"}}


def _assistant(**fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o"} | fields


PAIRS_17 = {str(number): "x" for number in range(17)}
ASSISTANTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "model", "missing_required_parameter"),
    (_assistant(instruction="x"), "instruction", "unknown_parameter"),
    (_assistant(name="x" * 257), "name", "string_above_max_length"),
    (_assistant(description="x" * 513), "description", "string_above_max_length"),
    (_assistant(instructions="x" * 256_001), "instructions", "string_above_max_length"),
    (_assistant(name=7), "name", "invalid_type"),
    (_assistant(tools=None), "tools", "invalid_type"),
    (_assistant(tools=[FUNCTION] * 129), "tools", "array_above_max_length"),
    (_assistant(tools=[{"type": "browser"}]), "tools[0].type", "invalid_value"),
    (_assistant(tools=[{}]), "tools[0].type", "missing_required_parameter"),
    (_assistant(tools=["retrieval"]), "tools[0]", "invalid_type"),
    (
        _assistant(tools=[{"type": "function", "function": {"name": "a b"}}]),
        "tools[0].function.name",
        "invalid_value",
    ),
    (
        _assistant(tools=[{"type": "function", "function": {}}]),
        "tools[0].function.name",
        "missing_required_parameter",
    ),
    (_assistant(tools=[{"type": "function"}]), "tools[0].function", "missing_required_parameter"),
    (
        _assistant(tools=[{"type": "function", "function": {"name": "f", "parameter": {}}}]),
        "tools[0].function.parameter",
        "unknown_parameter",
    ),
    (
        _assistant(
            tools=[{"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}]
        ),
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    (
        _assistant(tools=[{"type": "file_search", "file_search": {"max_num_results": 51}}]),
        "tools[0].file_search.max_num_results",
        "integer_above_max_value",
    ),
    (
        _assistant(
            tools=[
                {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 2}}}
            ]
        ),
        "tools[0].file_search.ranking_options.score_threshold",
        "integer_above_max_value",
    ),
    (_assistant(temperature=2.5), "temperature", "decimal_above_max_value"),
    (_assistant(temperature="hot"), "temperature", "invalid_type"),
    (_assistant(top_p=-0.5), "top_p", "decimal_below_min_value"),
    (_assistant(metadata=PAIRS_17), "metadata", "object_above_max_properties"),
    (_assistant(metadata={"k" * 65: "v"}), "metadata", "property_name_above_max_length"),
    (_assistant(metadata={"k": "v" * 513}), "metadata", "string_above_max_length"),
    (_assistant(metadata={"k": None}), "metadata.k", "invalid_type"),
    (_assistant(metadata={"k": 1}), "metadata.k", "invalid_type"),
    (_assistant(response_format="json"), "response_format", "invalid_value"),
    (_assistant(response_format={"type": "yaml"}), "response_format.type", "invalid_value"),
    (
        _assistant(response_format={"type": "json_schema"}),
        "response_format.json_schema",
        "missing_required_parameter",
    ),
    (_assistant(reasoning_effort="huge"), "reasoning_effort", "invalid_value"),
    (
        _assistant(tool_resources={"code_interpreter": {"file_ids": ["file-x"] * 21}}),
        "tool_resources.code_interpreter.file_ids",
        "array_above_max_length",
    ),
    (
        _assistant(tool_resources={"code_interpreter": {"file_ids": ["file-x"]}}),
        "tool_resources.code_interpreter.file_ids",
        "invalid_value",
    ),
    (
        _assistant(tool_resources={"file_search": {"vector_store_ids": ["vs_x", "vs_y"]}}),
        "tool_resources.file_search.vector_store_ids",
        "array_above_max_length",
    ),
    (
        _assistant(tool_resources={"file_search": {"vector_store_ids": ["vs_x"]}}),
        "tool_resources.file_search.vector_store_ids",
        "invalid_value",
    ),
]

STORES: list[tuple[dict[str, Any], str, str]] = [
    ({"file_ids": ["file-x"] * 501}, "file_ids", "array_above_max_length"),
    ({"file_ids": ["file-x"]}, "file_ids", "invalid_value"),
    ({"metadata": PAIRS_17}, "metadata", "object_above_max_properties"),
    ({"expires_after": {"days": 3}}, "expires_after.anchor", "missing_required_parameter"),
    (
        {"expires_after": {"anchor": "last_active_at", "days": 366}},
        "expires_after.days",
        "integer_above_max_value",
    ),
    (
        {"expires_after": {"anchor": "last_active_at", "days": 1.5}},
        "expires_after.days",
        "invalid_type",
    ),
    ({"chunking_strategy": {"type": "other"}}, "chunking_strategy.type", "invalid_value"),
    (
        {
            "chunking_strategy": {
                "type": "static",
                "static": {"max_chunk_size_tokens": 99, "chunk_overlap_tokens": 0},
            }
        },
        "chunking_strategy.static.max_chunk_size_tokens",
        "integer_below_min_value",
    ),
    (
        {
            "chunking_strategy": {
                "type": "static",
                "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51},
            }
        },
        "chunking_strategy.static",
        "invalid_value",
    ),
]

MESSAGES: list[tuple[dict[str, Any], str, str]] = [
    ({"content": "x"}, "role", "missing_required_parameter"),
    ({"role": "system", "content": "x"}, "role", "invalid_value"),
    ({"role": "user", "content": ""}, "content", "invalid_value"),
    ({"role": "user", "content": []}, "content", "array_below_min_length"),
    ({"role": "user", "content": 5}, "content", "invalid_type"),
    ({"role": "user", "content": [{"type": "audio"}]}, "content[0].type", "invalid_value"),
    (
        {"role": "user", "content": [{"type": "text", "text": {"value": "x"}}]},
        "content[0].text",
        "invalid_type",
    ),
    (
        {"role": "user", "content": "x", "attachments": [{"file_id": "file-x", "tools": []}]},
        "attachments",
        "invalid_value",
    ),
    (
        {
            "role": "user",
            "content": "x",
            "attachments": [{"file_id": "file-x", "tools": [{"type": "function"}]}],
        },
        "attachments[0].tools[0].type",
        "invalid_value",
    ),
]

RUNS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "assistant_id", "missing_required_parameter"),
    ({"max_prompt_tokens": 255}, "max_prompt_tokens", "integer_below_min_value"),
    ({"max_completion_tokens": 1}, "max_completion_tokens", "integer_below_min_value"),
    ({"tools": [FUNCTION] * 21}, "tools", "array_above_max_length"),
    ({"tool_choice": "maybe"}, "tool_choice", "invalid_value"),
    ({"tool_choice": {"type": "function"}}, "tool_choice.function", "missing_required_parameter"),
    (
        {"tool_choice": {"type": "function", "function": {"name": "nope"}}},
        "tool_choice",
        "invalid_value",
    ),
    ({"tool_choice": {"type": "file_search"}}, "tool_choice", "invalid_value"),
    (
        {"truncation_strategy": {"type": "last_messages"}},
        "truncation_strategy",
        "missing_required_parameter",
    ),
    (
        {"truncation_strategy": {"type": "last_messages", "last_messages": 0}},
        "truncation_strategy.last_messages",
        "integer_below_min_value",
    ),
    ({"stream": "yes"}, "stream", "invalid_type"),
    (
        {"additional_messages": [{"role": "user", "content": ""}]},
        "additional_messages[0].content",
        "invalid_value",
    ),
]


def _refusal(response: httpx2.Response) -> tuple[int, str, str, str]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["param"] in error["message"] or error["code"] == "invalid_value"
    return response.status_code, error["type"], error["param"], error["code"]


@pytest.mark.parametrize(("body", "param", "code"), ASSISTANTS)
async def test_assistants(
    http: httpx2.AsyncClient, body: dict[str, Any], param: str, code: str
) -> None:
    refused = await http.post("/assistants", json=body)
    assert _refusal(refused) == (400, "invalid_request_error", param, code)
    if body.get("model") and param != "model":
        created = (await http.post("/assistants", json=_assistant())).json()
        refused = await http.post(f"/assistants/{created['id']}", json=body)
        assert _refusal(refused) == (400, "invalid_request_error", param, code)


@pytest.mark.parametrize(("body", "param", "code"), STORES)
async def test_vector_stores(
    http: httpx2.AsyncClient, body: dict[str, Any], param: str, code: str
) -> None:
    refused = await http.post("/vector_stores", json=body)
    assert _refusal(refused) == (400, "invalid_request_error", param, code)


@pytest.mark.parametrize(("body", "param", "code"), MESSAGES)
async def test_messages(
    http: httpx2.AsyncClient, body: dict[str, Any], param: str, code: str
) -> None:
    thread = (await http.post("/threads")).json()
    refused = await http.post(f"/threads/{thread['id']}/messages", json=body)
    assert _refusal(refused) == (400, "invalid_request_error", param, code)
    refused = await http.post("/threads", json={"messages": [body]})
    assert _refusal(refused) == (400, "invalid_request_error", f"messages[0].{param}", code)


@pytest.mark.parametrize(("body", "param", "code"), RUNS)
async def test_runs(http: httpx2.AsyncClient, body: dict[str, Any], param: str, code: str) -> None:
    thread = (await http.post("/threads")).json()
    assistant = (await http.post("/assistants", json=_assistant())).json()
    if param != "assistant_id":
        body = {"assistant_id": assistant["id"]} | body
    refused = await http.post(f"/threads/{thread['id']}/runs", json=body)
    assert _refusal(refused) == (400, "invalid_request_error", param, code)
    assert (await http.get(f"/threads/{thread['id']}/messages")).json()["data"] == []


async def test_what_is_just_within_the_limits(http: httpx2.AsyncClient) -> None:
    body = _assistant(
        name="x" * 256,
        description="x" * 512,
        instructions="é" * 256_000,
        tools=[{"type": "function", "function": {"name": f"f_{number}"}} for number in range(128)],
        metadata={str(number).ljust(64, "k"): "v" * 512 for number in range(16)},
        temperature=2,
        top_p=0,
        reasoning_effort="xhigh",
    )
    created = (await http.post("/assistants", json=body)).json()
    assert created["instructions"] == body["instructions"]
    assert created["metadata"] == body["metadata"]
    assert created["reasoning_effort"] == "xhigh"
    assert len(created["tools"]) == 128


async def test_batches_name_files_in_one_way_only(http: httpx2.AsyncClient) -> None:
    store = (await http.post("/vector_stores", json={})).json()
    path = f"/vector_stores/{store['id']}/file_batches"
    for body in ({}, {"file_ids": ["file-x"], "files": [{"file_id": "file-x"}]}):
        assert (await http.post(path, json=body)).json()["error"]["param"] == "file_ids"
    too_many = {"file_ids": ["file-x"] * 2001}
    error = (await http.post(path, json=too_many)).json()["error"]
    assert error["code"] == "array_above_max_length"


async def test_file_attributes(http: httpx2.AsyncClient) -> None:
    store = (await http.post("/vector_stores", json={})).json()
    path = f"/vector_stores/{store['id']}/files"
    for attributes, code in (
        (PAIRS_17, "object_above_max_properties"),
        ({"k": "v" * 513}, "string_above_max_length"),
        ({"k": []}, "invalid_type"),
    ):
        refused = await http.post(path, json={"file_id": "file-x", "attributes": attributes})
        assert refused.json()["error"]["code"] == code, refused.json()
