"""Agents and templates, wire and model: what is sent is what the SDK sends, and reads back so."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Final, get_args

import pytest
from hypothesis import given
from openai.types.beta import Agent
from openai.types.beta.agent_create_params import AgentCreateParams
from openai.types.beta.agent_update_params import AgentUpdateParams
from openai.types.beta.agents.environments.template_create_params import TemplateCreateParams
from openai.types.beta.agents.environments.template_update_params import TemplateUpdateParams
from openai.types.beta.persisted_agent_tool_param import PersistedAgentToolParam
from openai.types.beta.persisted_mcp_transport_param import PersistedMcpTransportParam
from openai.types.beta.text_format_param import TextFormatParam

from asstctl.model.assistant import AssistantSpec, Function, HostedTool, tool_name
from asstctl.model.canonical import canonical_assistant, canonical_environment, readable
from asstctl.model.dialect import AGENTS
from asstctl.model.environment import EnvironmentFile, EnvironmentSpec
from asstctl.remote.agents.decode import read_agent
from asstctl.remote.agents.encode import agent_body
from asstctl.remote.agents.templates import read_template, template_body
from support.agent_strategies import (
    FULLEST,
    FULLEST_TEMPLATE,
    agent_specs,
    template_specs,
)
from support.agents import AgentsState
from support.quirks import Quirks
from support.typed_dicts import members, problems

Json = Any
BARE = AssistantSpec(model="gpt-5", dialect=AGENTS)

FAITHFUL: Final = {
    "the API itself": Quirks(fills_effort=True),
    "effort null": Quirks(),
    "unset left out": Quirks(leaves_out_unset=True),
    "metadata null": Quirks(null_metadata=True),
    "tools reordered": Quirks(reorders_tools=True),
    "UUIDs": Quirks(uuids=True),
}
"""Servers that keep every field of an agent, in whatever form they show it."""

NOT_SPOKEN: Final[Mapping[str, set[str]]] = {"function": {"async"}}
"""Members of the SDK's types that asstctl does not write: its manifests have no word for them."""


# --- what is sent is what the SDK's types describe ---


@given(agent_specs, agent_specs)
def test_every_body_of_an_agent_is_one_of_the_sdks(
    first: AssistantSpec, second: AssistantSpec
) -> None:
    shown = read_agent(AgentsState(Quirks(fills_effort=True)).create_assistant(agent_body(first)))

    assert list(problems(AgentCreateParams, agent_body(first))) == []
    for was in (first, shown.spec):
        assert list(problems(AgentUpdateParams, agent_body(second, was=was))) == []


@given(template_specs)
def test_every_body_of_a_template_is_one_of_the_sdks(spec: EnvironmentSpec) -> None:
    created, updated = template_body(spec, creates=True), template_body(spec, creates=False)

    assert list(problems(TemplateCreateParams, created)) == []
    assert list(problems(TemplateUpdateParams, updated)) == []
    assert set(updated) == set(members(TemplateUpdateParams))
    assert "network" in created


def test_the_fullest_agent_has_every_field_of_the_sdks_types() -> None:
    """A field that the SDK gains fails here on the day on which it does."""
    assert {field.name for field in fields(FULLEST) if _says_nothing(FULLEST, field.name)} == {
        *("description", "code_files", "vector_store", "environment", "temperature", "top_p"),
        "foreign",
    }
    created = agent_body(FULLEST)
    updated = agent_body(FULLEST, was=BARE)

    assert list(_left_out(AgentCreateParams, created)) == []
    assert list(_left_out(AgentUpdateParams, updated)) == []
    assert set(created) == set(members(AgentCreateParams))


def _says_nothing(spec: AssistantSpec, name: str) -> bool:
    return getattr(spec, name) in (None, (), {})


def test_every_tool_of_the_sdks_types_is_one_of_the_dialect() -> None:
    sent: dict[str, Json] = {}
    tools: Json = agent_body(FULLEST)["tools"]
    for tool in tools:
        sent.setdefault(tool["type"], set()).update(tool)
    known = {
        get_args(members(model)["type"][0])[0]: set(members(model))
        for model in get_args(PersistedAgentToolParam)
    }

    assert sent.keys() == known.keys() == AGENTS.tools.keys()
    for kind, names in known.items():
        assert sent[kind] == names - NOT_SPOKEN.get(kind, set())
        assert AGENTS.tools[kind].names == sent[kind] - {"type"}


