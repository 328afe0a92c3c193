"""README.md taken apart: its fenced blocks, with the heading and the comment above each."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

_FENCE = re.compile(r"^```(\w*)$")
_HEADING = re.compile(r"^(#+) (.+)$")
_COMMENT = re.compile(r"^<!-- (\w+): (.+?) -->$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block.

    ``section`` is the second-level heading it stands under; ``label`` and ``name`` come from the
    comment right above it, as in ``<!-- file: asstctl.yaml -->``; ``lead`` is the paragraph before.
    """

    line: int
    language: str
    text: str
    section: str
    label: str = ""
    name: str = ""
    lead: str = ""

    @property
    def where(self) -> str:
        """The place, for test names and messages."""
        return f"README.md:{self.line}"


def blocks(markdown: str) -> list[Block]:
    """Every fenced block, in order."""
    found: list[Block] = []
    lines = iter(enumerate(markdown.splitlines(), start=1))
    section = label = name = ""
    paragraph: list[str] = []
    lead = ""
    for number, line in lines:
        if fence := _FENCE.match(line):
            body: list[str] = []
            for _, inner in lines:
                if inner == "```":
                    break
                body.append(inner)
            found.append(
                Block(
                    line=number,
                    language=fence[1],
                    text="\n".join(body) + "\n",
                    section=section,
                    label=label,
                    name=name,
                    lead=lead or " ".join(paragraph),
                )
            )
            label = name = lead = ""
            paragraph = []
        elif heading := _HEADING.match(line):
            section = heading[2] if len(heading[1]) == 2 else section
            label = name = lead = ""
            paragraph = []
        elif comment := _COMMENT.match(line):
            label, name = comment[1], comment[2]
        elif not line.strip():
            lead, paragraph = " ".join(paragraph) or lead, []
        else:
            label = name = lead = ""
            paragraph.append(line)
    return found


def readme_blocks() -> list[Block]:
    """The blocks of this project's README."""
    return blocks(README.read_text(encoding="utf-8"))
