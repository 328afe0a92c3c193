"""What the Responses and Conversations endpoints refuse, in the original's words where known."""

from typing import Any

import httpx2
import openai
import pytest

from emulator.test_responses import WEATHER

ASK: dict[str, Any] = {"model": "gpt-4o", "input": "Hello"}
NESTED = {"type": "function", "function": {"name": "f", "parameters": {}}, "strict": False}
FLAT = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False}
SEARCH = {"type": "file_search", "vector_store_ids": ["vs_x"]}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


def _without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def _says(item: dict[str, Any]) -> dict[str, Any]:
    return {"input": [item]}


def _file(**part: Any) -> dict[str, Any]:
    return _says({"role": "user", "content": [{"type": "input_file", **part}]})


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"assistant_id": "asst_x"}, "assistant_id", "unknown_parameter"),
        ({"max_completion_tokens": 9}, "max_completion_tokens", "unknown_parameter"),
        ({"response_format": {"type": "text"}}, "response_format", "unknown_parameter"),
        ({"model": None}, "model", "invalid_type"),
        ({"model": 1}, "model", "invalid_type"),
        ({"input": 3}, "input", "invalid_type"),
        ({"input": None}, "input", "missing_required_parameter"),
        ({"input": []}, "input", "missing_required_parameter"),
        ({"tools": [NESTED]}, "tools[0].function", "unknown_parameter"),
        ({"tools": [_without(FLAT, "name")]}, "tools[0].name", "missing_required_parameter"),
        ({"tools": [_without(FLAT, "strict")]}, "tools[0].strict", "missing_required_parameter"),
        (
            {"tools": [_without(FLAT, "parameters")]},
            "tools[0].parameters",
            "missing_required_parameter",
        ),
        ({"tools": [FLAT | {"name": "no spaces"}]}, "tools[0].name", "invalid_value"),
        (
            {"tools": [FLAT | {"parameters": OPEN, "strict": True}]},
            "tools[0]",
            "invalid_function_parameters",
        ),
        ({"tools": [{"type": "file_search"}]}, "tools[0].vector_store_ids", None),
        ({"tools": [SEARCH | {"max_num_results": 51}]}, "tools[0].max_num_results", None),
        (
            {"tools": [SEARCH | {"ranking_options": {"ranker": "default_2024_08_21"}}]},
            "tools[0].ranking_options.ranker",
            "invalid_value",
        ),
        ({"tools": [{"type": "code_interpreter"}]}, "tools[0].container", None),
        ({"tools": [{"type": "retrieval"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "tools[0]", "invalid_value"),
        ({"tool_choice": "required"}, "tool_choice", None),
        ({"tools": [FLAT], "tool_choice": {"type": "function", "name": "g"}}, "tool_choice", None),
        ({"tools": [FLAT], "tool_choice": {"type": "file_search"}}, "tool_choice", None),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            "tool_choice.function",
            "unknown_parameter",
        ),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format.name", None),
        (
            {
                "text": {
                    "format": {"type": "json_schema", "name": "n", "schema": OPEN, "strict": True}
                }
            },
            "text.format",
            "invalid_json_schema",
        ),
        ({"text": {"format": {"type": "json_object"}}}, "input", None),
        ({"text": {"verbosity": "loud"}}, "text.verbosity", "invalid_value"),
        ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
        ({"max_output_tokens": 15}, "max_output_tokens", "integer_below_min_value"),
        ({"metadata": {"k": "v" * 513}}, "metadata", "string_above_max_length"),
        ({"include": ["everything"]}, "include[0]", "invalid_value"),
        ({"background": True, "store": False}, None, "invalid_value"),
        ({"reasoning": {"effort": "low"}}, "reasoning.effort", "unsupported_parameter"),
        ({"model": "o3-mini", "temperature": 0.2}, "temperature", "unsupported_parameter"),
        ({"model": "gpt-5", "top_p": 0.2}, "top_p", "unsupported_parameter"),
        (_says({"role": "user"}), "input[0].content", "missing_required_parameter"),
        (_says({"type": "message", "role": "bot", "content": "x"}), "input[0].role", None),
        (_says({"type": "function_call", "name": "f"}), "input[0].call_id", None),
        (_says({"type": "telepathy"}), "input[0].type", "invalid_value"),
        (
            _says({"role": "user", "content": [{"type": "text", "text": "x"}]}),
            "input[0].content[0].type",
            "invalid_value",
        ),
        (
            _says({"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}),
            "input[0].content[0].type",
            "invalid_value",
        ),
        (_says({"id": "abc", "role": "user", "content": "x"}), "input[0].id", "invalid_value"),
        (
            _says({"type": "reasoning", "id": "msg_1", "summary": []}),
            "input[0].id",
            "invalid_value",
        ),
        (_file(), "input[0].content[0]", "invalid_value"),
        (_file(file_id="file-x"), "input[0].content[0].file_id", "invalid_value"),
        (_file(file_url="https://x.test/a.pdf"), "input[0].content[0].file_url", "invalid_value"),
        (_file(file_data="aGk="), "input[0].content[0]", "missing_required_parameter"),
        (_file(file_data="?", filename="a.md"), "input[0].content[0].file_data", "invalid_value"),
        (_file(file_data="aGk=", filename="a.exe"), "input[0].content[0]", "unsupported_file"),
        (_file(file_data="aGk=", filename="a.pdf"), "input", "invalid_value"),
        ({"previous_response_id": "resp_x"}, "previous_response_id", "previous_response_not_found"),
        (
            {"previous_response_id": "resp_x", "conversation": "conv_x"},
            None,
            "mutually_exclusive_parameters",
        ),
    ],
)
async def test_a_request_is_refused(
    http: httpx2.AsyncClient, change: dict[str, Any], param: str | None, code: str | None
) -> None:
    refused = await http.post("/responses", json=ASK | change)
    assert refused.status_code == 400, refused.text
    error = refused.json()["error"]
    assert error["param"] == param, error
    assert code in (None, error["code"]), error
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tools": [SEARCH]}, "Vector store with id 'vs_x' not found."),
        (
            {"tools": [{"type": "code_interpreter", "container": "cntr_x"}]},
            "Container with id 'cntr_x' not found.",
        ),
        ({"conversation": "conv_x"}, "Conversation with id 'conv_x' not found."),
        ({"conversation": {"id": "conv_x"}}, "Conversation with id 'conv_x' not found."),
        (_says({"type": "item_reference", "id": "msg_x"}), "Item with id 'msg_x' not found."),
        ({"prompt": {"id": "pmpt_x"}}, "Prompt with id 'pmpt_x' not found."),
    ],
)
async def test_what_is_not_there_is_404(
    http: httpx2.AsyncClient, change: dict[str, Any], told: str
) -> None:
    refused = await http.post("/responses", json=ASK | change)
    assert refused.status_code == 404
    assert refused.json()["error"]["message"] == told


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/responses/resp_x"),
        ("GET", "/responses/resp_x?stream=true"),
        ("DELETE", "/responses/resp_x"),
        ("POST", "/responses/resp_x/cancel"),
        ("GET", "/responses/resp_x/input_items"),
        ("GET", "/conversations/conv_x"),
        ("POST", "/conversations/conv_x"),
        ("DELETE", "/conversations/conv_x"),
        ("GET", "/conversations/conv_x/items"),
        ("POST", "/conversations/conv_x/items"),
        ("GET", "/conversations/conv_x/items/msg_x"),
        ("DELETE", "/conversations/conv_x/items/msg_x"),
    ],
)
async def test_unknown_ids(http: httpx2.AsyncClient, method: str, path: str) -> None:
    refused = await http.request(method, path, json={})
    assert refused.status_code == 404
    noun = "Response" if "resp_x" in path else "Conversation"
    assert refused.json()["error"]["message"].startswith(f"{noun} with id '")


