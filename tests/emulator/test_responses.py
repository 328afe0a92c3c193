"""Responses and conversations: the unmodified SDK walks every endpoint, every answer is exact."""

from collections.abc import AsyncIterator
from typing import Any, get_args

import openai
import pytest
from openai.types.conversations import (
    Conversation,
    ConversationDeletedResource,
    ConversationItem,
    ConversationItemList,
)
from openai.types.responses import (
    InputTokenCountResponse,
    Response,
    ResponseItem,
    ResponseItemList,
)
from openai.types.responses.response_stream_event import ResponseStreamEvent

from asstctl.emulator.account import Account
from emulator.strict import problems
from emulator.walker import Walker, routes

TEXT = b"# Lisbon\n\nThe tram 28 climbs to the castle.\nA burger costs $23.75.\n"
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
EVENTS = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(ResponseStreamEvent)[0])
}


@pytest.fixture
async def walker(account: Account) -> AsyncIterator[Walker]:
    opened = Walker(account)
    async with opened.client:
        yield opened


async def _store(client: openai.AsyncOpenAI) -> tuple[str, str]:
    file = await client.files.create(file=("lisbon.md", TEXT), purpose="assistants")
    store = await client.vector_stores.create()
    await client.vector_stores.files.create_and_poll(
        file.id, vector_store_id=store.id, attributes={"city": "lisbon"}
    )
    return store.id, file.id


async def test_every_endpoint(walker: Walker, account: Account) -> None:
    store_id, file_id = await _store(walker.client)
    response_id = await _responses(walker, store_id, file_id)
    await _streams(walker, store_id)
    await _conversations(walker, file_id)
    await _background(walker)
    await walker.client.responses.delete(response_id)
    assert walker.last == {"id": response_id, "object": "response", "deleted": True}
    code = {("GET", "/containers/{id}/files/{id}/content")}  # only code that runs makes files there
    assert routes(account, "responses") - walker.seen == code


async def _responses(walker: Walker, store_id: str, file_id: str) -> str:
    responses = walker.client.responses
    await responses.create(model="gpt-4o", input="Hello")
    walker.exactly(Response)
    await _count(walker)
    made = await responses.create(
        model="gpt-4o-mini",
        instructions="Be succinct.",
        input=[
            {"role": "developer", "content": "Say where you know it from."},
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "image_url": "https://x.test/a.png", "detail": "low"},
                    {"type": "input_file", "file_id": file_id},
                    {"type": "input_text", "text": "Where does the tram climb? What is JSON?"},
                ],
            },
        ],
        tools=[
            {
                "type": "file_search",
                "vector_store_ids": [store_id],
                "max_num_results": 3,
                "ranking_options": {"ranker": "auto", "score_threshold": 0.1},
                "filters": {"type": "eq", "key": "city", "value": "lisbon"},
            },
            {"type": "code_interpreter", "container": {"type": "auto", "file_ids": [file_id]}},
            {"type": "web_search", "user_location": {"type": "approximate", "country": "PT"}},
            {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"},
            WEATHER,
        ],
        include=["file_search_call.results", "code_interpreter_call.outputs"],
        text={"format": {"type": "text"}, "verbosity": "low"},
        temperature=0.2,
        top_p=0.9,
        max_output_tokens=1000,
        truncation="auto",
        service_tier="auto",
        metadata={"team": "support"},
        parallel_tool_calls=False,
        user="u",
        safety_identifier="s",
        prompt_cache_key="k",
    )
    body = walker.exactly(Response)
    kinds = [item["type"] for item in body["output"]]
    assert kinds == ["mcp_list_tools", "file_search_call", "message"]
    assert "tram 28" in body["output"][1]["results"][0]["text"]
    (part,) = body["output"][2]["content"]
    (annotation,) = part["annotations"]
    assert annotation["filename"] == "lisbon.md"
    assert part["text"][: annotation["index"]].endswith("climbs to the castle.")
    assert "【" not in part["text"]
    await responses.retrieve(made.id)
    body = walker.exactly(Response)
    assert body["output"][1]["results"] is None
    await responses.input_items.list(made.id, order="asc", limit=1)
    assert walker.page(ResponseItem)["has_more"]
    walker.exactly(ResponseItemList)
    return made.id


