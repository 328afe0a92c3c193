"""The commands, options and files that the documents speak of are there."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from readme_blocks import CONTRIBUTING, READMES, REFERENCE, ROOT, blocks, title
from readme_session import steps

from asstctl.cli.main import cli
from asstctl.manifest.kinds.vector_store import SEARCHABLE

DOCUMENTS = (*READMES, CONTRIBUTING)
GROUP = click.Context(cli, info_name="asstctl")
NAMES = cli.list_commands(GROUP)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OF_PROJECTS = {".asstctl/"}
"""What CONTRIBUTING speaks of, and is in no checkout."""


@pytest.mark.parametrize("page", DOCUMENTS, ids=title)
def test_every_command_is_one_of_ours_with_its_options(page: Path) -> None:
    unknown = [
        f"asstctl {name}: {option}"
        for words in _commands(page)
        for name in [_command(words)]
        for option in (name, *_options(words))
        if option not in {*NAMES, *_known(name)}
    ]

    assert unknown == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=title)
def test_every_option_that_is_named_alone_belongs_to_a_command(page: Path) -> None:
    named = {span.split()[0] for span in _spans(page) if span.startswith("--")}
    ours = {option for name in ("", *NAMES) for option in _known(name)}

    assert named <= ours


def test_the_types_of_files_that_can_be_searched_are_named() -> None:
    told = re.search(r"`file_search` reads ([\w,\s]+);", REFERENCE.read_text(encoding="utf-8"))

    assert told
    assert set(re.split(r",\s|\sand\s", told[1])) == SEARCHABLE


def test_the_map_of_the_code_names_what_is_there() -> None:
    spans = {span for span in _spans(CONTRIBUTING) if re.fullmatch(r"[\w./-]+(/|\.py)", span)}
    named = spans - OF_PROJECTS
    there = [f"/{path.relative_to(ROOT).as_posix()}" for path in _paths()]

    assert named == {
        name for name in named if any(path.endswith(f"/{name.rstrip('/')}") for path in there)
    }


def test_the_map_of_the_code_has_every_room_in_its_place() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    rooms = {room for layer in layers for room in layer.split(" | ")}

    assert f"\n{' > '.join(layers)}\n" in text
    assert rooms == set(re.findall(r"(?m)^\| `(\w+)(?:/|\.py)` \|", text))


def test_a_word_of_the_glossary_is_found_where_it_is_said_to_live() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8").partition("## Words")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| ([a-z -]+) \| \S.* \| (`.*`) \|$", text)
    lives_in = [(word, name) for word, cell in rows for name in re.findall(r"`(.+?)`", cell)]

    assert len(rows) >= 30
    assert [pair for pair in lives_in if not _is_found(*pair)] == []


def _is_found(word: str, name: str) -> bool:
    """Whether a file has the word, or one made of it, in its name or its text."""
    stem = re.sub("[ -]", "[ _-]?", word.removesuffix("y"))
    text = (ROOT / "src/asstctl" / name).read_text(encoding="utf-8")
    return re.search(stem, name + text, re.IGNORECASE) is not None


def _commands(page: Path) -> Iterator[list[str]]:
    """The words of every call of asstctl, in prose and in blocks."""
    shown = [span for span in _spans(page) if span.startswith("asstctl ")]
    for block in blocks(page):
        if block.language == "console":
            shown += _calls("\n".join(step.command for step in steps(block)))
        elif block.language in {"sh", ""}:
            shown += _calls(block.text)
    for text in shown:
        yield shlex.split(text, comments=True)


def _calls(script: str) -> list[str]:
    return re.findall(r"(?<![\w/.-])asstctl -?-?[a-z][^|&;)\n]*", script)


def _command(words: list[str]) -> str:
    return next((word for word in words if word in NAMES), "")


def _options(words: list[str]) -> list[str]:
    return [word for word in words if re.fullmatch(r"--[a-z][a-z-]*|-[a-zA-Z]", word)]


def _known(name: str) -> set[str]:
    """The options of a command, with those that every command has."""
    command = cli.get_command(GROUP, name) if name else None
    parameters = [*cli.params, *(command.params if command else ())]
    return {"-h", "--help", *(option for found in parameters for option in found.opts)}


def _paths() -> Iterator[Path]:
    for room in ("src/asstctl", "schemas", "examples", "tests", ".github"):
        yield from (ROOT / room).rglob("*")
        yield ROOT / room


def _spans(page: Path) -> list[str]:
    """What stands in `code`, outside of blocks."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"))
    return re.findall(r"`([^`\n]+)`", text)
