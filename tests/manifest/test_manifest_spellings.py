"""Fields with two spellings: either will do, both at once will not."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.model.assistant import AssistantSpec, Function, HostedTool

SCHEMA = "{type: object, properties: {a: {type: string}}}"
PAIRS = [
    ("reasoning_effort: low\n", "reasoning: {effort: low}\n"),
    ("response_format: {type: json_object}\n", "text: {format: {type: json_object}}\n"),
    ("response_format: {type: text}\n", "text: {format: {type: text}}\n"),
    (
        "response_format: {type: json_schema, "
        f"json_schema: {{name: n, strict: true, schema: {SCHEMA}}}}}\n",
        f"text: {{format: {{type: json_schema, name: n, strict: true, schema: {SCHEMA}}}}}\n",
    ),
    (
        "response_format: {type: json_schema, json_schema: {name: n, schema: {file: s.json}}}\n",
        "text: {format: {type: json_schema, name: n, schema: {file: s.json}}}\n",
    ),
    (
        "tools: [{type: function, "
        f"function: {{name: f, description: d, parameters: {SCHEMA}}}}}]\n",
        f"tools: [{{type: function, name: f, description: d, parameters: {SCHEMA}}}]\n",
    ),
    (
        "lifecycle: {ignore_changes: [reasoning_effort, response_format.json_schema.name]}\n",
        "lifecycle: {ignore_changes: [reasoning.effort, text.format.name]}\n",
    ),
    (
        "lifecycle: {ignore_changes: [response_format, response_format.type]}\n",
        "lifecycle: {ignore_changes: [text.format, text.format.type]}\n",
    ),
    (
        "lifecycle: {ignore_changes: [reasoning.effort, reasoning, text.format, text]}\n",
        "lifecycle: {ignore_changes: [reasoning, text]}\n",
    ),
]
BOTH = [
    ("reasoning_effort: low\nreasoning: {effort: high}\n", "4:13"),
    ("reasoning:\n  effort: high\nreasoning_effort: low\n", "5:1"),
    ("text: {format: {type: text}}\nresponse_format: auto\n", "4:1"),
    ("tools:\n  - {type: function, function: {name: f}, strict: true}\n", "4:43"),
    ("tools:\n  - {type: function, name: f, function: {name: f}}\n", "4:31"),
]


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    folder = Folder(project_dir)
    folder.write({"s.json": '{"type": "object"}'})
    return folder


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_either_spelling_comes_to_the_same(folder: Folder, one: str, other: str) -> None:
    found = []
    for body in (one, other):
        folder.write({MANIFEST: ASSISTANT + body})
        desired = folder.load().desired
        assert desired is not None
        found.append(desired.assistants[0])

    assert found[0] == found[1]


@pytest.mark.parametrize(("body", "place"), BOTH)
def test_both_at_once_are_an_error_at_the_second(folder: Folder, body: str, place: str) -> None:
    assert folder.found_in(body) == [f"conflicting-fields {place}"]


def test_a_layer_above_may_use_the_other_spelling(folder: Folder) -> None:
    text = (
        "project: a\ntarget: one\n"
        "targets: {one: {api: local}, two: {api: local, overrides: {reasoning_effort: high}}}\n"
        "defaults: {reasoning_effort: low, text: {format: {type: text}}}\n"
    )
    body = "reasoning: {effort: medium}\nresponse_format: {type: json_object}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT + body})

    def spec(target: str) -> AssistantSpec:
        return folder.desired(target).assistants[0].spec

    assert (spec("one").reasoning_effort, spec("two").reasoning_effort) == ("medium", "high")
    assert spec("one").response_format == {"type": "json_object"}


def test_a_schema_is_looked_at_in_either_spelling(folder: Folder) -> None:
    form = "{type: json_schema, name: n, schema: {type: nope}}"
    assert folder.found_in(f"text: {{format: {form}}}\n") == ["invalid-schema 3:60"]
    assert folder.found_in("tools: [{type: function, name: f, parameters: {type: string}}]\n") == [
        "invalid-schema 3:54"
    ]


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            "{type: function, name: f, description: d, defer_loading: true}",
            Function("f", "d", defer_loading=True),
        ),
        ("{type: tool_search}", HostedTool("tool_search")),
        (
            "{type: web_search, mode: live, context_size: null, location: {city: Lisbon}}",
            HostedTool("web_search", {"mode": "live", "location": {"city": "Lisbon"}}),
        ),
        (
            "{type: mcp, server_label: c, "
            "transport: {type: stdio, command: x, cwd: /w, args: [y]}}",
            HostedTool(
                "mcp",
                {
                    "server_label": "c",
                    "transport": {"type": "stdio", "command": "x", "cwd": "/w", "args": ["y"]},
                },
            ),
        ),
    ],
)
def test_tools_of_the_other_apis(folder: Folder, tool: str, expected: object) -> None:
    text = "project: a\ntargets: {one: {api: agents}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: f"{ASSISTANT}tools: [{tool}]\n"})

    assert folder.desired().assistants[0].spec.tools == (expected,)


@pytest.mark.parametrize(
    ("tools", "place"),
    [
        ("[{type: web_search}, {type: web_search}]", "3:36"),
        ("[{type: mcp, server_label: a}, {type: mcp, server_label: a}]", "3:65"),
        ("[{type: function, name: f}, {type: function, function: {name: f}}]", "3:70"),
    ],
)
def test_a_tool_stands_in_the_list_once(folder: Folder, tools: str, place: str) -> None:
    problems = folder.found_in(f"tools: {tools}\n")

    assert [p for p in problems if p.startswith("duplicate")] == [f"duplicate-tool {place}"]
