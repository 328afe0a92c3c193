"""Equal things compare equal, different things differ: the ground that every plan stands on."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function, Tool
from asstctl.model.canonical import (
    ASSISTANT_FIELDS,
    ENVIRONMENT_FIELDS,
    STORE_FIELDS,
    UNREADABLE,
    Canonical,
    canonical_assistant,
    canonical_environment,
    canonical_store,
    field_digest,
    readable,
    spec_digest,
)
from asstctl.model.environment import EnvironmentFile, EnvironmentSpec, SetupCommand
from asstctl.model.json import JsonValue, canonical_json, digest
from asstctl.model.vector_store import Chunking, StoreFile, VectorStoreSpec
from support.strategies import assistant_specs, json_values, store_specs

BARE = AssistantSpec(model="gpt-4o")
STORE = VectorStoreSpec()
SHA = "ab" * 32


def digests(canonical: Canonical) -> dict[str, str]:
    return {name: field_digest(value) for name, value in canonical.items()}


@given(assistant_specs, st.booleans())
def test_an_assistants_form_survives_json(spec: AssistantSpec, protect: bool) -> None:
    fields = canonical_assistant(spec, protect=protect)
    again = json.loads(canonical_json(fields))

    assert spec_digest(again) == spec_digest(fields)
    assert digests(again) == digests(fields)
    assert set(fields) <= set(ASSISTANT_FIELDS)


@given(store_specs, st.booleans())
def test_a_stores_form_survives_json(spec: VectorStoreSpec, protect: bool) -> None:
    fields = canonical_store(spec, protect=protect)

    assert digests(json.loads(canonical_json(fields))) == digests(fields)
    assert set(fields) <= set(STORE_FIELDS)


@given(json_values)
def test_a_digest_survives_json(value: JsonValue) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(assistant_specs, st.randoms(use_true_random=False))
def test_the_order_of_an_assistants_parts_means_nothing(
    spec: AssistantSpec, chance: Random
) -> None:
    tools, files, pairs = list(spec.tools), list(spec.code_files), list(spec.metadata.items())
    for items in (tools, files, pairs):
        chance.shuffle(items)
    other = replace(spec, tools=tuple(tools), code_files=tuple(files), metadata=dict(pairs))

    assert spec_digest(canonical_assistant(other)) == spec_digest(canonical_assistant(spec))


@given(store_specs, st.randoms(use_true_random=False))
def test_the_order_of_a_stores_files_means_nothing(spec: VectorStoreSpec, chance: Random) -> None:
    files = list(spec.files)
    chance.shuffle(files)

    assert spec_digest(canonical_store(replace(spec, files=tuple(files)))) == spec_digest(
        canonical_store(spec)
    )


def with_tools(*tools: Tool) -> AssistantSpec:
    return replace(BARE, tools=tools)


def function(**fields: object) -> AssistantSpec:
    return with_tools(Function("look_up", **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BARE, replace(BARE, temperature=1.0)),
        (BARE, replace(BARE, temperature=1)),
        (BARE, replace(BARE, top_p=1.0)),
        (BARE, replace(BARE, response_format="auto")),
        (BARE, replace(BARE, name="", description="", instructions="")),
        (replace(BARE, temperature=2), replace(BARE, temperature=2.0)),
        (with_tools(FileSearch()), with_tools(FileSearch(max_num_results=20))),
        (with_tools(FileSearch()), with_tools(FileSearch(None, "default_2024_08_21", 0.0))),
        (with_tools(FileSearch()), with_tools(FileSearch(ranker="auto"))),
        (function(), function(strict=False)),
        (function(), function(description="")),
        (function(), function(parameters={})),
        (function(), function(parameters={"type": "object"})),
        (function(), function(parameters={"type": "object", "properties": {}})),
        (function(), function(parameters={"type": "object", "required": []})),
        (
            function(parameters={"properties": {"a": {"description": None}}}),
            function(parameters={"properties": {"a": {}}}),
        ),
        (with_tools(CodeInterpreter(), FileSearch()), with_tools(FileSearch(), CodeInterpreter())),
        (replace(BARE, code_files=("a", "b", "a")), replace(BARE, code_files=("b", "a"))),
    ],
)
def test_two_ways_to_say_one_thing_are_equal(one: AssistantSpec, other: AssistantSpec) -> None:
    assert spec_digest(canonical_assistant(one)) == spec_digest(canonical_assistant(other))


@pytest.mark.parametrize(
    "other",
    [
        replace(BARE, model="gpt-4o-mini"),
        replace(BARE, name="Guide"),
        replace(BARE, temperature=0.0),
        replace(BARE, top_p=0.0),
        replace(BARE, response_format={"type": "text"}),
        replace(BARE, response_format={"type": "json_object"}),
        replace(BARE, reasoning_effort="low"),
        replace(BARE, metadata={"a": ""}),
        replace(BARE, vector_store="docs"),
        replace(BARE, code_files=(SHA,)),
        with_tools(CodeInterpreter()),
        with_tools(FileSearch()),
        with_tools(FileSearch(max_num_results=19)),
        with_tools(FileSearch(score_threshold=0.1)),
        function(),
        function(strict=True),
        function(description="Looks things up."),
        function(parameters={"type": "object", "properties": {"a": {}}}),
        function(parameters={"type": "object", "properties": {"properties": {"type": "string"}}}),
        function(parameters={"type": "object", "properties": {"a": {"default": False}}}),
        function(parameters={"type": "object", "properties": {"a": {"default": 0}}}),
        function(parameters={"type": "object", "additionalProperties": False}),
    ],
)
def test_what_differs_is_told_apart(other: AssistantSpec) -> None:
    assert spec_digest(canonical_assistant(other)) != spec_digest(canonical_assistant(BARE))


def schema(**members: object) -> AssistantSpec:
    return function(parameters={"type": "object", "properties": {"a": members}})


def test_no_two_values_in_a_schema_are_the_same() -> None:
    values: tuple[object, ...] = (
        None,
        "",
        {},
        [],
        0,
        False,
        "null",
        [None],
        [""],
        [[]],
        {"x": None},
        {"x": ""},
    )
    specs = [schema()]
    specs += [schema(**{name: value}) for name in ("const", "default") for value in values]
    specs += [schema(enum=value) for value in ([], [None], [""], [0], [False])]
    specs += [schema(**{"not": {}}), schema(contains={})]

    digests = {spec_digest(canonical_assistant(spec)) for spec in specs}
    assert len(digests) == len(specs)


def test_properties_may_be_called_like_the_members_of_a_schema() -> None:
    one, other = (
        function(parameters={"type": "object", "properties": {"default": {"description": text}}})
        for text in ("", None)
    )
    assert spec_digest(canonical_assistant(one)) == spec_digest(canonical_assistant(other))


@pytest.mark.parametrize(
    "other",
    [
        replace(STORE, name="Docs"),
        replace(STORE, expires_after_days=1),
        replace(STORE, files=(StoreFile(SHA),)),
        replace(STORE, metadata={"a": "b"}),
    ],
)
def test_stores_that_differ_are_told_apart(other: VectorStoreSpec) -> None:
    assert spec_digest(canonical_store(other)) != spec_digest(canonical_store(STORE))


def test_a_file_cut_in_another_way_is_another_file() -> None:
    auto, cut = (
        canonical_store(replace(STORE, files=(StoreFile(SHA, chunking),)))
        for chunking in (Chunking(800, 400), Chunking(800, 399))
    )

    assert (auto["files"], cut["files"]) == ({SHA: "auto"}, {SHA: "800/399"})


def test_protection_is_a_field() -> None:
    assert canonical_assistant(BARE, protect=True) == {
        "model": "gpt-4o",
        "lifecycle.protect": True,
    }


def test_a_server_that_shows_one_tool_twice_is_borne() -> None:
    spec = with_tools(FileSearch(), FileSearch(max_num_results=3), CodeInterpreter())

    assert "tools" in canonical_assistant(spec)


def test_an_environment_always_has_network_rules_and_they_are_closed_by_default() -> None:
    assert canonical_environment(EnvironmentSpec()) == {"network": {"access": "disabled"}}


def test_an_environment_is_the_same_with_void_lists_and_in_whatever_order() -> None:
    written = EnvironmentSpec(
        files=(EnvironmentFile("aa", "/workspace/b"), EnvironmentFile("bb", "/workspace/a")),
        packages={"python": ["b", "a"]},
        network={"access": "restricted", "allowed_domains": ["b.org", "a.org"]},
    )
    read = EnvironmentSpec(
        files=(EnvironmentFile("bb", "/workspace/a"), EnvironmentFile("aa", "/workspace/b")),
        packages={"python": ["a", "b"], "npm": [], "system": None},
        network={"access": "restricted", "allowed_domains": ["a.org", "b.org"]},
        skills=(),
    )
    assert canonical_environment(read) == canonical_environment(written)


def test_of_an_environment_commands_variables_and_blocked_domains_never_read_back() -> None:
    spec = EnvironmentSpec(
        network={"access": "restricted", "blocked_domains": ["a.org"]},
        setup_commands=(SetupCommand("make"), SetupCommand("make", "/workspace")),
        env={"TOKEN": "s3cret"},
        desktop=True,
    )
    canonical = canonical_environment(spec, protect=True)
    assert readable(canonical) == {
        "network": {"access": "restricted"},
        "desktop": True,
        "lifecycle.protect": True,
    }
    assert {name: value for name, value in canonical.items() if name in UNREADABLE} == {
        "network.blocked_domains": ["a.org"],
        "setup_commands": ["make", {"command": "make", "cwd": "/workspace"}],
        "env": {"TOKEN": "s3cret"},
    }
    assert set(canonical_environment(spec)) <= set(ENVIRONMENT_FIELDS)
    assert "s3cret" not in repr(spec)