async def test_no_header_is_wanted_and_any_is_taken(http: httpx2.AsyncClient) -> None:
    for headers in ({}, {"OpenAI-Beta": "assistants=v2"}, {"OpenAI-Beta": "agents=v1"}):
        assert (await http.post("/responses", json=ASK, headers=headers)).status_code == 200
        assert (await http.post("/conversations", json={}, headers=headers)).status_code == 200


async def test_sampling_is_refused_only_where_a_model_thinks(client: openai.AsyncOpenAI) -> None:
    for model in ("gpt-4o", "llama", "gpt-5-chat-latest"):
        made = await client.responses.create(model=model, input="x", temperature=0.2)
        assert made.temperature == 0.2
    plain: Any = {"effort": "none"}
    await client.responses.create(model="gpt-5.2", input="x", temperature=0.2, reasoning=plain)


async def test_json_is_told_to_the_model(client: openai.AsyncOpenAI) -> None:
    shape: Any = {"format": {"type": "json_object"}}
    for said, instructions in (("Answer in JSON", None), ("x", "Use json.")):
        made = await client.responses.create(
            model="gpt-4o", text=shape, input=said, instructions=instructions
        )
        assert made.output_text.startswith("{")


async def test_secrets_of_tools_do_not_come_back(http: httpx2.AsyncClient) -> None:
    tool = {
        "type": "mcp",
        "server_label": "docs",
        "server_url": "https://mcp.test",
        "authorization": "s3cret",
        "headers": {"X-Key": "s3cret"},
    }
    answer = await http.post("/responses", json=ASK | {"tools": [tool]})
    assert answer.status_code == 200
    assert "s3cret" not in answer.text
    assert answer.json()["tools"][0]["headers"] == {"X-Key": "<redacted>"}


