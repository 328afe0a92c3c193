"""What stands around the package: the image, the hook, the release, and what they promise."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from real_command import run_in_process
from support.git import git

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "examples/image"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with their arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", "").splitlines()
    return [(name, rest.strip()) for name, _, rest in (x.partition(" ") for x in lines) if name]


def test_the_image_is_made_as_images_should_be() -> None:
    found = instructions(IMAGE / "Dockerfile")
    names = [name for name, _ in found]
    last = dict(found)

    assert {"ADD", "MAINTAINER"}.isdisjoint(names)
    for base in (rest for name, rest in found if name == "FROM"):
        assert re.fullmatch(r"python:3\.\d+-slim( AS \w+)?", base)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last["USER"])
    assert last["ENTRYPOINT"] == '["asstctl"]'
    assert names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")
    for command in (rest for name, rest in found if name == "RUN"):
        assert ("pip install" in command) <= ("--no-cache-dir" in command)
        assert ("apt-get install" in command) <= ("--no-install-recommends" in command)
        assert ("apt-get update" in command) <= ("rm -rf /var/lib/apt/lists/*" in command)


def test_the_image_copies_what_the_package_is_built_from(tmp_path: Path) -> None:
    kept = (IMAGE / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in kept if line.startswith("!")}
    copied: set[str] = set()
    for name, rest in instructions(IMAGE / "Dockerfile"):
        if name == "COPY" and not rest.startswith("--from"):
            copied |= set(shlex.split(rest)[:-1])

    assert copied == allowed
    for path in copied:
        source, target = ROOT / path, tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert all((tmp_path / path).exists() for path in wheel)
    named = [PYPROJECT["project"]["readme"], *PYPROJECT["project"]["license-files"]]
    assert all((tmp_path / path).exists() for path in named)


def _engine() -> str:
    """Docker, when its daemon runs, or podman, when it need not pull; else nothing."""
    asked = {"docker": ["version"], "podman": ["image", "inspect", "python:3.13-slim"]}
    for name, question in asked.items():
        found = shutil.which(name)
        if found and subprocess.run([found, *question], capture_output=True).returncode == 0:
            return name
    return ""


@pytest.mark.skipif(not _engine(), reason="no docker daemon, and no podman with python:3.13-slim")
def test_the_image_is_built_and_runs() -> None:
    engine, file = _engine(), str(IMAGE / "Dockerfile")
    subprocess.run(
        [engine, "build", "--tag", "asstctl-test", "--file", file, str(ROOT)], check=True
    )
    project = f"{ROOT / 'examples/travel-guide'}:/project:ro"
    ran = subprocess.run(
        [engine, "run", "--rm", "--volume", project, "asstctl-test", "validate"],
        capture_output=True,
        text=True,
    )

    assert (ran.returncode, "valid: 1 assistant" in ran.stdout) == (0, True), ran.stderr


def hook() -> dict[str, object]:
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert isinstance(only, dict)
    return only


def test_the_hook_is_called_for_what_manifests_are_made_of() -> None:
    files = re.compile(str(hook()["files"]))
    names = ["shop/asstctl.yaml", "a.yml", "prompts/a.md", "tools/a.json", "a.csv", "a.jsonl"]
    assert [name for name in [*names, "main.py"] if not files.search(name)] == ["main.py"]


def test_the_hook_checks_a_project_without_secrets(tmp_path: Path) -> None:
    found = hook()
    assert (found["id"], found["language"], found["pass_filenames"]) == (
        "asstctl-validate",
        "python",
        False,
    )
    program, *arguments = shlex.split(str(found["entry"]))
    (tmp_path / "assistants").mkdir()
    targets = 'targets: {a: {api: responses, api_key: "${env.NOT_SET}"}, b: {api: local}}'
    (tmp_path / "asstctl.yaml").write_text(f"project: hooked\ntarget: a\n{targets}\n")
    manifest = tmp_path / "assistants/guide.yaml"

    manifest.write_text("kind: assistant\nmodel: gpt-4o\n")
    fine = run_in_process(arguments, cwd=tmp_path, home=tmp_path)
    manifest.write_text("kind: assistant\nmodell: gpt-4o\n")
    broken = run_in_process(arguments, cwd=tmp_path, home=tmp_path)

    assert program in PYPROJECT["project"]["scripts"]
    assert (fine.returncode, broken.returncode) == (0, 1), fine.stdout
    assert not (tmp_path / ".asstctl").exists()


@pytest.mark.parametrize(
    ("path", "looked_at"),
    [
        ("asstctl.yaml", True),
        ("bots/asstctl.yaml", True),
        ("bots/assistants/guide.yml", True),
        ("prompts/guide.md", True),
        ("src/app.py", False),
    ],
)
def test_the_hook_is_run_for_what_projects_are_made_of(path: str, looked_at: bool) -> None:
    assert bool(re.search(str(hook()["files"]), path)) is looked_at


def test_every_python_that_is_promised_is_tried() -> None:
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    tried = ci["jobs"]["check"]["strategy"]["matrix"]["python"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PYPROJECT["project"]["classifiers"]))

    assert tried == promised
    assert PYPROJECT["project"]["requires-python"] == f">={promised[0]}"
    front = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {promised[0]} to {promised[-1]}" in front


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The release script in a checkout whose tools do nothing."""
    (folder / ".ci").mkdir(exist_ok=True)
    shutil.copy(ROOT / ".ci/release", folder / ".ci/release")
    return subprocess.run(
        ["bash", ".ci/release", *arguments],
        cwd=folder,
        env={"PATH": f"{folder / 'tools'}:/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A checkout that is ready to be released as 1.2.3, and a python3 that only says so."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("## [1.2.3] - 2026-01-01\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text("#!/bin/sh\necho building\nexit 7\n")
    (tools / "python3").chmod(0o755)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "pyproject.toml", "CHANGELOG.md")
    git(tmp_path, "commit", "-q", "-m", "Release")
    git(tmp_path, "tag", "v1.2.3")
    return tmp_path


def test_a_release_is_built_from_its_tag_only(tagged: Path) -> None:
    assert (release(tagged).returncode, release(tagged).stdout) == (7, "building\n")

    git(tagged, "tag", "-d", "v1.2.3")
    refused = release(tagged)

    assert (refused.returncode, "not tagged v1.2.3" in refused.stderr) == (1, True)
    dry = release(tagged, "--dry-run")
    assert (dry.returncode, dry.stdout) == (7, "would release v1.2.3\nbuilding\n")


def test_a_release_says_what_changed(tagged: Path) -> None:
    (tagged / "CHANGELOG.md").write_text("## [Unreleased]\n")

    refused = release(tagged, "--dry-run")

    assert (refused.returncode, "no section for 1.2.3" in refused.stderr) == (1, True)


def test_publishing_needs_no_token_and_is_attested_before() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    publish = yaml.safe_load(text)["jobs"]["publish"]

    assert publish["permissions"]["id-token"] == "write"
    assert "secrets." not in text
    used = [step["uses"].partition("@")[0] for step in publish["steps"]]
    assert used[1:] == ["actions/attest-build-provenance", "pypa/gh-action-pypi-publish"]