def test_every_value_of_the_sdks_types_is_one_of_the_dialect() -> None:
    tier = get_args(members(AgentCreateParams)["service_tier"][0])[0]

    assert set(get_args(tier)) == AGENTS.values["service_tier"]


def test_every_transport_and_format_of_the_sdks_types_is_sent() -> None:
    tools: Json = agent_body(FULLEST)["tools"]
    sent = {
        tool["transport"]["type"]: set(tool["transport"]) for tool in tools if "transport" in tool
    }
    formats = {get_args(members(model)["type"][0])[0] for model in get_args(TextFormatParam)}

    assert sent == {
        get_args(members(model)["type"][0])[0]: set(members(model))
        for model in get_args(PersistedMcpTransportParam)
    }
    assert formats == AGENTS.formats - {"auto"}


def test_the_fullest_template_has_every_field_of_the_sdks_types() -> None:
    created = template_body(FULLEST_TEMPLATE, creates=True)
    # An archive inside a request is content that no manifest holds.
    assert set(members(TemplateCreateParams)) - set(created) == {"plugins"}
    assert list(_left_out(TemplateCreateParams, created)) == []


def _left_out(model: Any, body: Json, at: str = "$") -> Iterator[str]:
    """Members of the SDK's type below the top, tools aside, that a full body does not have."""
    for name, (hint, _) in members(model).items():
        value = body.get(name)
        inner = next((kind for kind in (hint, *get_args(hint)) if hasattr(kind, "__total__")), None)
        if inner is not None and isinstance(value, Mapping):
            missing = set(members(inner)) - set(value)
            yield from (f"{at}.{name}.{member}" for member in missing)
            yield from _left_out(inner, value, f"{at}.{name}")


# --- what is written is what is read ---


@given(agent_specs, agent_specs)
def test_what_is_written_of_an_agent_is_what_is_read(
    first: AssistantSpec, second: AssistantSpec
) -> None:
    for quirks in FAITHFUL.values():
        state = AgentsState(quirks)
        made = read_agent(state.create_assistant(agent_body(first)))
        assert _canonical(made.spec, first) == _canonical(first)
        changed = read_agent(state.update_assistant(made.id, agent_body(second, was=made.spec)))
        assert _canonical(changed.spec, second) == _canonical(second)
        again = agent_body(changed.spec, was=changed.spec)
        assert again.keys() == {"model", "metadata"}
        assert read_agent(state.update_assistant(made.id, again)).spec == changed.spec


def _canonical(spec: AssistantSpec, wanted: AssistantSpec | None = None) -> Json:
    """The canonical fields, without an effort that the server filled in."""
    found = dict(canonical_assistant(spec))
    if wanted is not None and wanted.reasoning_effort is None:
        found.pop("reasoning_effort", None)
    return found


@given(template_specs, template_specs)
def test_what_is_written_of_a_template_is_what_is_read(
    first: EnvironmentSpec, second: EnvironmentSpec
) -> None:
    state = AgentsState(Quirks())
    _upload(state, *first.files, *second.files)
    made = read_template(state.create_template(template_body(first, creates=True)))
    assert canonical_environment(made.spec) == readable(canonical_environment(first))
    body = template_body(second, creates=False)
    changed = read_template(state.update_template(made.id, body))
    assert canonical_environment(changed.spec) == readable(canonical_environment(second))
    assert state.confided(made.id) == {
        "env": dict(second.env),
        "setup_commands": body["setup_commands"],
        "blocked_domains": second.network.get("blocked_domains", []),
    }


def _upload(state: AgentsState, *files: EnvironmentFile) -> None:
    for file in files:
        assert file.ref is not None
        state.hold(file.ref)


@given(agent_specs)
def test_the_sdk_reads_what_the_server_of_the_tests_shows(spec: AssistantSpec) -> None:
    shown = AgentsState(Quirks(fills_effort=True)).create_assistant(agent_body(spec))

    assert Agent.model_validate(shown, strict=True).to_dict(mode="json").keys() == shown.keys()


# --- by example ---


