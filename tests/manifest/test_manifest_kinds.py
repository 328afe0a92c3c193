"""Fields of assistants and vector stores: names, types and every limit of the API."""

from pathlib import Path

import pytest
from manifest_folder import MANIFEST, STORE, Folder

from asstctl.views.diagnostics.human import render_diagnostics

LONG_KEY = "k" * 65
FUNCTIONS = ", ".join(f"{{type: function, function: {{name: f{i}}}}}" for i in range(129))
SCHEMA = "{type: object, properties: {a: {type: string}}}"


def tool(text: str) -> str:
    return f"tools:\n  - {text}\n"


def function(text: str) -> str:
    return tool(f"{{type: function, function: {text}}}")


ASSISTANTS = {
    "misspelt field": ("instruction: x\n", ["unknown-field 3:1"]),
    "field of another kind": ("expires_after: {}\n", ["unknown-field 3:1"]),
    "id": ("id: asst_1\n", ["unknown-field 3:1"]),
    "v1 files": ("file_ids: [file-1]\n", ["v1-spelling 3:1"]),
    "v1 tool": (tool("type: retrieval"), ["v1-spelling 4:11"]),
    "v2 ids": ("tool_resources: {}\n", ["unknown-field 3:1"]),
    "number for text": ("name: 12\n", ["wrong-type 3:7"]),
    "text for number": ("temperature: hot\n", ["wrong-type 3:14"]),
    "text for boolean": ("lifecycle: {protect: yes}\n", ["wrong-type 3:22"]),
    "text for list": ("tools: file_search\n", ["wrong-type 3:8"]),
    "list for text": ("name: [a]\n", ["wrong-type 3:1"]),
    "mapping for list": ("previously: {a: b}\n", ["wrong-type 3:1"]),
    "list for mapping": ("metadata: [a]\n", ["wrong-type 3:1"]),
    "long name": (f"name: {'x' * 257}\n", ["too-long 3:7"]),
    "empty name": ("name: ''\n", ["empty-value 3:7"]),
    "long description": (f"description: {'x' * 513}\n", ["too-long 3:14"]),
    "long instructions": (f"instructions: {'x' * 256_001}\n", ["too-long 3:15"]),
    "hot": ("temperature: 2.1\n", ["out-of-range 3:14"]),
    "cold": ("temperature: -0.1\n", ["out-of-range 3:14"]),
    "top_p": ("top_p: 1.5\n", ["out-of-range 3:8"]),
    "effort": ("reasoning_effort: hgh\n", ["unknown-value 3:19"]),
    "metadata value": ("metadata: {a: 1}\n", ["wrong-type 3:15"]),
    "metadata long value": (f"metadata: {{a: {'x' * 513}}}\n", ["too-long 3:15"]),
    "metadata long key": (f"metadata: {{{LONG_KEY}: x}}\n", ["too-long 3:12"]),
    "metadata empty key": ("metadata: {'': x}\n", ["empty-value 3:12"]),
    "metadata own key": ("metadata: {asstctl_key: x}\n", ["reserved-key 3:12"]),
    "metadata pairs": (
        "metadata: {a: '', b: '', c: '', d: '', e: '', f: '', g: '', h: ''}\n",
        ["too-many 3:1"],
    ),
    "metadata field that looks like a number": ("metadata: {'01': 1}\n", ["wrong-type 3:18"]),
    "key": ("key: Big Key\n", ["bad-key 3:6"]),
    "long key": (f"key: {LONG_KEY}\n", ["bad-key 3:6"]),
    "key that ends in a line end": ('key: "a\\n"\n', ["bad-key 3:6"]),
    "previous key": ("previously: [Old Key]\n", ["bad-key 3:14"]),
    "previous key twice": ("previously: [b, b]\n", ["duplicate-item 3:1"]),
    "format": ("response_format: jsn\n", ["unknown-value 3:18"]),
    "format type": ("response_format: {type: jsn}\n", ["unknown-value 3:25"]),
    "format without schema": ("response_format: {type: json_schema}\n", ["missing-field 3:1"]),
    "format without name": (
        f"response_format: {{type: json_schema, json_schema: {{schema: {SCHEMA}}}}}\n",
        ["missing-field 3:38"],
    ),
    "format name": (
        "response_format: {type: json_schema, json_schema: {name: a b}}\n",
        ["bad-name 3:58"],
    ),
    "format schema": (
        "response_format: {type: json_schema, json_schema: {name: a, schema: {type: x}}}\n",
        ["invalid-schema 3:76"],
    ),
    "unknown tool": (tool("type: file_serch"), ["unknown-value 4:11"]),
    "tool without type": (tool("files: [a]"), ["missing-field 4:5"]),
    "tool that is text": (tool("file_search"), ["wrong-type 4:5"]),
    "tool's field": (tool("{type: code_interpreter, file: x}"), ["unknown-field 4:30"]),
    "tools": (f"tools: [{FUNCTIONS}]\n", ["too-many 3:1"]),
    "tool twice": ("tools: [{type: file_search}, {type: file_search}]\n", ["duplicate-tool 3:37"]),
    "function twice": (
        "tools: [{type: function, function: {name: f}}, {type: function, function: {name: f}}]\n",
        ["duplicate-tool 3:82"],
    ),
    "function name": (function("{name: get weather}"), ["bad-function-name 4:39"]),
    "function long name": (function(f"{{name: {LONG_KEY}}}"), ["bad-function-name 4:39"]),
    "function without name": (function("{description: x}"), ["missing-field 4:22"]),
    "function's field": (function("{name: f, paramters: {}}"), ["unknown-field 4:42"]),
    "parameters of no type": (function("{name: f, parameters: {}}"), ["invalid-schema 4:42"]),
    "parameters of another type": (
        function("{name: f, parameters: {type: array}}"),
        ["invalid-schema 4:61"],
    ),
    "parameters with a wrong type": (
        function("{name: f, parameters: {type: object, properties: {a: {type: strin}}}}"),
        ["invalid-schema 4:92"],
    ),
    "parameters with a bad pattern": (
        function("{name: f, parameters: {type: object, properties: {a: {pattern: '('}}}}"),
        ["invalid-schema 4:95"],
    ),
    "parameters with a dangling reference": (
        function("{name: f, parameters: {type: object, $ref: '#/$defs/none'}}"),
        ["invalid-schema 4:42"],
    ),
    "parameters that would have to be fetched": (
        function("{name: f, parameters: {type: object, $ref: 'https://example.com/x.json'}}"),
        ["invalid-schema 4:42"],
    ),
    "parameters of an unknown draft": (
        function("{name: f, parameters: {type: object, $schema: 'https://example.com/x'}}"),
        ["invalid-schema 4:78"],
    ),
    "results": (tool("{type: file_search, max_num_results: 51}"), ["out-of-range 4:42"]),
    "results in part": (tool("{type: file_search, max_num_results: 1.5}"), ["wrong-type 4:42"]),
    "ranker": (
        tool("{type: file_search, ranking_options: {ranker: best, score_threshold: 2}}"),
        ["unknown-value 4:51", "out-of-range 4:74"],
    ),
    "ranking without threshold": (
        tool("{type: file_search, ranking_options: {ranker: auto}}"),
        ["missing-field 4:25"],
    ),
    "store and files": (
        tool("{type: file_search, vector_store: a, files: [docs/a.md]}"),
        ["unknown-vector-store 4:39", "conflicting-fields 4:42"],
    ),
    "chunking without files": (
        tool("{type: file_search, chunking_strategy: auto}"),
        ["conflicting-fields 4:25"],
    ),
    "no files": (tool("{type: file_search, files: []}"), ["too-few 4:25"]),
    "ignored field": ("lifecycle: {ignore_changes: [temprature]}\n", ["unknown-field 3:30"]),
    "ignored guard": ("lifecycle: {ignore_changes: [lifecycle]}\n", ["unknown-field 3:30"]),
    "lifecycle field": ("lifecycle: {protected: true}\n", ["unknown-field 3:13"]),
    "override of the key": ("overrides: {local: {key: b}}\n", ["not-here 3:21"]),
    "override of the kind": ("overrides: {local: {kind: assistant}}\n", ["not-here 3:21"]),
    "override's field": ("overrides: {local: {temprature: 1}}\n", ["unknown-field 3:21"]),
    "override's value": ("overrides: {local: {temperature: 9}}\n", ["out-of-range 3:34"]),
    "override for nobody": ("overrides: {prod: {temperature: 1}}\n", ["unknown-target 3:13"]),
    "overrides of text": ("overrides: prod\n", ["wrong-type 3:12"]),
    "override of text": ("overrides: {local: x}\n", ["wrong-type 3:20"]),
    "several at once": (
        "temperature: 3\nfoo: 1\ntools: [{type: file_search, files: [none.md]}]\n",
        ["out-of-range 3:14", "unknown-field 4:1", "missing-file 5:37"],
    ),
}

