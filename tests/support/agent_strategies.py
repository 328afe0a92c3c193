"""Any agent and any environment template, as far as the Agents API can express them."""

from functools import partial
from typing import Any

from hypothesis import strategies as st

from asstctl.model.assistant import AssistantSpec, Function, HostedTool, Tool, tool_name
from asstctl.model.dialect import AGENTS
from asstctl.model.environment import CLOSED, EnvironmentFile, EnvironmentSpec, SetupCommand
from support.strategies import metadata, names, schemas, texts

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS = ("auto", "default", "flex", "priority", "fast", "ultrafast")
LEVELS = ("low", "medium", "high")


def maybe(values: Any) -> Any:
    """One of some values, or none."""
    return st.none() | (st.sampled_from(values) if isinstance(values, tuple) else values)


functions = st.builds(
    Function,
    name=st.sampled_from(["lookup", "order", "get_weather"]),
    description=maybe(texts),
    parameters=maybe(schemas),
    defer_loading=maybe(st.booleans()),
)
locations = st.dictionaries(
    st.sampled_from(["city", "country", "region", "timezone"]), texts.filter(bool), min_size=1
)
web_searches: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["disabled", "cached", "live"]),
        "context_size": st.sampled_from(LEVELS),
        "allowed_domains": st.lists(names, min_size=1, max_size=2),
        "location": locations,
    },
).map(partial(HostedTool, "web_search"))
transports = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("http"), "server_url": st.just("https://mcp.example/")},
        optional={"headers": st.dictionaries(names, names, max_size=1)},
    ),
    st.fixed_dictionaries(
        {"type": st.just("stdio"), "command": names, "cwd": st.just("/workspace")},
        optional={
            "args": st.lists(names, max_size=2),
            "env_vars": st.lists(names, max_size=2),
        },
    ),
)
mcps: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"server_label": st.sampled_from(["docs", "crm"]), "transport": transports},
    optional={
        "allowed_tools": st.lists(names, min_size=1, max_size=2),
        "connection_origin": st.sampled_from(["service", "environment"]),
        "credential_id": names,
        "request_metadata": st.dictionaries(names, names, max_size=1),
        "required": st.booleans(),
    },
).map(partial(HostedTool, "mcp"))
plain_tools = st.one_of(
    st.sampled_from([HostedTool("tool_search"), HostedTool("automations")]),
    st.booleans().map(lambda on: HostedTool("programmatic_tool_calling", {"enabled": on})),
    st.booleans().map(lambda on: HostedTool("computer_use", {"include_screenshots": on})),
)
tool_lists = st.lists(
    st.one_of(functions, web_searches, mcps, plain_tools), unique_by=tool_name, max_size=5
).map(tuple)
response_formats = st.one_of(
    st.sampled_from([None, "auto", {"type": "text"}]),
    schemas.map(lambda schema: {"type": "json_schema", "json_schema": {"schema": schema}}),
)
multi_agents = st.one_of(
    st.just({"enabled": False}),
    st.fixed_dictionaries(
        {"enabled": st.just(True)},
        optional={"max_concurrent_subagents": st.integers(1, 9)},
    ),
)
agent_fields: dict[str, Any] = {
    "model": st.sampled_from(["gpt-5", "gpt-4o-mini"]),
    "name": maybe(texts),
    "instructions": maybe(texts),
    "response_format": response_formats,
    "reasoning_effort": maybe(EFFORTS),
    "reasoning_summary": maybe(("concise", "detailed", "auto")),
    "verbosity": maybe(LEVELS),
    "service_tier": maybe(TIERS),
    "multi_agent": maybe(multi_agents),
    "compaction": maybe(st.booleans().map(lambda on: {"async": on})),
    "experimental": maybe(st.booleans().map(lambda on: {"time_awareness": on})),
    "metadata": metadata,
}
"""The fields of an agent by themselves: without tools and environment."""

agent_specs = st.builds(AssistantSpec, **agent_fields, tools=tool_lists, dialect=st.just(AGENTS))

