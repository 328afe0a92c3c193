"""The workflows: least permissions, every foreign action pinned by a full commit hash."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from readme_blocks import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: +([.$]/\S+|[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*)$")
NOTHING, READING = dict[str, str](), {"contents": "read"}
_ON = True
"""What YAML 1.1 reads the key ``on`` as."""


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_say_their_version(path: Path) -> None:
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    used = [line for line in lines if "uses:" in line and not line.startswith("#")]

    assert [line for line in used if not PINNED.search(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_at_most_and_keeps_no_credentials(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))

    if list(workflow[_ON]) != ["workflow_call"]:  # whose permissions are those of its caller
        assert workflow["permissions"] in (NOTHING, READING)
    assert "concurrency" in workflow
    for step in _steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_ci_runs_what_everybody_can_run() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))

    assert {"run": "bash .ci/run"} in list(_steps(workflow))


def _steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]
