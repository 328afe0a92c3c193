"""``{file: …, render: true}``: references in a file are replaced, in texts and in JSON."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.model.assistant import Function
from asstctl.model.sensitive import MASK

PROJECT = """\
project: acme
vars: {city: Lisbon}
target: one
targets: {one: {api: local}, two: {api: local, vars: {city: Porto}}}
"""
TEXT = "instructions: {file: p.md, render: true}\n"
FUNCTION = (
    "tools: [{type: function, function: {name: f, parameters: {file: f.json, render: true}}}]\n"
)


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    folder = Folder(project_dir)
    folder.environ = {"TEAM": "blue-team-7"}
    folder.write({"asstctl.yaml": PROJECT, MANIFEST: ASSISTANT + TEXT})
    return folder


def test_references_in_a_text_are_replaced_for_the_target(folder: Folder) -> None:
    folder.write(
        {"p.md": "${target.name}: ${var.city} of ${ env.TEAM }, not $${var.city}.\r\n$5\n"}
    )

    texts = [folder.desired(target).assistants[0].spec.instructions for target in ("one", "two")]

    assert texts == [
        f"{target} of blue-team-7, not ${{var.city}}.\r\n$5\n"
        for target in ("one: Lisbon", "two: Porto")
    ]


def test_references_in_the_texts_of_a_json_file_are_replaced(folder: Folder) -> None:
    folder.environ = {"TEAM": 'a "quoted"\nname'}
    folder.write({"f.json": '{"type": "object", "description": "${env.TEAM}", "${var.city}": {}}'})
    folder.write({MANIFEST: ASSISTANT + FUNCTION})

    (tool,) = folder.desired().assistants[0].spec.tools

    assert isinstance(tool, Function)
    assert tool.parameters == {
        "type": "object", "description": 'a "quoted"\nname', "${var.city}": {}
    }  # fmt: skip


def test_what_came_from_the_environment_is_sensitive(folder: Folder) -> None:
    folder.write({"p.md": "We are the ${env.TEAM}."})

    sensitive = folder.desired().sensitive

    assert sensitive.text("We are the blue-team-7.") == f"We are the {MASK}."
    assert "blue-team-7" in sensitive.secrets


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one\ntwo ${var.town}", "unknown-variable p.md:2:5"),
        ("${env.UNSET}", "unset-variable p.md:1:1"),
        ("a ${nonsense}", "bad-reference p.md:1:3"),
        ("a ${", "bad-reference p.md:1:3"),
    ],
)
def test_a_reference_that_cannot_be_replaced_has_its_place_in_the_file(
    folder: Folder, text: str, problem: str
) -> None:
    folder.write({"p.md": text})

    assert folder.problems() == [problem]


def test_so_it_has_in_a_json_file(folder: Folder) -> None:
    folder.write({"f.json": '{"type": "object",\n "title": "${var.town}"}'})
    folder.write({MANIFEST: ASSISTANT + FUNCTION})

    assert folder.problems() == ["unknown-variable f.json:2:11"]


def test_a_variable_that_only_another_target_has_is_not_missed_here(folder: Folder) -> None:
    folder.write(
        {"p.md": "${env.TEAM}", MANIFEST: f"{ASSISTANT}overrides: {{two: {{{TEXT[:-1]}}}}}"}
    )
    folder.environ = {}

    assert folder.problems() == []


def test_a_text_that_is_empty_once_it_is_rendered_is_told(folder: Folder) -> None:
    folder.environ = {"TEAM": " "}
    folder.write({"p.md": "${env.TEAM}"})

    assert folder.problems() == [f"empty-file {MANIFEST}:3:22"]


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("{file: f.json, render: maybe}", "wrong-type 3:92"),
        ("{file: f.json, rendr: true}", "unknown-field 3:84"),
    ],
)
def test_a_slip_in_a_reference_to_a_schema_is_told(
    folder: Folder, reference: str, problem: str
) -> None:
    folder.write({"f.json": '{"type": "object"}'})
    schema = f"{{name: s, schema: {reference}}}"

    assert folder.found_in(f"response_format: {{type: json_schema, json_schema: {schema}}}\n") == [
        problem
    ]
    assert folder.found_in(FUNCTION.replace("{file: f.json, render: true}", reference)) != []
