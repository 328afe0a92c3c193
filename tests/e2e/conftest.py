"""A fresh folder, and the command in it: started for real where being started matters."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from real_command import run_asstctl, run_in_process


class Asstctl(Protocol):
    """Runs ``asstctl`` in the test's folder."""

    def __call__(
        self, *arguments: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder that is nobody's."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def asstctl(project_dir: Path, home: Path) -> Asstctl:
    """The command, run where the project is."""

    def run(
        *arguments: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return run_asstctl(arguments, cwd=project_dir, home=home, extra=extra)

    return run


@pytest.fixture
def in_process(project_dir: Path, home: Path) -> Asstctl:
    """The command without a process: for what it says and does, not for how it is started."""

    def run(
        *arguments: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return run_in_process(arguments, cwd=project_dir, home=home, extra=extra)

    return run


@pytest.fixture
def travel_guide(in_process: Asstctl, project_dir: Path) -> Path:
    """A project as ``init`` writes it."""
    assert in_process("init").returncode == 0
    return project_dir


@pytest.fixture(scope="session")
def _applied_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once for all tests of a worker."""
    folder, home = tmp_path_factory.mktemp("applied"), tmp_path_factory.mktemp("home")
    for arguments in (["init"], ["apply", "--auto-approve"]):
        done = run_in_process(arguments, cwd=folder, home=home)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def applied_guide(project_dir: Path, _applied_once: Path) -> Path:
    """The travel guide, applied to its local account."""
    shutil.copytree(_applied_once, project_dir, dirs_exist_ok=True)
    return project_dir
