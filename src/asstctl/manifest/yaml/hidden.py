"""Characters that nobody sees: an error in a name, which people compare, a warning in a text."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from asstctl.manifest import codes
from asstctl.manifest.problems import Problems
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.manifest.yaml.nodes import MappingNode, Node, ScalarNode
from asstctl.manifest.yaml.source import SourceFile
from asstctl.text.printable import hidden_in
from asstctl.text.words import shortened

_SUSPECT = re.compile(r"[^\n\x20-\x5b\x5d-\x7e]|\\|^ *\? ", re.MULTILINE)
"""What a file has to hold for one of its values to have a hidden character."""
HIDDEN_NAME = "The name holds a character that nobody sees, and looks like another name."


def report_hidden(source: SourceFile, roots: Iterable[Node], problems: Problems) -> None:
    """Report the hidden characters of a YAML file's names and texts, once for each of them."""
    if not _SUSPECT.search(source.text):
        return
    for node, is_name in _scalars(roots):
        if not is_name:
            _warn_of_text(node, source, problems)
        elif is_hidden_in_name(node.value):
            name = shortened(node.value)
            problems.add(codes.HIDDEN_IN_NAME, source.span(node), name, detail=HIDDEN_NAME)


def _warn_of_text(node: Node, source: SourceFile, problems: Problems) -> None:
    """Warn of a text's first hidden character, where it is if it is not written as an escape."""
    found = [name for _, name in hidden_in(node.value)]
    if found:
        start, end = source.offset(node.start_mark), source.offset(node.end_mark)
        raw = next(hidden_in(source.text[start:end]), None)
        span = source.at_offset(start + raw[0]) if raw else source.span(node)
        problems.add(codes.HIDDEN_CHARACTER, span, found[0], detail=_more(len(found) - 1))


def warn_of_hidden(source: SourceFile, problems: Problems) -> None:
    """Warn of the hidden characters of a text file, once, where the first of them is."""
    found = list(hidden_in(source.text))
    if found:
        at, name = found[0]
        span = source.at_offset(at)
        problems.add(codes.HIDDEN_CHARACTER, span, name, detail=_more(len(found) - 1))


def hidden_names(value: Fields | list[Plain], path: Path = ()) -> Iterator[Path]:
    """The paths of the fields whose names have a hidden character."""
    fields = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in fields:
        if isinstance(name, str) and is_hidden_in_name(name):
            yield (*path, name)
        if isinstance(item, dict | list):
            yield from hidden_names(item, (*path, name))


def is_hidden_in_name(name: str) -> bool:
    """Whether a name has a character that cannot be seen; in a name a line end is one."""
    return "\n" in name or "\t" in name or any(hidden_in(name))


def _more(number: int) -> str:
    more = f" {number} more follow." if number else ""
    return f"A model reads it, people do not.{more}"


def _scalars(roots: Iterable[Node]) -> Iterator[tuple[Any, bool]]:
    """Every scalar, and whether it is the name of a field; what aliases repeat comes once."""
    waiting: list[Any] = [*roots]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            yield node, False
        elif isinstance(node, MappingNode):
            yield from ((key, True) for key, _ in node.value if isinstance(key, ScalarNode))
            waiting += [item for _, item in node.value]
        else:
            waiting += node.value
