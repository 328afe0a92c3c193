"""Texts without quotes that a `` #`` ends: to YAML the rest of the line is a comment."""

import re
from collections.abc import Iterator

from asstctl.manifest.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode, nodes_of
from asstctl.manifest.yaml.source import SourceFile

_PROSE = frozenset(
    {"name", "description", "instructions", "additional_instructions", "prompt", "content"}
    | {"contains", "not_contains", "equals", "not_equals", "judge", "rubric"}
)
_CUT = re.compile(r"[ \t]+#[^\s#]")
"""A comment has a space after its ``#``; ``#1`` belongs to a sentence."""


def cut_texts(source: SourceFile) -> Iterator[tuple[str, Node]]:
    """Field name and node of each text that a comment cuts, as in ``name: Room #7``."""
    if not _CUT.search(source.text):
        return
    left: list[tuple[str, Node]] = [("", root) for root in nodes_of(source)]
    while left:
        name, node = left.pop()
        match node:
            case MappingNode():
                left += [(key.value, item) for key, item in node.value if key.id == "scalar"]
            case SequenceNode():
                left += [(name, item) for item in node.value]
            case ScalarNode() if name in _PROSE and not node.style and _goes_on(source, node):
                yield name, node


def _goes_on(source: SourceFile, node: Node) -> bool:
    end = node.end_mark
    return bool(_CUT.match(source.lines[end.line], end.column))
