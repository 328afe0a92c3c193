"""What a document says of files: a path where a text belongs, a reference in a file."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


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

    assert "Did you mean {file: prompts/x.md}?" in folder.said(f"instructions: {value}\n")
    assert folder.problems() == [f"path-as-text {MANIFEST}:3:15"]


def test_so_is_one_beside_the_manifest(folder: Folder) -> None:
    folder.write({"assistants/x.md": "Be brief."})

    assert "Did you mean {file: assistants/x.md}?" in folder.said("instructions: x.md\n")


def test_a_sentence_is_none(folder: Folder) -> None:
    folder.write({"prompts/x.md": "Be brief."})

    assert folder.said("instructions: Read prompts/x.md\n") == ""
    assert folder.said("instructions: prompts\n") == ""
    assert folder.said('instructions: "prompts/x.md\\nis what you are made of."\n') == ""
