"""A repository with a project in it, a GitHub, and an account that asks for a key."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from action.canned import Canned
from action.github import FakeGitHub, serving
from action.repository import KEY, REPOSITORY, Repository
from action.runner import run_git
from real_command import clean_environment

MANIFEST = """\
kind: assistant
model: gpt-4o
name: Concierge
instructions: {file: prompts/concierge.md}
smoke:
  - {name: answers, prompt: Hello, expect: {max_seconds: 60}}
"""


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """GitHub's API, on loopback."""
    with serving(FakeGitHub(REPOSITORY)) as server:
        yield server


@pytest.fixture
def repository(tmp_path: Path, github: FakeGitHub) -> Repository:
    """A project of one assistant on the local account, committed on ``main``."""
    path = tmp_path / "repository"
    path.mkdir()
    run_git(path, "init", "--quiet", "--initial-branch=main")
    run_git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
    made = Repository(path, tmp_path / "runs", github)
    made.write("asstctl.yaml", "project: acme\n")
    made.write("assistants/concierge.yaml", MANIFEST)
    made.write("prompts/concierge.md", "You are a concierge.\n")
    made.write(".gitignore", ".asstctl/\n")
    made.commit()
    return made


@pytest.fixture
def canned(repository: Repository, tmp_path: Path) -> Canned:
    """Instead of asstctl, something that answers at once and as it is told."""
    folder = tmp_path / "canned"
    folder.mkdir()
    answers = Canned(folder)
    repository.program = answers.program
    return answers


@pytest.fixture
def account(tmp_path: Path) -> Iterator[str]:
    """The address of an account that asks for ``KEY``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "asstctl", "serve", "--port=0", "--key-env=KEY"],
        cwd=tmp_path,
        env=clean_environment(tmp_path, {"KEY": KEY}),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        listening = process.stdout.readline()
        yield next(word for word in listening.split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
