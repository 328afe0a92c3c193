"""A disk with no room: said as it is, and nothing that was there before is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from real_command import COMMAND, clean_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limits on files there")


def without_room(home: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where no file can grow: what a full disk is like, without filling one."""
    return started_with("", home, cwd, *arguments, before="ulimit -f 0; ")


def started_with(
    streams: str, home: Path, cwd: Path, *arguments: str, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command from a shell, its streams redirected as the shell is told."""
    return subprocess.run(
        ["/bin/sh", "-c", f'{before}exec "$@" {streams}', "sh", *COMMAND, *arguments],
        cwd=cwd,
        env=clean_environment(home, {"PYTHONDONTWRITEBYTECODE": "1"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_a_local_account_that_cannot_be_written_says_so(travel_guide: Path, home: Path) -> None:
    ran = without_room(home, travel_guide, "apply", "--auto-approve")

    assert ran.returncode == 1
    assert "cannot write the local account" in ran.stderr
    assert "File too large" in ran.stderr
    assert "damaged" not in ran.stderr


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_plan_that_cannot_be_written_leaves_the_old_one(
    travel_guide: Path, home: Path, option: str
) -> None:
    plan = travel_guide / "plan.json"
    plan.write_text("the old plan")
    before = set(travel_guide.iterdir())
    ran = without_room(home, travel_guide, "plan", option, "plan.json")

    assert ran.returncode == 1
    assert "cannot be written" in ran.stderr
    assert "File too large" in ran.stderr
    assert plan.read_text() == "the old plan"
    assert set(travel_guide.iterdir()) == before


def test_a_manifest_that_cannot_be_written_stays_as_it_is(travel_guide: Path, home: Path) -> None:
    manifest = travel_guide / "assistants/travel-guide.yaml"
    manifest.write_text(manifest.read_text().replace("instructions:", "instruction:"))
    before = {path: path.read_bytes() for path in travel_guide.rglob("*") if path.is_file()}
    ran = without_room(home, travel_guide, "validate", "--fix")

    assert ran.returncode == 1
    assert "assistants/travel-guide.yaml: the machine refuses" in ran.stderr
    assert "File too large" in ran.stderr
    assert before == {p: p.read_bytes() for p in travel_guide.rglob("*") if p.is_file()}


def test_a_project_that_finds_no_room_is_an_error_and_no_bug(tmp_path: Path, home: Path) -> None:
    ran = without_room(home, tmp_path, "init", "--bare", "mine")

    assert ran.returncode == 1
    assert ran.stderr.startswith("error: mine/.gitignore: the machine refuses")
    assert "File too large" in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_finds_no_room_is_an_error_and_no_bug(travel_guide: Path, home: Path) -> None:
    ran = started_with(">/dev/full", home, travel_guide, "validate")

    assert ran.returncode == 1
    assert ran.stderr.startswith("error: stdout: the machine refuses")
    assert "No space left on device" in ran.stderr
    assert len(ran.stderr.splitlines()) == 3, "nothing of Python's own at the end"


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_streams_that_a_parent_closed_are_done_without(
    travel_guide: Path, home: Path, closed: str
) -> None:
    ran = started_with(closed, home, travel_guide, "apply", "--auto-approve")

    assert ran.returncode == 0
    assert (travel_guide / ".asstctl/account.db").read_bytes().startswith(b"SQLite format 3")
