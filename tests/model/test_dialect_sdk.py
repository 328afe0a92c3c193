"""The dialects beside the SDK's types: what an API takes is mapped, or is listed as not set.

A new SDK that adds a field or a tool, or takes one away, makes this fail: somebody has to decide.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Required, get_args, get_origin, get_type_hints

import pytest
import typing_extensions
from openai.types.beta import agent_create_params, assistant_create_params
from openai.types.beta.agent_reasoning_param import AgentReasoningParam
from openai.types.beta.agent_text_param import AgentTextParam
from openai.types.beta.assistant_tool_param import AssistantToolParam
from openai.types.beta.file_search_tool_param import FileSearch, FileSearchRankingOptions
from openai.types.beta.multi_agent_config_param import MultiAgentConfigParam
from openai.types.beta.persisted_agent_tool_param import PersistedAgentToolParam
from openai.types.beta.text_format_param import TextFormatParamJSONSchema
from openai.types.responses import response_create_params
from openai.types.responses.file_search_tool_param import RankingOptions
from openai.types.responses.response_format_text_json_schema_config_param import (
    ResponseFormatTextJSONSchemaConfigParam,
)
from openai.types.responses.response_text_config_param import ResponseTextConfigParam
from openai.types.responses.tool_param import (
    CodeInterpreterContainerCodeInterpreterToolAuto,
    ToolParam,
)
from openai.types.shared_params.function_definition import FunctionDefinition
from openai.types.shared_params.reasoning import Reasoning
from openai.types.shared_params.response_format_json_schema import JSONSchema

from asstctl.manifest.schema.schemas import schema
from asstctl.model.dialect import AGENTS, ASSISTANTS, RESPONSES, Dialect, Options

REQUIRED = (Required, typing_extensions.Required)


def fields(kind: Any) -> dict[str, Any]:
    """The fields of a TypedDict as they are on the wire, with their types."""
    hints = get_type_hints(kind, include_extras=True)
    return {name.removesuffix("_") if name == "async_" else name: hints[name] for name in hints}


def required(kind: Any) -> set[str]:
    return {name for name, hint in fields(kind).items() if get_origin(hint) in REQUIRED}


def words(hint: Any) -> Iterator[Any]:
    """Every literal in a type."""
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for part in get_args(hint):
            yield from words(part)


def choices(kind: Any, field: str) -> set[Any]:
    return set(words(fields(kind)[field]))


def kinds(union: Any) -> dict[str, Any]:
    """The TypedDicts of a union, by their ``type``; a newer name of one is the same."""
    return {next(words(fields(kind)["type"])): kind for kind in get_args(union)}


# --- fields -------------------------------------------------------------------------------------

PLAIN = ("model", "instructions", "metadata", "tools")
REASONING = {"effort": "reasoning_effort", "summary": "reasoning.summary"}
TEXT = {"format": "response_format", "verbosity": "text.verbosity"}
REQUEST_ONLY = {
    "access_programs", "background", "background_options", "context_management", "conversation",
    "image", "include", "input", "max_output_tokens", "max_tool_calls", "moderation",
    "parallel_tool_calls", "previous_response_id", "prompt", "prompt_cache_key",
    "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "store", "stream",
    "stream_options", "tool_choice", "top_logprobs", "truncation", "user",
}  # fmt: skip
"""What a request says of one input or of one user: an application's own business."""

