"""What expects a similarity on a target that cannot tell what texts mean."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

TARGETS = """\
project: acme
target: local
targets:
  local: {api: local}
  talking: {api: local, model: {base_url: "http://127.0.0.1:9/v1"}}
  far: {api: assistants, base_url: "https://api.example.com/v1"}
  meaning: {api: local, embeddings: {base_url: "http://127.0.0.1:9/v1", name: e}}
"""
ALIKE = "smoke:\n  - {%sturns: [{prompt: x}, {prompt: x, expect: {similar: {to: a}%s}}]}\n"


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    found = Folder(project_dir)
    found.write({"asstctl.yaml": TARGETS})
    return found


def test_a_local_account_has_embeddings_only_where_it_is_given_some(folder: Folder) -> None:
    assert folder.found_in(ALIKE % ("", "")) == ["no-embeddings 4:48"]
    (found,) = folder.load().diagnostics
    assert found.summary == "no embeddings on target local"
    assert found.fix == (
        "Write `embeddings: {base_url: ..., name: ...}` for it into asstctl.yaml, or say where the "
        "case applies: `targets: [far, meaning]`."
    )


@pytest.mark.parametrize(
    ("target", "found"), [("talking", ["no-embeddings"]), ("far", []), ("meaning", [])]
)
def test_what_another_target_has_is_known_too(
    folder: Folder, target: str, found: list[str]
) -> None:
    folder.write({MANIFEST: ASSISTANT + ALIKE % ("", "")})

    assert [d.code for d in folder.load(target).diagnostics] == found


def test_what_is_not_like_something_needs_them_too(folder: Folder) -> None:
    other = (ALIKE % ("", "")).replace("similar", "not_similar")

    assert folder.found_in(other) == ["no-embeddings 4:48"]


def test_a_target_that_only_has_overrides_is_looked_at_too(folder: Folder) -> None:
    overrides = "overrides: {talking: {temperature: 0}}\n"
    folder.write({MANIFEST: ASSISTANT + overrides + ALIKE % ("", "")})

    (found,) = folder.load("far").diagnostics
    assert (found.code, found.summary) == ("no-embeddings", "no embeddings on target talking")


@pytest.mark.parametrize("limit", ["targets: [far], ", "needs_model: true, "])
def test_a_case_that_is_not_run_there_needs_none(folder: Folder, limit: str) -> None:
    assert folder.found_in(ALIKE % (limit, "")) == []


def test_a_case_for_a_judge_needs_them_where_a_model_answers(folder: Folder) -> None:
    graded = ASSISTANT + ALIKE % ("", ", judge: {rubric: r}")
    folder.write({MANIFEST: graded})

    assert folder.problems("local") == []
    (found,) = folder.load("talking").diagnostics
    assert found.code == "no-embeddings"
