"""``/agents``: what is kept, what is filled in, what an update replaces, what is refused."""

from typing import Any

import httpx2
import openai
import pytest
from openai.types.beta import Agent, AgentDeleted

from emulator.agents import BETA, WEATHER
from emulator.walker import Walker

MCP: Any = {
    "type": "mcp",
    "server_label": "docs",
    "transport": {"type": "http", "server_url": "https://docs.example/mcp"},
}
STDIO: Any = {"type": "stdio", "command": "serve-docs", "cwd": "/workspace"}


async def test_what_is_unset_reads_back_as_its_default(walker: Walker) -> None:
    made = await walker.client.beta.agents.create(model="gpt-4o")
    agent = walker.exactly(Agent)
    assert agent == {
        "id": made.id,
        "object": "agent",
        "created_at": 1_800_000_000,
        "updated_at": 1_800_000_000,
        "model": "gpt-4o",
        "name": None,
        "instructions": None,
        "metadata": {},
        "tools": [],
        "reasoning": {"effort": None, "summary": None},
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "service_tier": "auto",
        "multi_agent": {"enabled": False, "max_concurrent_subagents": None},
        "compaction": {"async": False},
        "experimental": {"time_awareness": False},
    }


async def test_what_is_set_comes_back(walker: Walker) -> None:
    given: Any = {
        "model": "gpt-5",
        "name": "n" * 128,
        "instructions": "Be brief.",
        "metadata": {"team": "support"},
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {
            "format": {"type": "json_schema", "schema": {"type": "object"}},
            "verbosity": "low",
        },
        "service_tier": "flex",
        "multi_agent": {"enabled": True, "max_concurrent_subagents": 2},
        "compaction": {"async": True},
        "experimental": {"time_awareness": True},
    }
    made = await walker.client.beta.agents.create(**given)
    assert walker.exactly(Agent) == walker.last | given
    await walker.client.beta.agents.retrieve(made.id)
    assert walker.exactly(Agent) == walker.last | given


@pytest.mark.parametrize(
    ("model", "effort"),
    [("gpt-5", "medium"), ("gpt-5.2", "none"), ("o3-mini", "medium"), ("gpt-4o", None)],
)
async def test_an_effort_that_is_left_out_is_the_models_own(
    client: openai.AsyncOpenAI, model: str, effort: str | None
) -> None:
    agents = client.beta.agents
    made = await agents.create(model=model, reasoning={"summary": "auto"})
    assert (made.reasoning.effort, made.reasoning.summary) == (effort, "auto")
    assert (await agents.update(made.id, model="gpt-4.1")).reasoning.effort is None


async def test_tools_are_filled_in(walker: Walker) -> None:
    tools: Any = [
        WEATHER,
        {"type": "web_search", "location": {"city": "Porto"}},
        MCP,
        MCP | {"server_label": "local", "transport": STDIO, "required": True},
        {"type": "tool_search"},
        {"type": "programmatic_tool_calling"},
        {"type": "computer_use"},
        {"type": "automations"},
    ]
    await walker.client.beta.agents.create(model="gpt-4o", tools=tools)
    shown = walker.exactly(Agent)["tools"]
    mcp: dict[str, Any] = {
        "allowed_tools": None,
        "connection_origin": "service",
        "credential_id": None,
        "request_metadata": {},
        "required": False,
    }
    assert shown == [
        WEATHER | {"defer_loading": False},
        {
            "type": "web_search",
            "mode": "live",
            "context_size": "medium",
            "allowed_domains": None,
            "location": {"city": "Porto", "country": None, "region": None, "timezone": None},
        },
        MCP | mcp | {"transport": MCP["transport"] | {"headers": {}}},
        MCP
        | mcp
        | {
            "server_label": "local",
            "transport": STDIO | {"args": [], "env_vars": []},
            "required": True,
        },
        {"type": "tool_search"},
        {"type": "programmatic_tool_calling", "enabled": True},
        {"type": "computer_use", "include_screenshots": False},
        {"type": "automations"},
    ]


async def test_subagents_are_six_when_enabled(client: openai.AsyncOpenAI) -> None:
    made = await client.beta.agents.create(model="gpt-4o", multi_agent={"enabled": True})
    assert made.multi_agent.max_concurrent_subagents == 6


async def test_an_update_keeps_what_is_left_out(walker: Walker, clock: Any) -> None:
    agents = walker.client.beta.agents
    made = await agents.create(model="gpt-4o", name="A", instructions="B", tools=[WEATHER])
    before = walker.last
    clock.advance(5)
    await agents.update(made.id, name="C")
    assert walker.exactly(Agent) == before | {"name": "C", "updated_at": before["updated_at"] + 5}


async def test_an_update_replaces_objects_whole_and_merges_experimental(
    http: httpx2.AsyncClient,
) -> None:
    given = {
        "model": "gpt-5",
        "reasoning": {"effort": "low", "summary": "auto"},
        "metadata": {"a": "1", "b": "2"},
        "tools": [WEATHER],
        "experimental": {"time_awareness": True},
    }
    agent = (await http.post("/agents", json=given, headers=BETA)).json()
    changes = {"reasoning": {"effort": "high"}, "metadata": {"b": "3"}, "experimental": {}}
    changed = (await http.post(f"/agents/{agent['id']}", json=changes, headers=BETA)).json()
    assert changed["reasoning"] == {"effort": "high", "summary": None}
    assert changed["metadata"] == {"b": "3"}
    assert changed["experimental"] == {"time_awareness": True}
    assert changed["tools"] == agent["tools"]