_domains = st.lists(names, min_size=1, max_size=2)
networks = st.one_of(
    st.sampled_from([CLOSED, {"access": "enabled"}, {"access": "restricted"}]),
    _domains.map(lambda found: {"access": "restricted", "allowed_domains": found}),
    _domains.map(lambda found: {"access": "restricted", "blocked_domains": found}),
)
packages = st.dictionaries(st.sampled_from(["python", "npm", "system"]), _domains, max_size=2)
template_specs = st.builds(
    EnvironmentSpec,
    name=maybe(texts.filter(bool)),
    files=st.lists(names, max_size=2, unique=True).map(
        lambda found: tuple(EnvironmentFile(f"file-{name}", f"/workspace/{name}") for name in found)
    ),
    packages=packages,
    network=networks,
    setup_commands=st.lists(
        st.builds(SetupCommand, names, maybe(("/workspace", "/tmp"))), max_size=2
    ).map(tuple),
    env=st.dictionaries(names, texts, max_size=2),
    skills=st.lists(
        st.fixed_dictionaries(
            {"type": st.just("skill_reference"), "skill_id": names},
            optional={"version": st.sampled_from(["1", "latest"])},
        ),
        max_size=2,
    ).map(tuple),
    desktop=st.booleans(),
    capability_directories=st.lists(names, max_size=2, unique=True).map(
        lambda found: tuple(f"/workspace/{name}" for name in found)
    ),
)


def fullest_tools() -> tuple[Tool, ...]:
    """Every kind of tool, with every option that it has."""
    return (
        Function("lookup", "Look up.", {"type": "object", "properties": {}}, defer_loading=True),
        HostedTool("tool_search"),
        HostedTool("programmatic_tool_calling", {"enabled": False}),
        HostedTool("automations"),
        HostedTool("computer_use", {"include_screenshots": True}),
        HostedTool(
            "web_search",
            {
                "mode": "cached",
                "context_size": "low",
                "allowed_domains": ["example.com"],
                "location": {
                    "city": "Porto",
                    "country": "PT",
                    "region": "Norte",
                    "timezone": "Europe/Lisbon",
                },
            },
        ),
        *(
            HostedTool(
                "mcp",
                {
                    "server_label": label,
                    "transport": transport,
                    "allowed_tools": ["find"],
                    "connection_origin": "environment",
                    "credential_id": "cred_1",
                    "request_metadata": {"team": "support"},
                    "required": True,
                },
            )
            for label, transport in _FULLEST_TRANSPORTS.items()
        ),
    )


_FULLEST_TRANSPORTS: dict[str, Any] = {
    "near": {
        "type": "stdio",
        "command": "serve",
        "cwd": "/workspace",
        "args": ["--all"],
        "env_vars": ["HOME"],
    },
    "far": {
        "type": "http",
        "server_url": "https://mcp.example/",
        "headers": {"X-Team": "support"},
    },
}
FULLEST = AssistantSpec(
    model="gpt-5",
    name="Guide",
    instructions="Guide.",
    tools=fullest_tools(),
    response_format={"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
    reasoning_effort="low",
    reasoning_summary="auto",
    verbosity="low",
    service_tier="flex",
    multi_agent={"enabled": True, "max_concurrent_subagents": 3},
    compaction={"async": True},
    experimental={"time_awareness": True},
    metadata={"team": "support"},
    dialect=AGENTS,
)
"""An agent with every field that there is."""
FULLEST_TEMPLATE = EnvironmentSpec(
    name="Desk",
    files=(EnvironmentFile("file-1", "/workspace/a.md"),),
    packages={"python": ["rich"], "npm": ["left-pad"], "system": ["git"]},
    network={"access": "restricted", "allowed_domains": ["a.example"], "blocked_domains": []},
    setup_commands=(SetupCommand("make", "/workspace"),),
    env={"TOKEN": "x"},
    skills=({"type": "skill_reference", "skill_id": "skill_1", "version": "latest"},),
    desktop=True,
    capability_directories=("/workspace/skills",),
)
"""A template with every field that asstctl writes."""