STORES = {
    "description": ("description: x\n", ["unknown-field 2:1"]),
    "v1 files": ("file_ids: [file-1]\n", ["v1-spelling 2:1"]),
    "days": ("expires_after: {anchor: last_active_at, days: 366}\n", ["out-of-range 2:47"]),
    "no days": ("expires_after: {anchor: last_active_at}\n", ["missing-field 2:1"]),
    "anchor": ("expires_after: {anchor: created_at, days: 1}\n", ["unknown-value 2:25"]),
    "chunking": ("chunking_strategy: static\n", ["unknown-value 2:20"]),
    "chunking type": ("chunking_strategy: {type: fixed}\n", ["unknown-value 2:27"]),
    "chunking without sizes": ("chunking_strategy: {type: static}\n", ["missing-field 2:1"]),
    "small chunks": (
        "chunking_strategy: {type: static, static: {max_chunk_size_tokens: 99, "
        "chunk_overlap_tokens: 10}}\n",
        ["out-of-range 2:67"],
    ),
    "large chunks": (
        "chunking_strategy: {type: static, static: {max_chunk_size_tokens: 4097, "
        "chunk_overlap_tokens: 10}}\n",
        ["out-of-range 2:67"],
    ),
    "large overlap": (
        "chunking_strategy: {type: static, static: {max_chunk_size_tokens: 200, "
        "chunk_overlap_tokens: 101}}\n",
        ["out-of-range 2:94"],
    ),
    "files": ("files: docs/a.md\n", ["wrong-type 2:8"]),
    "file entry": ("files: [{file: docs/a.md}]\n", ["missing-field 2:9", "unknown-field 2:10"]),
    "ignored field": ("lifecycle: {ignore_changes: [model]}\n", ["unknown-field 2:30"]),
    "metadata": ("metadata: {asstctl_x: ''}\n", ["reserved-key 2:12"]),
}