@pytest.mark.parametrize(
    ("was", "spec", "body"),
    [
        (BARE, BARE, {}),
        (
            BARE,
            replace(BARE, reasoning_summary="auto"),
            {"reasoning": {"effort": None, "summary": "auto"}},
        ),
        (
            replace(BARE, reasoning_effort="low", reasoning_summary="auto"),
            replace(BARE, reasoning_effort="high"),
            {"reasoning": {"effort": "high", "summary": None}},
        ),
        (replace(BARE, reasoning_effort="medium"), BARE, {"reasoning": None}),
        (BARE, replace(BARE, verbosity="low"), {"text": {"format": None, "verbosity": "low"}}),
        (
            BARE,
            replace(BARE, response_format="auto"),
            {"text": {"format": {"type": "text"}, "verbosity": None}},
        ),
        (
            replace(BARE, response_format={"type": "text"}, verbosity="medium"),
            BARE,
            {},
        ),
        (
            replace(BARE, name="x", instructions="x", verbosity="low", service_tier="flex"),
            BARE,
            {"name": None, "instructions": None, "text": None, "service_tier": None},
        ),
        (
            replace(BARE, multi_agent={"enabled": True}, compaction={"async": True}),
            BARE,
            {"multi_agent": None, "compaction": None},
        ),
        (
            replace(BARE, multi_agent={"enabled": False}, compaction={"async": False}),
            BARE,
            {},
        ),
        (
            replace(BARE, experimental={"time_awareness": True}),
            BARE,
            {"experimental": {"time_awareness": False}},
        ),
        (replace(BARE, experimental={"time_awareness": False}), BARE, {}),
        (replace(BARE, tools=(HostedTool("tool_search"),)), BARE, {"tools": []}),
        (replace(BARE, metadata={"a": "1"}), BARE, {}),
    ],
)
def test_an_update_says_whole_objects_and_clears_with_null(
    was: AssistantSpec, spec: AssistantSpec, body: Json
) -> None:
    assert agent_body(spec, was=was) == {"model": "gpt-5", "metadata": {}} | body


def test_a_new_agent_is_given_nothing_but_what_is_set() -> None:
    spec = replace(BARE, reasoning_effort="low", verbosity="low")

    assert agent_body(BARE) == {"model": "gpt-5", "metadata": {}}
    assert agent_body(spec) == {
        "model": "gpt-5",
        "metadata": {},
        "reasoning": {"effort": "low"},
        "text": {"verbosity": "low"},
    }


def test_a_function_that_says_little_says_it_in_full() -> None:
    spec = replace(BARE, tools=(Function("f"),))

    assert agent_body(spec)["tools"] == [
        {
            "type": "function",
            "name": "f",
            "description": "",
            "parameters": {"type": "object", "properties": {}},
        }
    ]


@pytest.mark.parametrize("nothing", [None, {}, [], "absent"])
def test_nothing_can_be_said_in_many_ways(nothing: Any) -> None:
    names = set(members(AgentCreateParams)) - {"model"}
    body: Json = {"id": "agent_1", "model": "gpt-5"}
    if nothing != "absent":
        body |= dict.fromkeys(names, nothing)

    assert canonical_assistant(read_agent(body).spec) == canonical_assistant(BARE)


def test_tools_of_other_makers_and_options_that_nobody_knows_are_passed_over() -> None:
    tools = [{"type": "shell"}, None, "x", {"type": "tool_search", "id": "tool_1"}]
    spec = read_agent({"id": "a", "model": "m", "tools": tools}).spec

    assert spec.tools == (HostedTool("tool_search"),)
    assert [tool_name(tool) for tool in spec.tools] == ["tool_search"]


def test_what_came_inside_a_request_is_left_as_it_is() -> None:
    shown: Json = {
        "id": "envtmpl_1",
        "files": [{"type": "inline", "path": "/workspace/a", "size_bytes": 3}],
        "skills": [{"type": "inline", "name": "s", "description": "d"}],
        "plugins": [{"type": "inline", "name": "p", "description": "d"}],
    }
    spec = read_template(shown).spec
    body = template_body(spec, creates=False)

    assert spec.files == (EnvironmentFile(None, "/workspace/a"),)
    assert body.keys().isdisjoint(("files", "skills", "plugins"))
    assert list(problems(TemplateUpdateParams, body)) == []