async def _count(walker: Walker) -> None:
    """Tokens are counted beforehand as they are afterwards; nothing is compacted here."""
    responses = walker.client.responses
    first = await responses.create(model="gpt-4o", input="Hello", tools=[WEATHER])
    asked: Any = {
        "input": "Is it raining?",
        "instructions": "Be brief.",
        "previous_response_id": first.id,
        "tools": [WEATHER],
    }
    counted = await responses.input_tokens.count(**asked, personality="friendly")
    assert walker.exactly(InputTokenCountResponse)["object"] == "response.input_tokens"
    then = await responses.create(model="gpt-4o", **asked)
    assert first.usage is not None
    assert then.usage is not None
    assert counted.input_tokens == then.usage.input_tokens > first.usage.input_tokens
    with pytest.raises(openai.BadRequestError, match="Unknown parameter: 'temperature'"):
        await responses.input_tokens.count(input="Hello", extra_body={"temperature": 0})
    with pytest.raises(openai.NotFoundError, match="the local account compacts nothing"):
        await responses.compact(model="gpt-4o", input="Hello")


async def _streams(walker: Walker, store_id: str) -> None:
    search: Any = {"type": "file_search", "vector_store_ids": [store_id]}
    async with walker.client.responses.stream(
        model="gpt-4o", input="Where does the tram climb?", tools=[search]
    ) as stream:
        final = await stream.get_final_response()
    names = walker.stream(walker.last, EVENTS, "response.completed")
    assert "climbs to the castle" in final.output_text
    assert names[:2] == ["response.created", "response.in_progress"]
    assert names[2:6] == [
        "response.output_item.added",
        "response.file_search_call.in_progress",
        "response.file_search_call.searching",
        "response.file_search_call.completed",
    ]
    assert names[-5:-1] == [
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    for tool, ask in ((WEATHER, "Please get weather in Porto"), (_code(), "Calculate")):
        choice: Any = "required"
        await walker.client.responses.create(
            model="gpt-4o", input=ask, tools=[tool], tool_choice=choice, stream=True
        )
        walker.stream(walker.last, EVENTS, "response.completed")


def _code() -> Any:
    return {"type": "code_interpreter", "container": {"type": "auto"}}


async def _conversations(walker: Walker, file_id: str) -> None:
    conversations = walker.client.conversations
    await conversations.create()
    walker.exactly(Conversation)
    talk = await conversations.create(
        items=[
            {"type": "message", "role": "user", "content": "My name is Ann."},
            {"type": "message", "role": "assistant", "content": "Hello Ann."},
        ],
        metadata={"a": "b"},
    )
    walker.exactly(Conversation)
    await conversations.retrieve(talk.id)
    walker.exactly(Conversation)
    await conversations.update(talk.id, metadata={"c": "d"})
    assert walker.exactly(Conversation)["metadata"] == {"c": "d"}
    await conversations.items.create(
        talk.id,
        items=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Look"},
                    {"type": "input_image", "file_id": file_id, "detail": "auto"},
                    {"type": "input_file", "file_id": file_id},
                ],
            },
            {"type": "reasoning", "id": "rs_1", "summary": []},
        ],
    )
    walker.exactly(ConversationItemList)
    made = await walker.client.responses.create(
        model="gpt-4o", conversation=talk.id, input="Call get_weather for Porto", tools=[WEATHER]
    )
    call: Any = made.output[0]
    await walker.client.responses.create(
        model="gpt-4o",
        conversation=talk.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
        tools=[WEATHER],
    )
    assert "sunny" in walker.exactly(Response)["output"][0]["content"][0]["text"]
    await conversations.items.list(talk.id, order="asc")
    items = walker.page(ConversationItem)["data"]
    assert [item["type"] for item in items] == [
        *("message", "message", "message", "reasoning"),
        *("message", "function_call", "function_call_output", "message"),
    ]
    await conversations.items.retrieve(items[0]["id"], conversation_id=talk.id)
    assert list(problems(ConversationItem, walker.last)) == []
    await conversations.items.delete(items[0]["id"], conversation_id=talk.id)
    walker.exactly(Conversation)
    await conversations.delete(talk.id)
    walker.exactly(ConversationDeletedResource)


async def _background(walker: Walker) -> None:
    responses = walker.client.responses
    made = await responses.create(model="gpt-4o", input="Hello", background=True)
    assert walker.exactly(Response)["status"] == "queued"
    await responses.cancel(made.id)
    assert walker.exactly(Response)["status"] in {"cancelled", "completed"}  # it may be faster
    stream = await responses.create(model="gpt-4o", input="Hi", background=True, stream=True)
    events = [event async for event in stream]
    names = walker.stream(walker.last, EVENTS, "response.completed")
    assert names[:3] == ["response.created", "response.queued", "response.in_progress"]
    first: Any = events[0]
    again = await responses.retrieve(first.response.id, stream=True, starting_after=1)
    assert [event async for event in again] == events[2:]