@pytest.mark.parametrize(("body", "expected"), ASSISTANTS.values(), ids=ASSISTANTS)
def test_an_assistants_mistakes_have_a_place(
    project_dir: Path, body: str, expected: list[str]
) -> None:
    folder = Folder(project_dir)
    folder.write({"docs/a.md": "A."})

    assert folder.found_in(body) == expected


CLOSED = "type: object, additionalProperties: false"
STRICT_PARAMETERS = {
    "closed": (f"{{{CLOSED}, properties: {{a: {{type: string}}}}, required: [a]}}", []),
    "without arguments": (f"{{{CLOSED}, properties: {{}}}}", []),
    "open": ("{type: object, properties: {a: {}}, required: [a]}", ["loose-schema 4:56"]),
    "open on purpose": ("{type: object, additionalProperties: true}", ["loose-schema 4:105"]),
    "optional": (
        f"{{{CLOSED}, properties: {{a: {{}}, b: {{}}}}, required: [a]}}",
        ["loose-schema 4:140"],
    ),
    "optional, all of them": (f"{{{CLOSED}, properties: {{a: {{}}}}}}", ["loose-schema 4:56"]),
    "open inside": (
        f"{{{CLOSED}, properties: {{a: {{type: array, items: {{anyOf: [{{type: object}}]}}}}}}, "
        "required: [a]}",
        ["loose-schema 4:158"],
    ),
    "open by reference": (
        f"{{{CLOSED}, properties: {{a: {{$ref: '#/$defs/b'}}}}, required: [a], "
        "$defs: {b: {type: object}}}",
        ["loose-schema 4:173"],
    ),
    "no schema": ("{type: objekt}", ["invalid-schema 4:75"]),
}


@pytest.mark.parametrize(
    ("parameters", "expected"), STRICT_PARAMETERS.values(), ids=STRICT_PARAMETERS
)
def test_what_strict_does_not_allow_has_a_place(
    project_dir: Path, parameters: str, expected: list[str]
) -> None:
    folder = Folder(project_dir)

    assert folder.found_in(function(f"{{name: f, strict: true, parameters: {parameters}}}")) == (
        expected
    )


