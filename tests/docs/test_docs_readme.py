"""What the READMEs say is what happens: their commands are run, their outputs compared."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from readme_blocks import FRONT_DOOR, REFERENCE, ROOT, Block, readme_blocks
from readme_recipes import LABELS as MANUAL_LABELS
from readme_session import Step, assert_kept, play, steps

from real_command import COMMAND, clean_environment, run_asstctl

NOT_RUN = {
    "git clone": "Each does all of its own set-up",
    "python3 -m venv": "Both need the network once",
    'import OpenAI from "openai"': "Needs Node",
    "import { readFile }": "Needs Node",
}
"""Blocks that no test runs, by how they begin, with the words by which their page admits it.

Both set-up commands are run by ``.ci/run``, as they are written.
"""

NODE_MODULES = os.environ.get("ASSTCTL_TEST_NODE_MODULES", "").partition(os.pathsep)[0]
"""A ``node_modules`` folder with ``openai`` in it. With one, the Node block is run after all."""

CHECKED = {"file", "with", "in", "session", *MANUAL_LABELS}
"""What the comment above a block may say; each of them is looked after by a test."""

BLOCKS = readme_blocks()
SESSIONS = sorted({(block.page, block.name) for block in BLOCKS if block.label == "session"})
"""Blocks that are one story: run in one shell, from an empty folder on."""
FILES_AROUND = {
    "prompts/concierge.md": "You are a concierge.\n",
    "tools/weather.json": '{"type": "object", "properties": {"city": {"type": "string"}}}',
    "guides/lisbon.md": "Tram 28 goes up to the castle.\n",
}
"""What the manifests of the READMEs refer to."""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the READMEs' shell is bash")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def test_every_block_is_run_or_excused() -> None:
    runnable = {"console", "python", "yaml", "sh", "csv"}
    unexplained = [
        block.where
        for block in BLOCKS
        if block.language
        and not (block.language in runnable and block.label in CHECKED)
        and not _is_excused(block)
    ]
    assert unexplained == []


@needs_bash
@needs_curl
@pytest.mark.parametrize(("page", "name"), SESSIONS, ids=[name for _, name in SESSIONS])
def test_a_session_goes_as_told(tmp_path: Path, page: Path, name: str) -> None:
    told = [b for b in BLOCKS if (b.page, b.label, b.name) == (page, "session", name)]
    todo = [step for block in told for step in _session_steps(block)]

    outcomes = play(todo, folder=_folder(tmp_path), home=tmp_path / "home")

    assert_kept(todo, outcomes)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "js"], ids=lambda block: block.where
)
def test_programs_for_node_can_be_read(tmp_path: Path, block: Block) -> None:
    program = tmp_path / "program.mjs"
    program.write_text(block.text, encoding="utf-8")

    subprocess.run(["node", "--check", str(program)], check=True)


@needs_bash
def test_the_broken_manifest_is_reported_as_shown(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if block.label == "with")
    folder = _folder(tmp_path)
    (folder / "asstctl.yaml").write_text("project: shown\n", encoding="utf-8")
    _write(folder, {block.name: _files_of(REFERENCE)[block.name]})

    todo = steps(block)
    outcomes = play(todo, folder=folder, home=tmp_path / "home")

    assert_kept(todo, outcomes)


@needs_bash
@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.label == "in"], ids=lambda block: block.where
)
def test_what_is_shown_in_an_example_happens_there(tmp_path: Path, block: Block) -> None:
    example = _copied(block.name, tmp_path / "example")

    todo = steps(block)
    outcomes = play(todo, folder=example, home=tmp_path / "home")

    assert_kept(todo, outcomes)


@pytest.mark.parametrize("target", ["local", "prod"])
@pytest.mark.parametrize(
    ("page", "found"),
    [
        (FRONT_DOOR, "1 assistant, 1 vector store, 1 file"),
        (REFERENCE, "2 assistants, 1 vector store, 2 files"),
    ],
    ids=["front door", "reference"],
)
def test_the_manifests_are_valid(tmp_path: Path, page: Path, found: str, target: str) -> None:
    folder = _folder(tmp_path)
    _write(folder, {name: text for name, text in _files_of(page).items() if "broken" not in name})
    _write(folder, FILES_AROUND)
    receipts = ROOT / "examples/travel-guide/receipts"
    shutil.copytree(receipts, folder / "receipts")

    done = run_asstctl(
        ["validate", "--target", target], cwd=folder, home=tmp_path, extra={"ACME_KEY": "k"}
    )

    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"valid: {found}\n",
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


def _is_excused(block: Block) -> bool:
    said = block.page.read_text(encoding="utf-8")
    return any(block.text.startswith(start) and words in said for start, words in NOT_RUN.items())


def _files_of(page: Path) -> dict[str, str]:
    """The project files that a page shows, by name."""
    return {b.name: b.text for b in BLOCKS if b.page == page and b.label == "file"}


def _session_steps(block: Block) -> list[Step]:
    """What a block of a session does. The last comment of a program is what it prints."""
    match block.language:
        case "python":
            script = f"python - <<'END'\n{block.text}END"
            return [Step(block.where, script, block.text.rpartition("# ")[2])]
        case "js":
            script = (
                f"ln -s '{NODE_MODULES}' node_modules\n"
                f"node --input-type=module - <<'END'\n{block.text}END"
            )
            told = Step(block.where, script, block.text.rpartition("// ")[2])
            return [told] if NODE_MODULES else []
        case _:
            return steps(block)


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
