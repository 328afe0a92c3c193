"""The words for what a schema refuses: a near miss is told the right form."""

from pathlib import Path

import pytest
from manifest_folder import Folder


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("tools: [file_search]\n", "Write {type: file_search}."),
        ("tools: [function]\n", "Write {type: function, function: …}."),
        ("response_format: json_object\n", "Write {type: json_object}."),
        ("response_format: json_schema\n", "Write {type: json_schema, json_schema: …}."),
        ("smoke: [{prompt: }]\n", "It is empty; it has to be text or a mapping. Write a value of"),
        ("functions: [{name: f}]\n", 'Did you mean "tools"?'),
        ("overrides: {local: {functions: []}}\n", 'Did you mean "tools"?'),
    ],
)
def test_a_near_miss_is_told_the_right_form(folder: Folder, body: str, form: str) -> None:
    assert form in folder.said(body)


def test_a_schema_given_by_its_path_gets_the_right_form(folder: Folder) -> None:
    function = "{name: f, parameters: tools/f.json}"

    assert "Write {file: tools/f.json} for what a file holds." in folder.said(
        f"tools: [{{type: function, function: {function}}}]\n"
    )