SEARCH: Any = {"type": "file_search", "vector_store_ids": ["STORE"]}
CODE: Any = {"type": "code_interpreter", "container": {"type": "auto"}}
MCP: Any = {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"}
NEWS: Any = {"type": "web_search_preview", "search_content_types": ["text"]}
EQUAL: Any = {"type": "eq", "key": "city", "value": "lisbon"}
VARIANTS: list[dict[str, Any]] = [
    {"max_output_tokens": 16},
    {"tools": [SEARCH | {"filters": EQUAL}], "tool_choice": {"type": "file_search"}},
    {"tools": [SEARCH | {"filters": {"type": "and", "filters": [EQUAL, EQUAL]}}]},
    {
        "tools": [
            SEARCH
            | {"ranking_options": {"hybrid_search": {"embedding_weight": 1, "text_weight": 2}}}
        ]
    },
    {"tools": [CODE], "tool_choice": {"type": "code_interpreter"}},
    {
        "tools": [
            {
                "type": "code_interpreter",
                "container": {
                    "type": "auto",
                    "memory_limit": "4g",
                    "network_policy": {"type": "allowlist", "allowed_domains": ["x.test"]},
                },
            }
        ]
    },
    {"tools": [NEWS], "tool_choice": {"type": "web_search_preview"}},
    {
        "tools": [
            {"type": "web_search", "filters": {"allowed_domains": ["x.test"]}},
            {"type": "web_search_2025_08_26", "search_context_size": "high"},
        ]
    },
    {
        "tools": [
            MCP | {"allowed_tools": ["a"], "require_approval": "never"},
            MCP
            | {
                "server_label": "more",
                "allowed_tools": {"tool_names": ["a"], "read_only": True},
                "require_approval": {"never": {"tool_names": ["a"]}},
                "headers": {"X-Key": "x"},
                "authorization": "x",
                "server_description": "Docs",
            },
            {"type": "mcp", "server_label": "mail", "connector_id": "connector_gmail"},
        ],
        "tool_choice": {"type": "mcp", "server_label": "docs", "name": "a"},
    },
    {"tools": [{"type": "tool_search"}, {"type": "programmatic_tool_calling"}]},
    {
        "tools": [WEATHER | {"parameters": None, "strict": None, "defer_loading": True}],
        "tool_choice": {
            "type": "allowed_tools",
            "mode": "required",
            "tools": [{"type": "function", "name": "get_weather"}],
        },
    },
    {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "get_weather"}},
    {"tools": [WEATHER], "tool_choice": "none"},
    {"text": {"format": {"type": "json_object"}}, "instructions": "As JSON."},
    {
        "text": {
            "format": {
                "type": "json_schema",
                "name": "answer",
                "description": "An answer",
                "schema": WEATHER["parameters"],
                "strict": True,
            }
        }
    },
    {"model": "gpt-5", "reasoning": {"effort": "high", "summary": "auto"}},
    {"service_tier": "fast", "prompt_cache_retention": "24h", "top_logprobs": 2, "metadata": {}},
]


@pytest.mark.parametrize("change", VARIANTS)
async def test_every_answer_is_exact(walker: Walker, change: dict[str, Any]) -> None:
    client = walker.client
    store_id, _ = await _store(client)
    for tool in change.get("tools", ()):
        if "vector_store_ids" in tool:
            tool["vector_store_ids"] = [store_id]
    body = {"model": "gpt-4o", "input": "Where does the tram climb?"} | change
    everything: Any = ["file_search_call.results", "code_interpreter_call.outputs"]
    made = await client.responses.create(**body, include=everything)
    walker.exactly(Response)
    await client.responses.create(**body, stream=True)
    walker.stream(walker.last, EVENTS, f"response.{made.status}")
    await client.responses.input_items.list(made.id)
    walker.exactly(ResponseItemList)


async def test_every_kind_of_item_is_exact(walker: Walker) -> None:
    items: Any = [
        {"role": "user", "content": "Hello"},
        {"role": "system", "content": "Be kind."},
        {"role": "developer", "content": "Be brief."},
        {"role": "assistant", "content": "Hi.", "phase": "commentary"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Yes.", "annotations": []}],
        },
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "x"},
        {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "f", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "c2",
            "output": [{"type": "input_text", "text": "x"}],
        },
        {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "status": "completed"},
        {
            "type": "code_interpreter_call",
            "id": "ci_1",
            "code": "1",
            "container_id": "cntr_1",
            "outputs": None,
            "status": "completed",
        },
        {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "x", "queries": ["x"]},
        },
        {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "x", "tools": []},
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "x",
        },
    ]
    talk = await walker.client.conversations.create(items=items)
    await walker.client.conversations.items.list(talk.id)
    walker.exactly(ConversationItemList)
    made = await walker.client.responses.create(model="gpt-4o", input=items)
    walker.exactly(Response)
    await walker.client.responses.input_items.list(made.id, order="asc", limit=100)
    listed = walker.exactly(ResponseItemList)
    assert [item["type"] for item in listed["data"]] == [
        item.get("type", "message") for item in items
    ]
