"""What editors check manifests by: as they are written, references and all."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from manifest_folder import MANIFEST, Folder

from asstctl.manifest.schema.schemas import schema
from asstctl.manifest.schema.written import schema_text

EDITOR = jsonschema.Draft202012Validator(json.loads(schema_text("manifest")))
HEAD: dict[str, Any] = {
    "kind": "assistant",
    "model": "m",
    "tools": [{"type": "function", "function": {"name": "f"}}],
}
KINDS: dict[str, Any] = {
    "contains": {"any": ["a"], "ignore_case": True},
    "equals": "x",
    "matches": ["a+"],
    "json": {"schema": {"type": "object"}},
    "cites": ["f.txt"],
    "refuses": False,
    "uses": ["code_interpreter"],
    "calls": [{"name": "f", "arguments": {"a": 1}, "times": {"min": 1, "max": 2}}],
    "status": "completed",
    "max_seconds": 1.5,
    "max_tokens": 9,
    "cost": {"max": 0.5},
    "similar": {"to": "a", "min": 0.5, "model": "e"},
    "command": ["true"],
    "judge": [{"rubric": "r", "model": "m", "min_score": 0.5}],
}
RUN: dict[str, Any] = {
    "model": "m",
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "max_prompt_tokens": 300,
    "max_completion_tokens": 300,
    "truncation_strategy": {"type": "last_messages", "last_messages": 3},
    "temperature": 0.5,
    "top_p": 0.5,
    "additional_instructions": "x",
    "parallel_tool_calls": True,
}
FILES = [{"path": "f.txt", "tools": ["code_interpreter"]}]
CASE: dict[str, Any] = {
    "name": "n",
    "prompt": {"file": "f.txt", "render": True},
    "attachments": FILES,
    "expect": KINDS | {"not_calls": {"in_order": ["f"]}, "not_contains": {"all": ["a"]}},
    "thread": {
        "messages": [{"role": "user", "content": "x", "attachments": FILES}],
        "tool_resources": {
            "code_interpreter": {"files": ["f.txt"]},
            "file_search": {"vector_store": "a"},
        },
    },
    "run": RUN,
    "functions": {
        "f": {"output": [1], "when": [{"arguments": {"a": 1}, "output": 2}]},
        "g": {"command": ["true"], "timeout": 5},
    },
    "targets": ["local"],
    "repeat": 2,
    "require": "any",
    "needs_model": True,
}
TURNS: dict[str, Any] = {
    "turns": [{"prompt": "x", "expect": {"max_tokens": 3}, "attachments": FILES}]
}


def places(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every value inside of another."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in items:
        yield (*here, step)
        if isinstance(item, dict | list):
            yield from places(item, (*here, step))


def taken_from(case: dict[str, Any], place: tuple[str | int, ...]) -> tuple[Any, dict[str, Any]]:
    """The value there, and the case with a reference to it instead."""
    case = deepcopy(case)
    *above, last = place
    holder: Any = case
    for step in above:
        holder = holder[step]
    value, holder[last] = holder[last], "${case.n}"
    return value, case


def test_the_example_has_every_field() -> None:
    parts = schema("assistant")["$defs"]

    assert {*CASE, *TURNS, "cases", "matrix"} == parts["smoke_case"]["properties"].keys()
    assert {f"not_{kind}" for kind in KINDS} | KINDS.keys() == parts["expect"]["properties"].keys()
    assert RUN.keys() == parts["run"]["properties"].keys()
    assert EDITOR.is_valid({**HEAD, "smoke": [CASE, TURNS]})


@pytest.mark.parametrize("case", [CASE, TURNS], ids=["prompt", "turns"])
def test_whatever_may_come_from_a_row_may_be_written_as_a_reference(
    project_dir: Path, case: dict[str, Any]
) -> None:
    folder = Folder(project_dir)
    folder.write({"f.txt": "x"})
    folder.write({MANIFEST: yaml.safe_dump({**HEAD, "smoke": [case]})})
    usual = {d.code for d in folder.load().diagnostics}
    told_apart = set()
    for place in places(case):
        value, written = taken_from(case, place)
        document = {**HEAD, "smoke": [{**written, "cases": [{"n": value}]}]}
        folder.write({MANIFEST: yaml.safe_dump(document)})
        assert {d.code for d in folder.load().diagnostics} <= usual, place
        if not EDITOR.is_valid(document):
            told_apart.add(".".join(map(str, place)))

    constants = {"run.tool_choice.type", "run.truncation_strategy.type"}
    assert told_apart == (constants if case is CASE else set())


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        ("reasoning_effort: '${var.effort}'", True),
        ("reasoning_effort: lots", False),
        ("temperature: '${var.warm}'", False),
        ("temperature: '${case.warm}'", False),
        ("smoke: [{prompt: x, run: {temperature: '${var.warm}'}}]", False),
        ("smoke: [{prompt: x, run: {temperature: '${case.warm} or so'}}]", False),
        ("smoke: [{prompt: x, run: {temperature: '${matrix.warm}'}}]", True),
        ("smoke: [{prompt: x, require: '${var.how}'}]", True),
        ("smoke: [{prompt: x, repeat: many}]", False),
        ("smoke: [{turns: [{prompt: x}], prompt: '${case.prompt}'}]", False),
        ("smoke: [{prompt: x, cases: '${case.rows}'}]", False),
        ("tools: '${case.tools}'", False),
    ],
)
def test_references_are_allowed_where_the_loader_replaces_them(document: str, valid: bool) -> None:
    assert EDITOR.is_valid({**HEAD, **yaml.safe_load(document)}) is valid


@pytest.mark.parametrize(
    ("target", "valid"),
    [
        ({"api": "local", "like": "${env.LIKE}"}, True),
        ({"api": "local", "parallelism": "${env.MANY}"}, False),
        ({"api": "responses", "api_key": "${env.KEY}"}, True),
        ({"api": "responses", "api_key": "${var.key}"}, False),
    ],
)
def test_a_secret_is_still_a_reference_to_the_environment(
    target: dict[str, Any], valid: bool
) -> None:
    project = jsonschema.Draft202012Validator(json.loads(schema_text("project")))

    assert project.is_valid({"project": "a", "targets": {"t": target}}) is valid
