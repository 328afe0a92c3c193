"""Whatever is sent, the answer is an object or a refusal, never an accident."""

import asyncio
import json
from typing import Any

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from asstctl.emulator import open_account
from support.examples import UNHURRIED, tries

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["file_search", "function", "auto", "static", "user", "text", "eq", "and"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
BETA = {"openai-beta": "agents=v1"}
_EXPECTED = frozenset({200, 201, 202, 400, 404, 409, 424})
SESSION = {"environment": {"type": "none"}, "agent": {"model": "m"}, "input": "f"}
GOOD: dict[str, dict[str, Any]] = {
    "/assistants": {
        "model": "gpt-4o",
        "name": "x",
        "tools": [
            {"type": "file_search", "file_search": {"max_num_results": 3}},
            {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
        ],
        "tool_resources": {"file_search": {"vector_stores": [{"file_ids": []}]}},
        "metadata": {"a": "b"},
        "temperature": 1,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
    },
    "/threads": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "x"}],
                "attachments": [{"file_id": "file-x", "tools": [{"type": "file_search"}]}],
            }
        ]
    },
    "/vector_stores": {
        "name": "x",
        "expires_after": {"anchor": "last_active_at", "days": 1},
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 10},
        },
    },
    "/threads/runs": {
        "assistant_id": "asst_x",
        "thread": {"messages": [{"role": "user", "content": "x"}]},
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "truncation_strategy": {"type": "last_messages", "last_messages": 1},
    },
    "/responses": {
        "model": "gpt-4o",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "x"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "x"},
            {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "status": "completed"},
        ],
        "tools": [
            {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False},
            {"type": "code_interpreter", "container": {"type": "auto", "file_ids": []}},
            {"type": "mcp", "server_label": "x", "server_url": "https://x.test"},
        ],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {}}},
        "metadata": {"a": "b"},
    },
    "/conversations": {"items": [{"role": "user", "content": "x"}], "metadata": {"a": "b"}},
    "/uploads": {"filename": "a", "purpose": "assistants", "bytes": 1, "mime_type": "text/plain"},
    "/vector_stores/STORE/search": {
        "query": "x",
        "filters": {"type": "and", "filters": [{"type": "eq", "key": "k", "value": 1}]},
        "ranking_options": {"score_threshold": 0.5},
    },
    "/agents": {
        "model": "gpt-4o",
        "name": "x",
        "metadata": {"a": "b"},
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_schema", "schema": {}}, "verbosity": "low"},
        "multi_agent": {"enabled": True, "max_concurrent_subagents": 2},
        "experimental": {"time_awareness": True},
        "tools": [
            {"type": "function", "name": "f", "description": "", "parameters": {"type": "object"}},
            {"type": "web_search", "location": {"city": "x"}, "allowed_domains": ["x"]},
            {
                "type": "mcp",
                "server_label": "x",
                "transport": {"type": "http", "server_url": "http://x", "headers": {"a": "b"}},
            },
        ],
    },
    "/agents/environments/templates": {
        "name": "x",
        "files": [{"type": "inline", "path": "/workspace/a", "data": "aGk="}],
        "packages": {"python": ["x"]},
        "env": {"a": "b"},
        "network": {"access": "restricted", "blocked_domains": ["x"]},
        "setup_commands": [{"command": "x", "cwd": "/workspace"}],
        "skills": [{"type": "skill_reference", "skill_id": "x", "version": "1"}],
        "desktop": {"enabled": True},
    },
    "/agents/sessions": {
        "environment": {
            "type": "openai_hosted",
            "files": [{"type": "inline", "path": "/workspace/a", "data": "aGk="}],
            "network": {"access": "disabled"},
            "container_size": "small",
        },
        "agent": {
            "model": "gpt-4o",
            "reasoning": {"effort": "low"},
            "tools": [
                {
                    "type": "function",
                    "name": "f",
                    "description": "",
                    "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
                }
            ],
        },
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "f"}]}],
        "metadata": {"a": "b"},
        "vault_ids": [],
    },
    "/agents/sessions/SESSION/events": {
        "events": [
            {
                "type": "agent.session.input.message",
                "input": [{"role": "user", "content": [{"type": "input_text", "text": "f"}]}],
            },
            {"type": "agent.session.input.cancel"},
            {
                "type": "agent.session.input.tool_result",
                "turn_id": "turn_x",
                "call_id": "call_x",
                "success": True,
                "output": [{"type": "input_text", "text": "x"}],
            },
        ]
    },
    "/vector_stores/STORE/file_batches": {"files": [{"file_id": "file-x", "attributes": {"a": 1}}]},
}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, Any]:
    """Take a good body and put something else somewhere inside it."""
    path = draw(st.sampled_from(sorted(GOOD)))
    body = json.loads(json.dumps(GOOD[path]))
    for _ in range(draw(st.integers(1, 3))):
        here: Any = body
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(here[key], dict | list) and draw(st.booleans()):
                here = here[key]
                continue
            here[key] = draw(VALUES)
            break
        if isinstance(here, dict) and draw(st.booleans()):
            here[draw(st.text(max_size=6) | st.just("file_ids"))] = draw(VALUES)
    return path, body


@tries(0.6, **UNHURRIED)
@given(st.lists(damaged(), min_size=1, max_size=6))
def test_damaged_bodies(requests: list[tuple[str, Any]]) -> None:
    asyncio.run(_send(requests))


async def _send(requests: list[tuple[str, Any]]) -> None:
    async with open_account(None) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            store = (await http.post("/vector_stores")).json()["id"]
            made = await http.post("/agents/sessions", json=SESSION, headers=BETA)
            places = {"STORE": store, "SESSION": made.json()["id"]}
            for path, body in requests:
                answer = await http.post(_filled(path, places), json=body, headers=BETA)
                assert answer.status_code in _EXPECTED, (path, body, answer.text)
                if answer.is_error:
                    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def _filled(path: str, places: dict[str, str]) -> str:
    for name, object_id in places.items():
        path = path.replace(name, object_id)
    return path