FIELDS: list[tuple[Dialect, Any, Mapping[str, str], set[str]]] = [
    (
        ASSISTANTS,
        assistant_create_params.AssistantCreateParams,
        {
            name: name
            for name in (
                *PLAIN,
                "name",
                "description",
                "temperature",
                "top_p",
                "response_format",
                "reasoning_effort",
            )
        },
        {"tool_resources"},  # the files and the store of tools
    ),
    (
        RESPONSES,
        response_create_params.ResponseCreateParamsStreaming,
        {name: name for name in (*PLAIN, "temperature", "top_p", "service_tier")},
        {"reasoning", "text"} | REQUEST_ONLY,
    ),
    (
        AGENTS,
        agent_create_params.AgentCreateParams,
        {
            name: name
            for name in (
                *PLAIN,
                "name",
                "service_tier",
                "multi_agent",
                "compaction",
                "experimental",
            )
        },
        {"reasoning", "text"},
    ),
]
GROUPS: list[tuple[Dialect, Any, Mapping[str, str], set[str]]] = [
    (RESPONSES, Reasoning, REASONING, {"context", "generate_summary", "mode"}),
    (RESPONSES, ResponseTextConfigParam, TEXT, set()),
    (AGENTS, AgentReasoningParam, REASONING, set()),
    (AGENTS, AgentTextParam, TEXT, set()),
]
ELSEWHERE = {RESPONSES.api: {"name"}, AGENTS.api: {"environment"}, ASSISTANTS.api: set[str]()}
"""What asstctl keeps beside the request: a bundle's name, an agent's environment template."""


@pytest.mark.parametrize(
    ("dialect", "kind", "mapped", "not_set"), FIELDS + GROUPS, ids=lambda item: None
)
def test_every_field_is_mapped_or_left_alone_on_purpose(
    dialect: Dialect, kind: Any, mapped: Mapping[str, str], not_set: set[str]
) -> None:
    assert set(fields(kind)) == mapped.keys() | not_set
    assert set(mapped.values()) <= dialect.fields


@pytest.mark.parametrize(("dialect", "mapped"), [(row[0], row[2]) for row in FIELDS])
def test_a_dialect_has_no_field_that_its_api_lacks(
    dialect: Dialect, mapped: Mapping[str, str]
) -> None:
    grouped = {name for row in GROUPS if row[0] is dialect for name in row[2].values()}

    assert dialect.fields == {*mapped.values(), *grouped, *ELSEWHERE[dialect.api]}


# --- tools --------------------------------------------------------------------------------------

NOT_KNOWN = {
    "apply_patch", "computer", "computer_use_preview", "custom", "image_generation", "local_shell",
    "namespace", "shell", "web_search_preview",
}  # fmt: skip
"""Tools of Responses that work on the application's own machine, or are on their way out."""

OPTIONS: dict[str, dict[str, tuple[set[str], set[str]]]] = {
    # By API and kind: what the SDK calls otherwise (or what is under it), and what is not set.
    "assistants": {
        "code_interpreter": (set(), set()),
        "file_search": ({"file_search"}, set()),
        "function": ({"function"}, set()),
    },
    "responses": {
        "code_interpreter": ({"container"}, {"allowed_callers"}),
        "file_search": ({"vector_store_ids"}, {"filters"}),
        "function": (set(), {"allowed_callers", "async", "output_schema"}),
        "web_search": (set(), set()),
        "mcp": (set(), set()),
        "tool_search": (set(), {"description", "execution", "parameters"}),
        "programmatic_tool_calling": (set(), set()),
    },
    "agents": {
        "function": (set(), {"async"}),
        "web_search": (set(), set()),
        "mcp": (set(), set()),
        "computer_use": (set(), set()),
        "tool_search": (set(), set()),
        "programmatic_tool_calling": (set(), set()),
        "automations": (set(), set()),
    },
}
OWN = {
    ("code_interpreter", "files"), ("file_search", "vector_store"), ("file_search", "files"),
    ("file_search", "chunking_strategy"),
}  # fmt: skip
"""Options of manifests for what a request names by ids."""
NESTED: dict[tuple[str, str], Any] = {
    ("assistants", "file_search"): FileSearch,
    ("assistants", "function"): FunctionDefinition,
}
UNIONS = {
    "assistants": AssistantToolParam,
    "responses": ToolParam,
    "agents": PersistedAgentToolParam,
}


@pytest.mark.parametrize("dialect", [ASSISTANTS, RESPONSES, AGENTS], ids=lambda d: d.api)
def test_every_tool_is_known_or_left_alone_on_purpose(dialect: Dialect) -> None:
    not_known = NOT_KNOWN if dialect is RESPONSES else set()

    assert set(kinds(UNIONS[dialect.api])) == dialect.tools.keys() | not_known


