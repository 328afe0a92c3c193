"""What README.md says is what happens: its commands are run, its outputs compared."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from readme_blocks import README, ROOT, Block, readme_blocks
from readme_recipes import LABELS as MANUAL_LABELS
from readme_session import Step, assert_kept, play, steps

from real_command import COMMAND, clean_environment, run_asstctl

NOT_RUN = {
    "git clone": "Each does all of its own set-up",
    "python3 -m venv": "Both need the network once",
    'import OpenAI from "openai"': "Needs Node",
}
"""Blocks that no test runs, by how they begin, with the words by which the README admits it.

Both set-up commands are run by ``.ci/run``, as they are written.
"""

NODE_MODULES = os.environ.get("ASSTCTL_TEST_NODE_MODULES", "").partition(os.pathsep)[0]
"""A ``node_modules`` folder with ``openai`` in it. With one, the Node block is run after all."""

CHECKED = {"file", "with", "in", *MANUAL_LABELS}
"""What the comment above a block may say; each of them is looked after by a test."""

BLOCKS = readme_blocks()
TOUR = [block for block in BLOCKS if block.section == "A five-minute tour"]
FILES = {block.name: block.text for block in BLOCKS if block.label == "file"}
FILES_AROUND = {
    "prompts/concierge.md": "You are a concierge.\n",
    "tools/weather.json": '{"type": "object", "properties": {"city": {"type": "string"}}}',
    "guides/lisbon.md": "Tram 28 goes up to the castle.\n",
}
"""What the manifests on the README's page refer to."""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the README's shell is bash")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def test_every_block_is_run_or_excused() -> None:
    text = README.read_text(encoding="utf-8")
    runnable = {"console", "python", "yaml", "sh"}
    unexplained = [
        block.where
        for block in BLOCKS
        if block.language
        and not (block.language in runnable and (block in TOUR or block.label in CHECKED))
        and not any(block.text.startswith(start) for start in NOT_RUN)
    ]
    assert unexplained == []
    assert all(words in text for words in NOT_RUN.values())


@needs_bash
@needs_curl
def test_the_tour_goes_as_told(tmp_path: Path) -> None:
    todo = _tour_steps()

    outcomes = play(todo, folder=_folder(tmp_path), home=tmp_path / "home")

    assert_kept(todo, outcomes)


@needs_bash
def test_the_broken_manifest_is_reported_as_shown(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if block.label == "with")
    folder = _folder(tmp_path)
    (folder / "asstctl.yaml").write_text("project: shown\n", encoding="utf-8")
    _write(folder, {block.name: FILES[block.name]})

    todo = steps(block)
    outcomes = play(todo, folder=folder, home=tmp_path / "home")

    assert_kept(todo, outcomes)


@needs_bash
@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.label == "in"], ids=lambda block: block.section
)
def test_what_is_shown_in_an_example_happens_there(tmp_path: Path, block: Block) -> None:
    example = _copied(block.name, tmp_path / "example")

    todo = steps(block)
    outcomes = play(todo, folder=example, home=tmp_path / "home")

    assert_kept(todo, outcomes)


@pytest.mark.parametrize("target", ["local", "prod"])
def test_the_manifests_are_valid(tmp_path: Path, target: str) -> None:
    folder = _folder(tmp_path)
    _write(folder, {name: text for name, text in FILES.items() if "broken" not in name})
    _write(folder, FILES_AROUND)
    receipts = ROOT / "examples/travel-guide/receipts"
    shutil.copytree(receipts, folder / "receipts")

    done = run_asstctl(
        ["validate", "--target", target], cwd=folder, home=tmp_path, extra={"ACME_KEY": "k"}
    )

    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "valid: 1 assistant, 1 vector store, 2 files\n",
        "",
    )


def test_the_first_command_ends_with_what_it_is_for(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if block.name == "try")
    example = _copied("examples/travel-guide", tmp_path / "examples/travel-guide")
    commands = [
        line.strip().removesuffix("&&").split()
        for line in block.text.splitlines()
        if "bin/asstctl" in line
    ]

    for command in commands:
        assert command[1:3] == ["-C", example.relative_to(tmp_path).as_posix()]
        subprocess.run(
            [*COMMAND, *command[1:]],
            cwd=tmp_path,
            env=clean_environment(tmp_path),
            stdin=subprocess.DEVNULL,
            check=True,
        )


def test_links_lead_to_files_that_exist() -> None:
    pages = [README, ROOT / ".github/CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    broken = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def _tour_steps() -> list[Step]:
    found: list[Step] = []
    for block in TOUR:
        if block.language == "console":
            found += steps(block)
        elif block.language == "python":
            script = f"python - <<'END'\n{block.text}END"
            found.append(Step(block.where, script, "…Burger $23.75…"))
        elif block.language == "js" and NODE_MODULES:
            script = (
                f"ln -s '{NODE_MODULES}' node_modules\n"
                f"node --input-type=module - <<'END'\n{block.text}END"
            )
            found.append(Step(block.where, script, "…Burger $23.75…"))
    return found


def _copied(example: str, folder: Path) -> Path:
    return shutil.copytree(ROOT / example, folder, ignore=shutil.ignore_patterns(".asstctl"))


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
