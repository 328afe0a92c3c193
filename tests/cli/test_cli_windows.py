"""What differs on Windows: line ends, separators, encodings, the names of variables.

CI runs this on Windows; elsewhere it imitates what files and streams are like there.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Project
from real_command import COMMAND, clean_environment

TRAVEL_GUIDE = Path(__file__).parents[2] / "examples/travel-guide"


@pytest.fixture
def guide(project: Project) -> Project:
    project.remove("assistants/guide.yaml")
    ignored = shutil.ignore_patterns(".asstctl")
    shutil.copytree(TRAVEL_GUIDE, project.root, ignore=ignored, dirs_exist_ok=True)
    return project


def checked_out_on_windows(root: Path, *endings: str) -> None:
    """Text files as git writes them with ``core.autocrlf``."""
    for path in root.rglob("*"):
        if path.suffix in endings and ".asstctl" not in path.parts:
            text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            path.write_bytes(text)


def test_other_line_ends_of_manifests_are_no_change(guide: Project) -> None:
    guide.apply()

    checked_out_on_windows(guide.root, ".yaml")

    ran = guide.run("plan", "--detailed-exitcode")
    assert (ran.code, "No changes" in ran.out) == (0, True), ran.out
    assert guide.run("smoke").code == 0


def test_other_line_ends_of_a_prompt_are_seen(guide: Project) -> None:
    """What a file holds is taken as it is; ``.gitattributes`` keeps it the same everywhere."""
    guide.apply()

    checked_out_on_windows(guide.root, ".md")

    ran = guide.run("plan", "--detailed-exitcode")
    assert (ran.code, "your replies.␍" in ran.out) == (2, True), ran.out


def test_a_file_with_a_byte_order_mark_is_read(guide: Project) -> None:
    manifest = guide.root / "assistants/travel-guide.yaml"
    manifest.write_bytes(b"\xef\xbb\xbf" + manifest.read_bytes().replace(b"\n", b"\r\n"))

    assert guide.run("validate").code == 0


def test_places_count_the_same_with_other_line_ends(guide: Project) -> None:
    manifest = guide.root / "assistants/travel-guide.yaml"
    manifest.write_text(manifest.read_text().replace("model:", "modell:"))
    before = guide.run("validate", "--format", "json").out

    checked_out_on_windows(guide.root, ".yaml")

    assert guide.run("validate", "--format", "json").out == before


def test_a_backslash_is_no_separator_in_a_manifest(guide: Project) -> None:
    manifest = guide.root / "assistants/travel-guide.yaml"
    manifest.write_text(manifest.read_text().replace("prompts/travel.md", "prompts\\travel.md"))

    ran = guide.run("validate")

    assert (ran.code, "Write prompts/travel.md." in ran.out) == (1, True), ran.out


def test_paths_in_reports_have_slashes(guide: Project) -> None:
    made = guide.run("new", "vector_store", "handbook")

    assert made.out == "  assistants/vector-stores/handbook.yaml\n"
    assert "\\" not in guide.run("plan", "--format", "json").out.replace('\\"', "").replace(
        "\\n", ""
    )


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_an_old_console_gets_utf_8_and_no_colour(guide: Project, encoding: str) -> None:
    """Redirected output has the encoding of the machine there, which cannot write an arrow."""
    ran = subprocess.run(
        [*COMMAND, "-C", str(guide.root), "plan"],
        env=clean_environment(guide.root, {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}),
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 0
    assert "travel-guide → local" in ran.stdout.decode("utf-8")
    assert b"\x1b[" not in ran.stdout + ran.stderr


def test_variables_are_found_whatever_the_case_of_the_system(
    guide: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("guide_model" if sys.platform == "win32" else "GUIDE_MODEL", "gpt-4.1")
    manifest = guide.root / "assistants/travel-guide.yaml"
    manifest.write_text(manifest.read_text().replace("model: gpt-4o", "model: ${env.GUIDE_MODEL}"))

    assert guide.run("validate").code == 0
