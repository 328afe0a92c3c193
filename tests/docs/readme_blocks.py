"""The documents, taken apart: their fenced blocks, with the comment above each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRONT_DOOR = ROOT / "README.md"
REFERENCE = ROOT / "schemas/README.md"
PIPELINES = ROOT / ".github/actions/asstctl/README.md"
AT_WORK = ROOT / "examples/README.md"
CONTRIBUTING = ROOT / ".github/CONTRIBUTING.md"


def _readmes() -> Iterator[Path]:
    """Every README.md of the checkout, a new one too; what a test or a tool installs aside."""
    yield FRONT_DOOR
    for folder in (".github", "examples", "schemas", "src", "tests"):
        yield from sorted((ROOT / folder).rglob("README.md"))


READMES = tuple(_readmes())
"""The documents whose blocks are run and whose tables are made from the code."""
DOCUMENTS = (*READMES, CONTRIBUTING, ROOT / "CHANGELOG.md")
"""The documents whose links are followed."""

_FENCE = re.compile(r"^```(\w*)$")
_COMMENT = re.compile(r"^<!-- (\w+): (.+?) -->$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block.

    ``label`` and ``name`` come from the comment right above it, as in
    ``<!-- file: asstctl.yaml -->``.
    """

    page: Path
    line: int
    language: str
    text: str
    label: str = ""
    name: str = ""

    @property
    def where(self) -> str:
        """The place, for test names and messages."""
        return f"{title(self.page)}:{self.line}"


def title(page: Path) -> str:
    """A document's path in the checkout."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a document, in order."""
    found: list[Block] = []
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    label = name = ""
    for number, line in lines:
        if fence := _FENCE.match(line.strip()):
            body = "\n".join(_until_closed(text for _, text in lines)) + "\n"
            found.append(
                Block(page=page, line=number, language=fence[1], text=body, label=label, name=name)
            )
            label = name = ""
        elif comment := _COMMENT.match(line.strip()):
            label, name = comment[1], comment[2]
        else:
            label = name = ""
    return found


def _until_closed(lines: Iterator[str]) -> Iterator[str]:
    yield from takewhile(lambda line: line.strip() != "```", lines)


def readme_blocks() -> list[Block]:
    """The blocks of all READMEs."""
    return [block for page in READMES for block in blocks(page)]
