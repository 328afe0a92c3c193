"""Characters that nobody sees: an error in names, a warning in texts, each at its place."""

from pathlib import Path

import pytest
from manifest_folder import MANIFEST, Folder

from asstctl.views.diagnostics.human import render_diagnostics

HIDDEN = "\u202e"
TOOL = "tools: [{type: function, function: {name: f, parameters: %s}}]\n"
SCHEMA = '{"type": "object", "properties": {"%s": {}}}'


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('metadata: {"k\\e[31m\\n\\nNo changes.": v}\n', "3:12"),
        ('metadata: {"a\\nb": v}\n', "3:12"),
        ('metadata: {"a\\tb": v}\n', "3:12"),
        ('metadata: {"a\\u2028b": v}\n', "3:12"),
        (f"metadata: {{a{HIDDEN}b: v}}\n", "3:12"),
        ("metadata:\n  ? |\n    a\n    b\n  : v\n", "4:5"),
        (TOOL % SCHEMA % f"a{HIDDEN}", "3:92"),
        (f"smoke: [{{prompt: p, expect: {{json: {{schema: {SCHEMA % HIDDEN}}}}}}}]\n", "3:79"),
    ],
)
def test_a_hidden_character_in_a_name_is_an_error(project_dir: Path, body: str, place: str) -> None:
    assert Folder(project_dir).found_in(body) == [f"hidden-in-name {place}"]


def test_a_hidden_character_in_a_schemas_file_is_an_error_there(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"t.json": '{"type": "object",\n "properties": {"a\\u202e": {}}}'})

    found = folder.found_in(TOOL % "{file: t.json}")

    assert found == ["hidden-in-name t.json:2:17"]


@pytest.mark.parametrize(
    "body",
    [
        'tools: [{type: function, function: {name: "f\\n"}}]\n',
        f'tools: [{{type: function, function: {{name: "f{HIDDEN}"}}}}]\n',
        'key: "a\\n"\n',
        'previously: ["a\\n"]\n',
        'tools: [{type: "file_search\\u200b"}]\n',
    ],
)
def test_other_names_take_no_such_character_anyway(project_dir: Path, body: str) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: f"kind: assistant\nmodel: m\n{body}"})

    assert any(item.is_error for item in folder.load().diagnostics)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (f"name: a{HIDDEN}b\n", "3:8"),
        ('name: "ab\\u202e"\n', "3:7"),
        (f"description: >\n  one\n  tw{HIDDEN}o\n", "5:5"),
        ("instructions: |\n  one\u200b\n  two\u200b\n", "4:6"),
        (f"metadata: {{team: a{HIDDEN}}}\n", "3:19"),
        ('smoke: [{prompt: "\\e[2J"}]\n', "3:18"),
    ],
)
def test_a_hidden_character_in_a_text_is_a_warning(
    project_dir: Path, body: str, place: str
) -> None:
    folder = Folder(project_dir)

    assert folder.found_in(body) == [f"hidden-character {place}"]
    assert folder.load().ok


@pytest.mark.parametrize("character", ["\x0c", "\x0b", "\r", "\x85", "\u2028", "\ufeff", "\u00ad"])
def test_a_prompts_file_is_warned_of_once_where_the_first_one_is(
    project_dir: Path, character: str
) -> None:
    folder = Folder(project_dir)
    folder.write({"p.md": f"one\ntwo{character}three\nfour{character}!\n"})

    found = folder.found_in("instructions: {file: p.md}\n")

    assert found[0] == "hidden-character p.md:2:4"
    assert len(found) == 1
    assert "1 more follow" in render_diagnostics(folder.load().diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        "one\r\ntwo\r\n",
        "a\ttab",
        "👩\u200d💻 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می\u200cخواهم",
        "क्\u200dष",
        "tout de même\u00a0!",
        "e\u0301",
    ],
)
def test_what_writing_needs_is_no_hidden_character(project_dir: Path, text: str) -> None:
    folder = Folder(project_dir)
    folder.write({"p.md": text})

    assert folder.found_in("instructions: {file: p.md}\n") == []


@pytest.mark.parametrize("text", ["a\u200db", "می\u200c ", "🏴\U000e0067", "x\u200c\u200d"])
def test_joiners_that_join_nothing_are_hidden_characters(project_dir: Path, text: str) -> None:
    folder = Folder(project_dir)
    folder.write({"p.md": text})

    assert len(folder.found_in("instructions: {file: p.md}\n")) == 1


def test_asstctl_yaml_is_looked_through_too(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"asstctl.yaml": f"project: acme\nvars: {{city: L{HIDDEN}}}\n"})

    assert folder.found_in("") == ["hidden-character asstctl.yaml:2:15"]


def test_the_character_is_shown_and_pointed_at(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: f"kind: assistant\nmodel: m\nname: 表\u200b{HIDDEN}b\n"})

    rows = render_diagnostics(folder.load().diagnostics).splitlines()

    assert rows[0].startswith("assistants/a.yaml:3:8: warning: hidden character: U+200B ZERO WIDTH")
    assert rows[1] == "  3 | name: 表\\u200b\\u202eb"
    assert rows[2] == "    |         ^^^^^^"  # the letter before it is two columns wide


def test_what_aliases_repeat_is_reported_once(project_dir: Path) -> None:
    body = f"metadata: {{a: &x t{HIDDEN}, b: *x, c: *x}}\n"

    assert Folder(project_dir).found_in(body) == ["hidden-character 3:19"]
