"""A request says what an assistant is, the SDK takes it, and it reads back as what was meant."""

from typing import Any

import pytest
from hypothesis import given
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from asstctl.model.assistant import (
    AssistantSpec,
    CodeInterpreter,
    FileSearch,
    Function,
    HostedTool,
)
from asstctl.model.canonical import canonical_assistant
from asstctl.model.dialect import RESPONSES
from asstctl.model.json import JsonObject
from asstctl.model.stamp import KEY, PROJECT
from asstctl.remote.responses.decode import needs_of, read_request
from asstctl.remote.responses.encode import request_of
from support.strategies import responses_specs

FILES = ("file-1", "file-2")
NEEDS = ("authorization",)
PARAMS: TypeAdapter[Any] = TypeAdapter(ResponseCreateParamsNonStreaming)


def as_the_sdk_sees(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters as the SDK's types know them: what they do not know falls out."""
    seen = PARAMS.validate_python(params)
    return {**seen, **({"tools": list(seen["tools"])} if "tools" in seen else {})}


@given(responses_specs())
def test_a_request_reads_back_as_the_assistant_that_was_meant(spec: AssistantSpec) -> None:
    back = read_request(request_of(spec), name=spec.name, needs=needs_of(spec.tools))
    assert canonical_assistant(back) == canonical_assistant(spec)
    assert request_of(back) == request_of(spec)


@given(responses_specs())
def test_the_sdk_takes_every_request(spec: AssistantSpec) -> None:
    params = {**request_of(spec), "input": "Hello"}
    assert as_the_sdk_sees(params) == params


def test_a_request_is_what_the_reference_says() -> None:
    schema: JsonObject = {"type": "object", "properties": {"city": {"type": "string"}}}
    spec = AssistantSpec(
        model="gpt-4.1",
        name="Guide",
        instructions="Be short.",
        tools=(
            Function("weather"),
            Function("route", "Finds a way.", schema, strict=True),
            FileSearch(8, "default_2024_08_21", 0.5),
            CodeInterpreter(),
            HostedTool("mcp", {"server_label": "crm", "require_approval": "never"}, NEEDS),
            HostedTool("web_search", {"search_context_size": "low"}),
        ),
        code_files=("file-1", "file-2"),
        vector_store="vs_1",
        temperature=0.2,
        top_p=0.5,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": True},
        },
        reasoning_effort="low",
        reasoning_summary="auto",
        verbosity="high",
        service_tier="flex",
        metadata={"team": "travel", PROJECT: "shop", KEY: "guide"},
        dialect=RESPONSES,
    )
    assert request_of(spec) == {
        "model": "gpt-4.1",
        "instructions": "Be short.",
        "tools": [
            {"type": "code_interpreter", "container": {"type": "auto", "file_ids": [*FILES]}},
            {
                "type": "file_search",
                "vector_store_ids": ["vs_1"],
                "max_num_results": 8,
                "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
            },
            {
                "type": "function",
                "name": "route",
                "description": "Finds a way.",
                "parameters": schema,
                "strict": True,
            },
            {"type": "function", "name": "weather", "parameters": None, "strict": False},
            {"type": "mcp", "server_label": "crm", "require_approval": "never"},
            {"type": "web_search", "search_context_size": "low"},
        ],
        "temperature": 0.2,
        "top_p": 0.5,
        "text": {
            "format": {"type": "json_schema", "name": "answer", "schema": schema, "strict": True},
            "verbosity": "high",
        },
        "reasoning": {"effort": "low", "summary": "auto"},
        "service_tier": "flex",
        "metadata": {"team": "travel"},
    }
    assert needs_of(spec.tools) == ["tools.mcp.crm.authorization"]


def test_what_is_unset_is_absent() -> None:
    bare = AssistantSpec(model="gpt-4.1", response_format="auto", dialect=RESPONSES)
    assert request_of(bare) == {"model": "gpt-4.1"}
    tools = (CodeInterpreter(), FileSearch())
    assert request_of(AssistantSpec(model="m", tools=tools))["tools"] == [
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "file_search", "vector_store_ids": []},
    ]


REQUEST: dict[str, Any] = {
    "model": "gpt-4.1",
    "tools": [
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-1"]}},
        {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 8},
        {"type": "mcp", "server_label": "crm", "server_url": "https://example.com"},
    ],
}


def canonical(request: dict[str, Any]) -> dict[str, Any]:
    return dict(canonical_assistant(read_request(request)))


@pytest.mark.parametrize(
    ("edit", "path", "value"),
    [
        ({"instructions": "Be long."}, "instructions", "Be long."),
        ({"instructions": 7}, "instructions", None),
        ({"model": ["gpt"]}, "model", None),
        ({"temperature": "hot"}, "temperature", None),
        ({"temperature": 0.3}, "temperature", 0.3),
        ({"text": {"verbosity": "low"}}, "text.verbosity", "low"),
        ({"text": {"format": {"type": "json_object"}}}, "response_format", {"type": "json_object"}),
        ({"text": {"format": "json"}}, "response_format", None),
        ({"text": []}, "response_format", None),
        ({"reasoning": {"effort": "high"}}, "reasoning_effort", "high"),
        ({"reasoning": "high"}, "reasoning_effort", None),
        ({"metadata": {"team": 7, "gone": None}}, "metadata", {"team": "7"}),
        ({"metadata": {"asstctl_key": "other"}}, "metadata", None),
        ({"tools": None}, "tools", None),
        ({"tools": {"type": "file_search"}}, "tools", None),
        ({"tools": ["file_search", 1, None]}, "tools", None),
        ({"tools": [{"type": "image_generation"}]}, "tools", {"image_generation": True}),
        ({"tools": [{"container": "x"}]}, "tools", {"": {"container": "x"}}),
        ({"unheard_of": 1}, "unheard_of", None),
    ],
)
def test_an_edit_is_seen_or_read_as_absent(edit: dict[str, Any], path: str, value: Any) -> None:
    assert canonical({**REQUEST, **edit}).get(path) == value


@pytest.mark.parametrize(
    ("number", "edit", "name", "options"),
    [
        (1, {"vector_store_ids": ["vs_1", "vs_2"]}, "file_search", "vector_store_ids"),
        (1, {"filters": {"type": "eq", "key": "a", "value": 1}}, "file_search", "filters"),
        (1, {"ranking_options": {"more": {}}}, "file_search", "vector_store_ids"),
        (0, {"container": {"type": "auto", "memory_limit": "4g"}}, "code_interpreter", "container"),
        (0, {"container": "cntr_1"}, "code_interpreter", "container"),
        (2, {"authorization": "Bearer of-a-secret"}, "mcp.crm", "authorization"),
    ],
)
def test_an_option_that_no_manifest_has_is_seen(
    number: int, edit: dict[str, Any], name: str, options: str
) -> None:
    tools = [{**tool, **edit} if n == number else tool for n, tool in enumerate(REQUEST["tools"])]
    found = canonical({**REQUEST, "tools": tools})["tools"][name]
    assert options in found
    assert "of-a-secret" not in str(found)
