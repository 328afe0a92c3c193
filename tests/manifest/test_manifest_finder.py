"""Slips that YAML and the schemas let through: each is warned about, or told the right form."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


def said(folder: Folder, body: str) -> str:
    folder.write({MANIFEST: ASSISTANT + body})
    return "\n".join(f"{d.summary} {d.detail} {d.fix}" for d in folder.load().diagnostics)


# --- references in files ------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["${var.city}", "${ env.HOME }", "${target.name}"])
def test_a_reference_in_a_file_is_warned_about_where_it_stands(
    folder: Folder, reference: str
) -> None:
    text = f"Hello.\nYou are in {reference}. I said {reference}.\n"
    folder.write({"p.md": text, MANIFEST: ASSISTANT + "instructions: {file: p.md}\n"})

    assert folder.problems() == ["reference-in-file p.md:2:12"]
    desired = folder.load().desired
    assert desired is not None
    assert desired.assistants[0].spec.instructions == text


def test_a_reference_in_a_json_file_is_too(folder: Folder) -> None:
    schema = '{"type": "object",\n "description": "for ${var.city}"}'
    body = "tools: [{type: function, function: {name: f, parameters: {file: f.json}}}]\n"
    folder.write({MANIFEST: ASSISTANT + body, "f.json": schema})

    assert folder.problems() == ["reference-in-file f.json:2:22"]


@pytest.mark.parametrize("text", ["$${var.x}", "${HOME}", "${var.}", "$var.x", "{{ var.x }}"])
def test_other_templates_are_nobodys_business(folder: Folder, text: str) -> None:
    folder.write({"p.md": text, MANIFEST: ASSISTANT + "instructions: {file: p.md}\n"})

    assert folder.problems() == []


# --- paths as text ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["prompts/x.md", "./prompts/x.md", "'prompts/x.md '"])
def test_a_path_where_a_text_belongs_is_warned_about(folder: Folder, value: str) -> None:
    folder.write({"prompts/x.md": "Be brief."})

    assert "Did you mean {file: prompts/x.md}?" in said(folder, f"instructions: {value}\n")
    assert folder.problems() == [f"path-as-text {MANIFEST}:3:15"]


def test_so_is_one_beside_the_manifest(folder: Folder) -> None:
    folder.write({"assistants/x.md": "Be brief."})

    assert "Did you mean {file: assistants/x.md}?" in said(folder, "instructions: x.md\n")


def test_a_sentence_is_none(folder: Folder) -> None:
    folder.write({"prompts/x.md": "Be brief."})

    assert said(folder, "instructions: Read prompts/x.md\n") == ""
    assert said(folder, "instructions: prompts\n") == ""
    assert said(folder, 'instructions: "prompts/x.md\\nis what you are made of."\n') == ""


def test_a_schema_given_by_its_path_gets_the_right_form(folder: Folder) -> None:
    function = "{name: f, parameters: tools/f.json}"

    assert "Write {file: tools/f.json} for what a file holds." in said(
        folder, f"tools: [{{type: function, function: {function}}}]\n"
    )


# --- endings of manifests -----------------------------------------------------------------------


def test_both_endings_are_manifests(folder: Folder) -> None:
    folder.write({MANIFEST: ASSISTANT, "assistants/b.yml": ASSISTANT})

    assert [assistant.key for assistant in folder.desired().assistants] == ["a", "b"]


@pytest.mark.parametrize("name", ["b.yml", "b.YAML", "b.Yml"])
def test_a_manifest_with_an_ending_that_no_glob_has_is_named(folder: Folder, name: str) -> None:
    folder.write({"asstctl.yaml": "project: acme\nmanifests: ['assistants/*.yaml']\n"})
    folder.write({MANIFEST: ASSISTANT, f"assistants/{name}": ASSISTANT})
    folder.write({"assistants/compose.yml": "services: {}\n"})

    assert folder.problems() == ["unread-manifest asstctl.yaml:2:13"]
    assert f"assistants/{name} is not read" in folder.load().diagnostics[0].summary


def test_another_glob_may_find_it(folder: Folder) -> None:
    folder.write({"asstctl.yaml": "project: acme\nmanifests: ['assistants/*.yaml', '**/*.yml']\n"})
    folder.write({MANIFEST: ASSISTANT, "assistants/b.yml": ASSISTANT})

    assert folder.problems() == []


# --- comments, anchors, forms -------------------------------------------------------------------


def test_a_text_that_a_hash_cuts_is_warned_about(folder: Folder) -> None:
    body = "instructions: answer #1 first\nname: Guide # the first one\nmetadata: {a: b} #x\n"

    assert folder.found_in(body) == ["cut-text 3:15"]


@pytest.mark.parametrize(
    "value",
    ["'answer #1 first'", "answer#1 first", "answer # one", "|\n  answer #1", "x\nmodel: m #2"],
)
def test_a_text_that_is_whole_is_not(folder: Folder, value: str) -> None:
    folder.write({MANIFEST: f"kind: assistant\ndescription: {value}\n"})

    assert "cut-text" not in str(folder.problems())


def test_cases_of_smoke_are_looked_at_too(folder: Folder) -> None:
    body = "smoke:\n  - prompt: say #1\n    expect: {contains: [a, b #2\n    ]}\n"

    assert folder.found_in(body) == ["cut-text 4:13", "cut-text 5:28"]


def test_fields_that_start_with_x_hold_what_is_shared(folder: Folder) -> None:
    folder.write(
        {
            "asstctl.yaml": "project: acme\nx-any: [1, {b: '${nonsense}'}]\n",
            MANIFEST: "x-shared: &shared\n  team: '${env.UNSET}'\n  plan: b\n"
            f"{ASSISTANT}metadata: {{<<: *shared, team: a}}\n",
        }
    )

    (assistant,) = folder.desired().assistants

    assert assistant.spec.metadata == {"team": "a", "plan": "b"}


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("tools: [file_search]\n", "Write {type: file_search}."),
        ("tools: [function]\n", "Write {type: function, function: …}."),
        ("response_format: json_object\n", "Write {type: json_object}."),
        ("response_format: json_schema\n", "Write {type: json_schema, json_schema: …}."),
        ("functions: [{name: f}]\n", 'Did you mean "tools"?'),
        ("overrides: {local: {functions: []}}\n", 'Did you mean "tools"?'),
    ],
)
def test_a_near_miss_is_told_the_right_form(folder: Folder, body: str, form: str) -> None:
    assert form in said(folder, body)