def test_an_open_schema_is_worth_a_warning_only_where_it_is_meant_strictly(
    project_dir: Path,
) -> None:
    folder = Folder(project_dir)
    form = "response_format: {type: json_schema, json_schema: {name: a, %sschema: %s}}\n"

    assert folder.found_in(form % ("", SCHEMA)) == []
    assert folder.found_in(form % ("strict: true, ", SCHEMA)) == ["loose-schema 3:75"] * 2
    assert not any(found.is_error for found in folder.load().diagnostics)


@pytest.mark.parametrize(("body", "expected"), STORES.values(), ids=STORES)
def test_a_stores_mistakes_have_a_place(project_dir: Path, body: str, expected: list[str]) -> None:
    folder = Folder(project_dir)
    folder.write({"docs/a.md": "A."})

    assert folder.found_in(body, head=STORE) == expected


def said(folder: Folder, body: str, head: str | None = None) -> str:
    if head is None:
        folder.found_in(body)
    else:
        folder.found_in(body, head=head)
    return "\n".join(f"{d.summary}\n{d.detail}\n{d.fix}" for d in folder.load().diagnostics)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("instruction: x\n", 'unknown field "instruction"'),
        ("instruction: x\n", "An assistant has no such field."),
        ("instruction: x\n", 'Did you mean "instructions"?'),
        ("Name: x\n", 'Did you mean "name"?'),
        ("zzz: 1\n", "Its fields are compaction, description"),
        (tool("type: file_serch"), 'Did you mean "file_search"?'),
        (tool("type: retrieval"), "Write `type: file_search`."),
        ("file_ids: []\n", "under a code_interpreter or file_search tool"),
        ("reasoning_effort: hgh\n", '"none", "minimal", "low", "medium", "high", "xhigh" or "max"'),
        ("response_format: jsn\n", 'It is "jsn"; it can be "auto" or a mapping.'),
        ("temperature: 012\n", "Write a plain decimal number without quotes"),
        ("lifecycle: {protect: on}\n", "Write true or false"),
        ("name: 12\n", "Put it in quotes"),
        ("name: {file: a.md}\n", "write the text itself"),
        ("metadata: {a: '', b: '', c: '', d: '', e: '', f: '', g: '', h: ''}\n", "7 are allowed"),
        (f"name: {'x' * 300}\n", "It has 300 characters; 256 are allowed."),
        (function("{name: f, parameters: {}}"), "write `type: object` and `properties`"),
        ("key: Big Key\n", "A key has 1 to 64 of a-z, 0-9, - and _"),
    ],
)
def test_messages_say_what_to_do(project_dir: Path, body: str, text: str) -> None:
    assert text in said(Folder(project_dir), body)


def test_a_stores_description_is_explained(project_dir: Path) -> None:
    message = said(Folder(project_dir), "description: x\n", head=STORE)

    assert "never gives a store's description back" in message


def test_a_field_may_be_null_and_is_then_not_set(project_dir: Path) -> None:
    folder = Folder(project_dir)
    fields = "name description instructions tools temperature top_p response_format metadata"
    fields += " reasoning_effort lifecycle previously overrides smoke"
    body = "".join(f"{name}:\n" for name in fields.split())

    assert folder.found_in(body) == []


def test_a_field_is_shown_with_its_line(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.found_in("name: x\ninstruction: You are a travel guide.\n")

    (problem,) = folder.load().diagnostics

    assert problem.excerpt is not None
    assert problem.excerpt.text == "instruction: You are a travel guide."
    assert problem.excerpt.width == len("instruction")


def test_very_long_lines_are_shown_in_part(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.found_in(f"instructions: {'x' * 300_000}\n")

    (problem,) = folder.load().diagnostics

    assert problem.excerpt is not None
    assert len(problem.excerpt.text) <= 400


def test_control_characters_never_reach_a_message(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {MANIFEST: 'kind: assistant\nmodel: m\n"\\e[31m\\u202e": x\nname: "a\u202eb": c\n'}
    )
    folder.write({"assistants/b.yaml": 'kind: assistant\nmodel: m\n"\\e[31m": x\n'})

    text = render_diagnostics(folder.load().diagnostics)

    assert 'unknown field "\\u001b[31m"' in text
    assert "\x1b" not in text
    assert "\u202e" not in text