async def test_an_unanswered_call_locks_the_conversation(client: openai.AsyncOpenAI) -> None:
    talk = await client.conversations.create()
    made = await client.responses.create(
        model="gpt-4o", input="get_weather in Porto", tools=[WEATHER], conversation=talk.id
    )
    call: Any = made.output[0]
    for talk_id, previous in ((talk.id, None), (None, made.id)):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(
                model="gpt-4o", input="Well?", conversation=talk_id, previous_response_id=previous
            )
        told = f"No tool output found for function call {call.call_id}."
        assert refused.value.body == {
            "message": told,
            "type": "invalid_request_error",
            "param": "input",
            "code": None,
        }
    await client.conversations.items.delete(call.id, conversation_id=talk.id)
    await client.responses.create(model="gpt-4o", input="Well?", conversation=talk.id)


async def test_an_output_needs_its_call(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"No tool call found for .* call_id call_x\."):
        await client.responses.create(
            model="gpt-4o",
            input=[{"type": "function_call_output", "call_id": "call_x", "output": "sunny"}],
        )


async def test_an_item_is_given_once(client: openai.AsyncOpenAI) -> None:
    made = await client.responses.create(model="gpt-4o", input="Hello")
    again: Any = [*made.output, {"role": "user", "content": "And?"}]
    with pytest.raises(openai.BadRequestError, match="Duplicate item found with id msg_"):
        await client.responses.create(model="gpt-4o", previous_response_id=made.id, input=again)
    await client.responses.create(model="gpt-4o", input=again)


async def test_a_conversation_takes_twenty_items_at_a_time(client: openai.AsyncOpenAI) -> None:
    item: Any = {"role": "user", "content": "x"}
    with pytest.raises(openai.BadRequestError, match="maximum length 20"):
        await client.conversations.create(items=[item] * 21)
    talk = await client.conversations.create(items=[item] * 20)
    with pytest.raises(openai.BadRequestError, match="maximum length 20"):
        await client.conversations.items.create(talk.id, items=[item] * 21)
    found = [one async for one in client.conversations.items.list(talk.id, limit=7)]
    assert len(found) == 20


async def test_only_background_responses_are_cancelled(client: openai.AsyncOpenAI) -> None:
    made = await client.responses.create(model="gpt-4o", input="x")
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        await client.responses.cancel(made.id)
    with pytest.raises(openai.BadRequestError, match="cannot be streamed"):
        await client.responses.retrieve(made.id, stream=True)


async def test_too_much_input(client: openai.AsyncOpenAI) -> None:
    long = "word " * 140_000
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(model="gpt-4o", input=long)
    assert refused.value.code == "context_length_exceeded"
    talk: Any = [{"role": "user", "content": long}, {"role": "user", "content": "Hello"}]
    with pytest.raises(openai.BadRequestError):
        await client.responses.create(model="gpt-4o", input=talk)
    made = await client.responses.create(model="gpt-4o", input=talk, truncation="auto")
    assert made.usage is not None
    assert made.usage.input_tokens < 128_000
