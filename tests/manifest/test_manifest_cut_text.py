"""Texts without quotes that a comment cuts."""

from pathlib import Path

import pytest
from manifest_folder import MANIFEST, Folder


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


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