async def test_null_clears(http: httpx2.AsyncClient) -> None:
    given: dict[str, Any] = {
        "name": "A",
        "instructions": "B",
        "metadata": {"a": "1"},
        "tools": [WEATHER],
        "reasoning": {"effort": "low"},
        "text": {"verbosity": "low"},
        "service_tier": "flex",
        "multi_agent": {"enabled": True},
        "compaction": {"async": True},
    }
    plain = (await http.post("/agents", json={"model": "gpt-4o"}, headers=BETA)).json()
    agent = (await http.post("/agents", json=given | {"model": "gpt-4o"}, headers=BETA)).json()
    cleared = await http.post(
        f"/agents/{agent['id']}", json=dict.fromkeys(given, None), headers=BETA
    )
    assert cleared.json() | {"id": plain["id"]} == plain


async def test_a_deleted_agent_is_gone(walker: Walker) -> None:
    agents = walker.client.beta.agents
    made = await agents.create(model="gpt-4o")
    await agents.delete(made.id)
    assert walker.exactly(AgentDeleted)["deleted"] is True
    for asked in (agents.retrieve(made.id), agents.delete(made.id), agents.update(made.id)):
        with pytest.raises(openai.NotFoundError) as missing:
            await asked
        assert missing.value.body == {
            "message": f"No agent found with id '{made.id}'.",
            "type": "not_found_error",
            "param": None,
            "code": "not_found_error",
        }


async def test_lists_forgive_a_limit_but_not_a_cursor(http: httpx2.AsyncClient) -> None:
    made = [
        (await http.post("/agents", json={"model": f"m{number}"}, headers=BETA)).json()["id"]
        for number in range(3)
    ]

    async def page(query: str) -> tuple[list[str], bool]:
        answer = (await http.get(f"/agents?{query}", headers=BETA)).json()
        return [item["id"] for item in answer["data"]], answer["has_more"]

    assert await page("limit=0") == ([made[2]], True)
    assert await page("limit=101&order=asc") == (made, False)
    assert await page(f"order=asc&after={made[0]}&limit=1") == ([made[1]], True)
    unknown = await http.get("/agents?after=agent_x", headers=BETA)
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "not_found_error"
    wrong = await http.get("/agents?limit=many", headers=BETA)
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "limit")


def _agent(**fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o"} | fields


BIG = WEATHER | {"description": "x" * (3 * 1024 * 1024)}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "model", "missing_required_parameter"),
    (_agent(model=None), "model", "invalid_type"),
    (_agent(model=""), "model", "string_below_min_length"),
    (_agent(name="x" * 129), "name", "string_above_max_length"),
    (_agent(instructions="x" * 1_048_577), "instructions", "string_above_max_length"),
    (_agent(metadata={str(n): "" for n in range(17)}), "metadata", "object_above_max_properties"),
    (_agent(metadata={"a": None}), "metadata.a", "invalid_type"),
    (_agent(description="x"), "description", "unknown_parameter"),
    (_agent(temperature=1), "temperature", "unknown_parameter"),
    (_agent(tool_resources={}), "tool_resources", "unknown_parameter"),
    (_agent(experimental=None), "experimental", "invalid_type"),
    (_agent(multi_agent={}), "multi_agent.enabled", "missing_required_parameter"),
    (_agent(text={"format": {"type": "json_object"}}), "text.format.type", "invalid_value"),
    (_agent(tools=[{"type": "file_search"}]), "tools[0].type", "invalid_value"),
    (_agent(tools=[{"type": "code_interpreter"}]), "tools[0].type", "invalid_value"),
    (_agent(tools=[WEATHER | {"strict": True}]), "tools[0].strict", "unknown_parameter"),
    (_agent(tools=[WEATHER | {"name": "a b"}]), "tools[0].name", "invalid_value"),
    (
        _agent(tools=[{"type": "function", "name": "f", "parameters": {}}]),
        "tools[0].description",
        "missing_required_parameter",
    ),
    (_agent(tools=[WEATHER, WEATHER]), "tools", "invalid_value"),
    (_agent(tools=[{"type": "web_search"}] * 2), "tools", "invalid_value"),
    (_agent(tools=[BIG]), "tools", "tools_too_large"),
    (
        _agent(tools=[MCP | {"transport": MCP["transport"] | {"authorization": "x"}}]),
        "tools[0].transport.authorization",
        "unknown_parameter",
    ),
]


@pytest.mark.parametrize(("body", "param", "code"), REFUSED)
async def test_what_is_refused(
    http: httpx2.AsyncClient, body: dict[str, Any], param: str, code: str
) -> None:
    refused = await http.post("/agents", json=body, headers=BETA)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["param"], error["code"]) == (param, code)


@pytest.mark.parametrize(
    "values", [[], ["assistants=v2"], ["agents=v1", "agents=v1"], ["agents=v1, assistants=v2"]]
)
@pytest.mark.parametrize("path", ["/agents", "/agents/agent_x", "/vaults", "/agents/sessions"])
async def test_the_header_of_the_beta_is_needed_once(
    http: httpx2.AsyncClient, values: list[str], path: str
) -> None:
    refused = await http.get(path, headers=[("openai-beta", value) for value in values])
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "invalid_beta"
    assert "'OpenAI-Beta: agents=v1'" in refused.json()["error"]["message"]
