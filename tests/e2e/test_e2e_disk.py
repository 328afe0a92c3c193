"""A disk with no room: said as it is, and nothing that was there before is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from real_command import COMMAND, clean_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limits on files there")


def without_room(home: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where no file can grow: what a full disk is like, without filling one."""
    return subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *COMMAND, *arguments],
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
