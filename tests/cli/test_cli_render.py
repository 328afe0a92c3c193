"""Render: what would be sent, in the words of each API, and nothing written or betrayed."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from asstctl.manifest.schema.schemas import schema
from cli.conftest import Project

TARGETS = """\
project: shop
target: classic
targets:
  classic: {api: local}
  modern: {api: local, like: responses, bundle: deploy/assistants.json}
"""
SUPPORT = """\
kind: assistant
key: support
name: Support
model: gpt-4o
instructions: Be brief.
tools:
  - {type: file_search, vector_store: handbook}
  - {type: code_interpreter, files: [bill.csv]}
  - type: function
    function: {name: get_weather}
response_format: {type: json_schema, json_schema: {name: answer, schema: {type: object}}}
metadata: {team: support}
---
kind: vector_store
key: handbook
name: Handbook
files: [handbook.md]
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("asstctl.yaml", TARGETS)
    project.write("assistants/support.yaml", SUPPORT)
    project.write("assistants/other.yaml", "kind: assistant\nmodel: gpt-4o\n")
    project.write("handbook.md", "We open at nine.\n")
    project.write("bill.csv", "burger,23.75\n")
    return project


def rendered(project: Project, *arguments: str) -> dict[str, Any]:
    ran = project.run("render", *arguments)
    assert ran.code == 0, ran
    document: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(document, schema("render"))
    requests: dict[str, Any] = document["assistants"]
    return requests


def files_of(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_before_an_apply_ids_are_named_by_what_they_will_be(shop: Project) -> None:
    before = files_of(shop.root)
    support = rendered(shop)["support"]

    assert support["tool_resources"] == {
        "file_search": {"vector_store_ids": ["<vector_store.handbook>"]},
        "code_interpreter": {"file_ids": ["<file.bill.csv>"]},
    }
    assert files_of(shop.root) == before


def test_after_an_apply_ids_are_those_of_the_account_and_no_stamp_is_shown(shop: Project) -> None:
    shop.apply()
    support = rendered(shop)["support"]
    held = shop.assistants()["Support"]

    resources = held.tool_resources
    assert support["tool_resources"] == {
        "file_search": {"vector_store_ids": resources.file_search.vector_store_ids},
        "code_interpreter": {"file_ids": resources.code_interpreter.file_ids},
    }
    assert support["metadata"] == {"team": "support"}
    assert held.metadata.keys() > {"team"}


def test_a_file_that_changed_is_one_that_does_not_exist_yet(shop: Project) -> None:
    shop.apply()
    shop.write("bill.csv", "burger,24.50\n")
    resources = rendered(shop)["support"]["tool_resources"]

    assert resources["code_interpreter"] == {"file_ids": ["<file.bill.csv>"]}
    assert not resources["file_search"]["vector_store_ids"][0].startswith("<")


def test_on_responses_it_is_the_request_of_responses(shop: Project) -> None:
    before = files_of(shop.root)
    support = rendered(shop, "-t", "modern")["support"]

    assert support["text"] == {
        "format": {"type": "json_schema", "name": "answer", "schema": {"type": "object"}}
    }
    assert support["tools"] == [
        {
            "type": "code_interpreter",
            "container": {"type": "auto", "file_ids": ["<file.bill.csv>"]},
        },
        {"type": "file_search", "vector_store_ids": ["<vector_store.handbook>"]},
        {"type": "function", "name": "get_weather", "parameters": None, "strict": False},
    ]
    assert files_of(shop.root) == before


def test_after_an_apply_it_is_what_stands_in_the_bundle(shop: Project) -> None:
    shop.apply("-t", "modern")
    bundle = json.loads((shop.root / "deploy/assistants.json").read_text())

    assert rendered(shop, "-t", "modern") == {
        key: entry["request"] for key, entry in bundle["assistants"].items()
    }


def test_on_agents_it_is_an_agent(project: Project) -> None:
    project.write("asstctl.yaml", "project: shop\ntargets: {next: {api: local, like: agents}}\n")
    project.write(
        "assistants/guide.yaml",
        "kind: assistant\nname: Guide\nmodel: gpt-5\nreasoning_effort: low\n"
        "tools: [{type: function, function: {name: now, description: The time.}}]\n"
        "environment: {packages: {python: [polars]}}\n",
    )
    guide = rendered(project, "-t", "next")["guide"]

    (tool,) = guide["tools"]
    assert (tool["type"], tool["name"]) == ("function", "now")
    assert guide["reasoning"]["effort"] == "low"
    assert guide["metadata"] == {"asstctl_environment": "<environment.guide>"}

    project.apply("-t", "next")
    told = project.run("-t", "next", "status", "--format", "env").out
    template = rendered(project, "-t", "next")["guide"]["metadata"]["asstctl_environment"]
    assert f"ASSTCTL_GUIDE_ENVIRONMENT_ID={template}\n" in told


def test_keys_choose_assistants(shop: Project) -> None:
    assert list(rendered(shop, "other")) == ["other"]
    assert list(rendered(shop, "assistant.support")) == ["support"]
    ran = shop.run("render", "nobody")

    assert (ran.code, ran.out) == (1, "")
    assert "there is no assistant 'nobody'" in ran.err
    assert "other, support" in ran.err


SECRET = "a-secret-that-nobody-may-see"


def test_what_is_sensitive_is_masked_also_where_others_decide_it(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (
        "kind: assistant\nname: Guide\nmodel: gpt-4o\nlifecycle: {ignore_changes: [instructions]}\n"
        "instructions: Say ${env.PASSWORD}.\nmetadata: {token: '${env.PASSWORD}'}\n"
    )
    monkeypatch.setenv("PASSWORD", SECRET)
    shop.write("assistants/guide.yaml", guide)
    shop.apply()
    assert SECRET in shop.assistants()["Guide"].instructions

    first = shop.run("render", "guide")
    monkeypatch.setenv("PASSWORD", "another-one-of-these-days")
    later = shop.run("render", "guide")

    assert json.loads(first.out)["assistants"]["guide"]["instructions"] == "Say ***."
    assert json.loads(later.out)["assistants"]["guide"]["instructions"] == "***"
    for ran in (first, later):
        assert json.loads(ran.out)["assistants"]["guide"]["metadata"] == {"token": "***"}
        assert SECRET not in ran.out + ran.err


def test_environments_of_agents_are_rendered_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(
        "asstctl.yaml",
        "project: shop\ntarget: local\ntargets: {local: {api: local, like: agents}}\n",
    )
    project.write(
        "assistants/guide.yaml",
        "kind: assistant\nmodel: gpt-5.1\nenvironment:\n  name: Box\n  files: [bill.csv]\n"
        "  env: {TOKEN: '${env.TOKEN}'}\n",
    )
    project.write("assistants/other.yaml", "kind: environment\n")
    project.write("bill.csv", "burger,23.75\n")
    monkeypatch.setenv("TOKEN", "s3cr3t-token-99")
    ran = project.run("render")
    document = json.loads(ran.out)

    jsonschema.validate(document, schema("render"))
    assert document["environments"] == {
        "guide": {
            "name": "Box",
            "files": [
                {"type": "file_id", "file_id": "<file.bill.csv>", "path": "/workspace/bill.csv"}
            ],
            "env": {"TOKEN": "***"},
            "network": {"access": "disabled"},
        },
        "other": {"network": {"access": "disabled"}},
    }
    assert list(json.loads(project.run("render", "guide").out)["environments"]) == ["guide"]
    assert "s3cr3t" not in ran.out