@pytest.mark.parametrize(
    ("dialect", "kind"),
    [(d, kind) for d in (ASSISTANTS, RESPONSES, AGENTS) for kind in d.tools],
    ids=lambda item: item if isinstance(item, str) else item.api,
)
def test_every_option_of_a_tool_is_known_or_left_alone_on_purpose(
    dialect: Dialect, kind: str
) -> None:
    renamed, not_set = OPTIONS[dialect.api][kind]
    own = {name for tool, name in OWN if tool == kind}
    taken = set(fields(kinds(UNIONS[dialect.api])[kind])) - {"type"}
    nested = NESTED.get((dialect.api, kind))
    taken |= set(fields(nested)) if nested else set()

    assert taken == (dialect.tools[kind].names - own) | renamed | not_set
    if kind in schema("assistant")["$defs"]:
        known = schema("assistant")["$defs"][kind]["properties"].keys()
        assert dialect.tools[kind].names <= known


def test_an_agents_function_needs_all_of_it() -> None:
    function = kinds(PersistedAgentToolParam)["function"]

    # Parameters that were left out are sent as those of a function that takes nothing.
    assert required(function) == {"type", "name", "description", "parameters"}
    assert AGENTS.tools["function"].requires == (("description",),)


def test_containers_know_files() -> None:
    container = CodeInterpreterContainerCodeInterpreterToolAuto

    assert set(fields(container)) - {"type"} == {"file_ids", "memory_limit", "network_policy"}


def test_rankers_are_those_of_the_apis() -> None:
    path = "ranking_options.ranker"
    older, newer = ASSISTANTS.tools["file_search"], RESPONSES.tools["file_search"]
    ranking = schema("assistant")["$defs"]["file_search"]["properties"]["ranking_options"]

    assert choices(FileSearchRankingOptions, "ranker") == set(older.values[path])
    # The older one is sent as auto.
    assert choices(RankingOptions, "ranker") == {*newer.values[path]} - {"default_2024_08_21"}
    assert set(ranking["properties"]["ranker"]["enum"]) == {
        *older.values[path],
        *newer.values[path],
    }
    assert set(fields(RankingOptions)) == ranking["properties"].keys()


# --- the form of the answers, and values --------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (ASSISTANTS.json_schema, JSONSchema),
        (RESPONSES.json_schema, ResponseFormatTextJSONSchemaConfigParam),
        (AGENTS.json_schema, TextFormatParamJSONSchema),
    ],
)
def test_forms_are_those_of_the_apis(options: Options, kind: Any) -> None:
    assert set(fields(kind)) - {"type"} == options.names
    assert required(kind) - {"type"} == {name for (name,) in options.requires}


def test_values_are_those_of_the_apis() -> None:
    known = schema("assistant")["$defs"]["settings"]["properties"]

    def enum(*steps: str) -> set[Any]:
        node = known[steps[0]]
        for step in steps[1:]:
            node = node["properties"][step]
        return set(node["enum"]) - {None}

    responses = response_create_params.ResponseCreateParamsStreaming
    agents = agent_create_params.AgentCreateParams
    assert choices(responses, "service_tier") == enum("service_tier")
    assert choices(agents, "service_tier") == AGENTS.values["service_tier"]
    for group in (Reasoning, AgentReasoningParam):
        assert choices(group, "effort") == enum("reasoning", "effort") == enum("reasoning_effort")
        assert choices(group, "summary") == enum("reasoning", "summary")
    for text in (ResponseTextConfigParam, AgentTextParam):
        assert choices(text, "verbosity") == enum("text", "verbosity")


def test_settings_of_agents_are_known() -> None:
    known = schema("assistant")["$defs"]["settings"]["properties"]

    for name, kind in {
        "multi_agent": MultiAgentConfigParam,
        "compaction": agent_create_params.Compaction,
        "experimental": agent_create_params.Experimental,
    }.items():
        assert set(fields(kind)) == known[name]["properties"].keys()
