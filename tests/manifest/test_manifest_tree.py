"""Names that look alike, links that lead nowhere or are not followed: told, or read as meant."""

import errno
import os
import sys
import unicodedata
from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, STORE, Folder

COMPOSED = unicodedata.normalize("NFC", "docs/café.md")
DECOMPOSED = unicodedata.normalize("NFD", "docs/café.md")

keeps_forms_apart = pytest.mark.skipif(
    sys.platform in {"darwin", "win32"}, reason="its file systems take these names for one"
)


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


def store_of(folder: Folder, entry: str) -> list[str]:
    """The files that a store with this entry has, and every diagnostic's code."""
    folder.write({MANIFEST: STORE + f'files: ["{entry}"]\n'})
    loaded = folder.load()
    assert loaded.desired is not None, loaded.diagnostics
    (store,) = loaded.desired.stores
    files = [entry.file.path for entry in store.store_files]
    return files + [f"{d.code} {d.location}" for d in loaded.diagnostics]


def fixes(folder: Folder, body: str) -> str:
    folder.write({MANIFEST: ASSISTANT + body})
    return " ".join(f"{d.detail} {d.fix}" for d in folder.load().diagnostics)


@keeps_forms_apart
@pytest.mark.parametrize(("on_disk", "written"), [(DECOMPOSED, COMPOSED), (COMPOSED, DECOMPOSED)])
def test_a_file_whose_name_is_in_another_form_is_taken_and_told(
    folder: Folder, on_disk: str, written: str
) -> None:
    folder.write({on_disk: "x"})

    assert store_of(folder, written) == [on_disk, f"unicode-form {MANIFEST}:2:9"]


@keeps_forms_apart
def test_so_is_one_in_a_folder_with_such_a_name(folder: Folder) -> None:
    folder.write({unicodedata.normalize("NFD", "é/x.md"): "x"})

    folder.write({MANIFEST: ASSISTANT + "instructions: {file: é/x.md}\n"})

    assert folder.problems() == [f"unicode-form {MANIFEST}:3:22"]


@keeps_forms_apart
@pytest.mark.parametrize("pattern", ["docs/café*", "docs/caf?.md", "**/caf[é].md"])
def test_globs_see_a_name_in_any_form(folder: Folder, pattern: str) -> None:
    folder.write({DECOMPOSED: "x"})

    assert store_of(folder, pattern) == [DECOMPOSED]


@keeps_forms_apart
def test_the_name_as_it_is_written_comes_first(folder: Folder) -> None:
    folder.write({DECOMPOSED: "x", COMPOSED: "y"})

    assert store_of(folder, COMPOSED) == [COMPOSED]


@keeps_forms_apart
def test_where_two_names_could_be_meant_the_difference_is_said(folder: Folder) -> None:
    folder.write({"docs/e\u0301\u0323.md": "x", "docs/e\u0323\u0301.md": "y"})

    said = fixes(folder, "instructions: {file: docs/\u1eb9\u0301.md}\n")

    assert "Did you mean" in said
    assert "It looks the same, and is written in another Unicode form." in said


def test_a_name_that_differs_in_what_looks_alike_says_so(folder: Folder) -> None:
    folder.write({"docs/lisbon guide.md": "x"})

    said = fixes(folder, "instructions: {file: docs/lisbon\u00a0guide.md}\n")

    assert 'Did you mean "docs/lisbon guide.md"? It looks the same' in said


def test_a_character_that_nobody_sees_is_no_reason_for_silence(folder: Folder) -> None:
    folder.write({"docs/lisbon.md": "x"})

    said = fixes(folder, "instructions: {file: docs/lis\u200bbon.md}\n")

    assert 'Did you mean "docs/lisbon.md"?' in said


