"""What no reviewer should have to look for: pins, permissions, and scripts without expressions.

``.ci/run`` holds the same files to zizmor and to GitHub's schemas.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from action.runner import ACTION, ROOT, WORKFLOW, load
from real_command import clean_environment

FILES = [ACTION / "action.yml", *sorted((ROOT / ".github/workflows").glob("*.yml"))]


def steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a workflow or action."""
    for job in document.get("jobs", {}).values():
        yield from job["steps"]
    yield from document.get("runs", {}).get("steps", [])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_other_peoples_actions_are_pinned(path: Path) -> None:
    lines = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    for line in lines:
        own = line.startswith("$/") or "asstctl/asstctl/" in line
        assert own or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_script_holds_an_expression(path: Path) -> None:
    document = load(path)
    for step in steps(document):
        assert "${{" not in step.get("run", "")
        assert "${{" not in step.get("shell", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    assert "pull_request_target" not in document.get("on", {})


def test_every_job_has_the_least_permissions_and_an_end() -> None:
    workflow = load(WORKFLOW)
    assert "permissions" not in workflow, "the job that opens a pull request has its caller's"
    read = {"contents": "read"}
    assert {name: job.get("permissions") for name, job in workflow["jobs"].items()} == {
        "validate": read,
        "plan": read | {"pull-requests": "write"},
        "apply": read | {"pull-requests": "write"},
        "bundle": None,
        "smoke": read,
        "drift": read | {"issues": "write"},
    }
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())
    assert workflow["jobs"]["apply"]["environment"] == "${{ inputs.environment }}"


def test_the_job_that_may_write_runs_no_asstctl_and_gets_no_secret_of_the_account() -> None:
    bundle = load(WORKFLOW)["jobs"]["bundle"]
    assert "secrets." not in str(bundle)
    assert not any("asstctl" in step.get("uses", "") for step in bundle["steps"])


def test_only_the_steps_that_post_get_the_token() -> None:
    with_token = [
        step["name"]
        for step in steps(load(ACTION / "action.yml"))
        if "github-token" in str(step.get("env", {}))
    ]
    assert with_token == [
        "Compare with the approved plan",
        "Comment on the pull request",
        "Put the result into the comment",
        "Keep the issue",
    ]


@pytest.mark.parametrize("version", ["latest", ">=1", "1.0 --index-url=https://x", "1.0;x", "-r x"])
def test_only_a_version_is_installed(tmp_path: Path, version: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ACTION / "install.py")],
        env=clean_environment(tmp_path, {"INPUT_VERSION": version, "RUNNER_TEMP": str(tmp_path)}),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 1
    assert "write it as in 1.2.0" in done.stdout
    assert list(tmp_path.iterdir()) == []
