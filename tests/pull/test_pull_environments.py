"""Agents and the environments that they run in, as manifests that make them again."""

import subprocess
from pathlib import Path

import pytest

from asstctl.manifest.load import load, require
from asstctl.model.desired import Desired
from real_command import run_in_process

PROJECT = "project: demo\ntarget: local\ntargets:\n  local: {api: local, like: agents}\n"
OWN = (
    "kind: assistant\nkey: guide\nname: Guide\nmodel: gpt-5.1\nenvironment:\n"
    "  name: Travel\n  files: ['data/**/*.csv']\n  packages: {python: [pandas]}\n"
    "  network: {access: restricted, allowed_domains: [a.org]}\n"
    "  setup_commands: [make]\n  env: {MODE: fast}\n  desktop: {enabled: true}\n"
    "  skills: [{skill_id: skill_1}]\n  capability_directories: [/workspace/tools]\n"
)
SHARED = (
    "kind: environment\nkey: sandbox\nfiles: [assistants/notes.txt]\nlifecycle: {protect: true}\n"
)
USER = "kind: assistant\nmodel: gpt-5.1\nenvironment: {key: sandbox}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project on a local account that was applied."""
    root = tmp_path / "project"
    for path, text in {
        "asstctl.yaml": PROJECT,
        "data/a.csv": "a",
        "data/deep/b.csv": "b",
        "assistants/notes.txt": "notes",
        "assistants/guide.yaml": OWN,
        "assistants/sandbox.yaml": SHARED,
        "assistants/one.yaml": USER,
        "assistants/two.yaml": USER,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    done = run(root, "apply", "--auto-approve")
    assert done.returncode == 0, done.stderr
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_in_process(arguments, cwd=root, home=root.parent)


def desired(root: Path) -> Desired:
    return require(load(root, environ={}))[1]


def test_what_is_pulled_makes_the_same_environments_again(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    done = run(root, "pull", "--out", str(copy))

    assert done.returncode == 0, done.stderr
    assert "2 environments" in done.stdout
    (copy / "asstctl.yaml").write_text(PROJECT)
    before, after = desired(root), desired(copy)
    own, shared = after.environments
    assert [item.spec.environment for item in after.assistants] == ["guide", "sandbox", "sandbox"]
    assert [file.path for file in own.files] == ["data/a.csv", "data/deep/b.csv"]
    assert (copy / "data/deep/b.csv").read_text() == "b"
    assert own.spec.env == {}
    assert own.spec.setup_commands == ()
    told = before.environments[0].spec
    assert (own.spec.name, own.spec.packages, own.spec.network) == (
        told.name,
        told.packages,
        told.network,
    )
    assert (own.spec.skills, own.spec.desktop) == (told.skills, told.desktop)
    assert own.spec.capability_directories == told.capability_directories
    assert shared.lifecycle.protect
    manifest = (copy / "assistants/guide.yaml").read_text()
    assert "never read back" in manifest


def test_a_file_that_would_lie_among_manifests_is_named_in_a_comment(
    root: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    run(root, "pull", "--out", str(copy))

    manifest = (copy / "assistants/environments/sandbox.yaml").read_text()
    assert "assistants/notes.txt: a project cannot have a file there" in manifest
    assert not (copy / "assistants/notes.txt").exists()


def test_an_environment_is_pulled_by_its_id(root: Path, tmp_path: Path) -> None:
    listed = run(root, "status", "--format", "env").stdout
    ids = dict(line.split("=") for line in listed.split())
    copy = tmp_path / "copy"
    done = run(root, "pull", ids["ASSTCTL_SANDBOX_ENVIRONMENT_ID"], "--out", str(copy))

    assert done.returncode == 0, done.stderr
    assert (copy / "assistants/environments/sandbox.yaml").exists()
    assert not list((copy / "assistants").glob("*.yaml"))


def test_an_environment_that_is_imported_keeps_its_id(root: Path) -> None:
    listed = run(root, "status", "--format", "env").stdout
    ids = dict(line.split("=") for line in listed.split())
    template = ids["ASSTCTL_SANDBOX_ENVIRONMENT_ID"]
    for manifest in (root / "assistants").glob("*.yaml"):
        manifest.unlink()
    (root / "asstctl.yaml").write_text(PROJECT.replace("demo", "other"))
    (root / "assistants/box.yaml").write_text("kind: environment\n")

    refused = run(root, "import", "box", template)
    assert refused.returncode == 5
    assert "belongs to the project" in refused.stderr
    taken = run(root, "import", "box", template, "--take-over")
    assert taken.returncode == 0, taken.stderr
    assert template in run(root, "status").stdout