@keeps_forms_apart
@pytest.mark.parametrize("written", ["Docs/lisbon.md", "docs/LISBON.md", "DOCS/Lisbon.MD"])
def test_a_path_in_another_case_is_offered_as_it_is(folder: Folder, written: str) -> None:
    folder.write({"docs/lisbon.md": "x"})

    assert 'Did you mean "docs/lisbon.md"?' in fixes(folder, f"instructions: {{file: {written}}}\n")


def test_a_name_that_no_file_can_have_is_one_that_is_not_there(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to look for a star, and no glob is wanted there."""
    look = os.lstat

    def on_windows(path: str) -> os.stat_result:
        if "*" in path:
            raise OSError(errno.EINVAL, "Invalid argument", path)
        return look(path)

    folder.write({"docs/a.md": "A."})
    monkeypatch.setattr(os, "lstat", on_windows)

    assert folder.found_in("instructions: {file: docs/*.md}\n") == ["missing-file 3:22"]


def test_a_misspelt_folder_is_corrected_too(folder: Folder) -> None:
    folder.write({"prompts/guide.md": "x"})

    said = fixes(folder, "instructions: {file: promts/guide.md}\n")

    assert 'Did you mean "prompts/guide.md"?' in said


@keeps_forms_apart
def test_names_that_are_one_elsewhere_are_warned_about(folder: Folder) -> None:
    folder.write({"docs/Lisbon.md": "x", "docs/lisbon.md": "y", "docs/porto.md": "z"})

    assert store_of(folder, "docs/*.md")[-1] == "case-twins docs/lisbon.md"


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["docs/broken.md", "docs/*.md"])
def test_a_link_that_leads_nowhere_is_told_as_such(folder: Folder, entry: str) -> None:
    folder.write({"docs/a.md": "x", MANIFEST: STORE + f"files: [{entry}]\n"})
    (folder.root / "docs/broken.md").symlink_to("gone.md")

    (problem,) = folder.load().diagnostics

    assert problem.code == "missing-file"
    assert (
        "docs/broken.md is a symbolic link, and what it leads to does not exist" in problem.detail
    )
    assert problem.fix == "Mend the link, or remove it."


def test_so_is_a_folder_that_leads_nowhere(folder: Folder) -> None:
    folder.write({"docs/a.md": "x"})
    (folder.root / "shelf").symlink_to("gone")

    assert "shelf is a symbolic link" in fixes(folder, "instructions: {file: shelf/a.md}\n")


def test_a_linked_folder_that_a_glob_goes_past_is_named(folder: Folder) -> None:
    folder.write({"docs/a.md": "x", "shared/b.md": "y", "pictures/c.png": "z"})
    (folder.root / "docs/more").symlink_to("../shared")
    (folder.root / "docs/nothing-for-it").symlink_to("../pictures")
    (folder.root / "docs/loop").symlink_to(".")

    assert store_of(folder, "docs/**/*.md") == ["docs/a.md", f"linked-folder {MANIFEST}:2:9"]
    (problem,) = folder.load().diagnostics
    assert problem.summary == "docs/more is a linked folder and left out"
    assert problem.fix == "Add docs/more/**/*.md if it belongs there."
    assert store_of(folder, "docs/more/**/*.md") == ["docs/more/b.md"]


def test_a_linked_folder_outside_the_project_is_named(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder.write({"docs/a.md": "x"})
    (folder.root / "docs/more").symlink_to(outside)

    assert store_of(folder, "docs/**/*.md") == ["docs/a.md", f"linked-folder {MANIFEST}:2:9"]


@pytest.mark.parametrize("outside", [False, True])
def test_manifests_in_a_linked_folder_are_missed_with_one_word(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory, *, outside: bool
) -> None:
    folder.write({MANIFEST: ASSISTANT, "shared/b.yaml": ASSISTANT})
    there = tmp_path_factory.mktemp("elsewhere") if outside else Path("../shared")
    (folder.root / "assistants/more").symlink_to(there)

    assert folder.problems() == ["linked-folder asstctl.yaml"]
