"""YAML text to nodes with positions, and nodes to plain values.

The dialect is YAML 1.2's core, without its surprises: only ``true`` and ``false`` are booleans,
only decimal numbers without leading zeros are numbers, dates stay text, and tags are refused. The
parser is libyaml's where PyYAML was built with it; the nodes that it gives carry the positions,
which are looked at only when there is something to report.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.scanner import Scanner

from asstctl.manifest import codes
from asstctl.manifest.codes import Code
from asstctl.manifest.problems import Problems
from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.yaml.source import Mark, SourceFile
from asstctl.text.words import shortened

_libyaml: Any = getattr(yaml, "_yaml", None)  # there when PyYAML was built with libyaml

MAX_DEPTH = 64
MAX_NODES = 200_000
_MERGE = "<<"


class _TooDeep(Exception):  # noqa: N818 - control flow inside this module
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark


class _Rules:
    """What our dialect asks of PyYAML's composer, in C or in Python."""

    _depth = 0

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        """The tag of a node that has none: tags are not guessed, plain scalars are read later."""
        return ""

    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:
        """Called before each node: bound the depth, since composers recurse. Raises _TooDeep."""
        self._depth += 1
        if self._depth > MAX_DEPTH and current_node is not None:
            raise _TooDeep(current_node.start_mark)

    def ascend_resolver(self) -> None:
        """Called after each node."""
        self._depth -= 1


class _PythonComposer(_Rules, Reader, Scanner, Parser, Composer):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def dispose(self) -> None:
        """Nothing to free."""


_composers: list[type[Any]] = [_PythonComposer]
if _libyaml is not None:

    class _LibyamlComposer(_Rules, _libyaml.CParser):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            _libyaml.CParser.__init__(self, text.encode())

    _composers.insert(0, _LibyamlComposer)

_Composer = _composers[0]


def compose(source: SourceFile, problems: Problems) -> list[Node]:
    """The root nodes of all documents; after a syntax error, of those before it."""
    roots: list[Node] = []
    try:
        composer = _Composer(source.text)
        try:
            while composer.check_node():
                roots.append(composer.get_node())
        finally:
            composer.dispose()
    except _TooDeep as error:
        detail = f"More than {MAX_DEPTH} levels."
        problems.add(codes.TOO_DEEP, source.at(error.mark.line, error.mark.column), detail=detail)
    except ReaderError as error:
        _report_unreadable(source, problems, error)
    except yaml.MarkedYAMLError as error:
        _report_syntax(source, problems, error)
    return roots


_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _report_unreadable(source: SourceFile, problems: Problems, error: ReaderError) -> None:
    match = _UNPRINTABLE.search(source.text)
    span = source.at_offset(match.start()) if match else source.whole
    char = f"U+{ord(match[0]):04X}" if match else "one of its characters"
    problems.add(
        codes.YAML_SYNTAX,
        span,
        detail=f"YAML does not allow {char} in a file.",
        fix='Remove the character, or write it as an escape inside "...".',
    )


def nodes_of(source: SourceFile) -> list[Node]:
    """The root nodes of a file that was read before, once more: they have the positions.

    Nodes are not kept from the first time. They would be most of what a large project holds in
    memory, and are asked for only where there is something to report.
    """
    if source.nodes is None:
        source.nodes = compose(source, Problems())
    return source.nodes


# What libyaml says, what it means, and what to do about it.
_SYNTAX = {
    "did not find expected node content": (
        "A value or a closing bracket is missing.",
        "Close what is open: every [ needs its ], every { its }.",
    ),
    "could not find expected ':'": (
        "This line should be `field: value`, and has no colon.",
        "Add the colon, or indent the line so that it belongs to the text above.",
    ),
    "did not find expected key": (
        "This does not go on with what stands before it.",
        "Indent the line like its neighbours; put a text with quotes inside in quotes as a whole.",
    ),
    "did not find expected '-' indicator": (
        "A list goes on here with something that is not an entry.",
        "Start the line with `- `, or indent it like the field that it is.",
    ),
    "found character that cannot start any token": (
        "A value without quotes cannot start with this character.",
        "Put the value in quotes, or indent with spaces if it is a tab.",
    ),
    "mapping values are not allowed in this context": (
        "There is a colon where none can be.",
        "Put quotes around a value that contains a colon, or check the indentation.",
    ),
    "found unexpected end of stream": (
        "The file ends inside a text in quotes.",
        "Close the quotes.",
    ),
}

# Parsers notice these at the end of what is wrong, perhaps far below.
_SHOWN_AT_THEIR_START = frozenset({"could not find expected ':'", "found unexpected end of stream"})


def _report_syntax(source: SourceFile, problems: Problems, error: yaml.MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    if error.problem in _SHOWN_AT_THEIR_START:
        mark = error.context_mark or mark
    span = source.at(mark.line, mark.column, 1) if mark else source.whole
    problem = error.problem or "it cannot be read"
    said = ", ".join(part for part in (error.context, problem) if part)
    detail, fix = _SYNTAX.get(problem, (f"{shortened(said, 200).capitalize()}.", ""))
    if mark is not None and mark.line < len(source.lines):
        line = source.lines[mark.line]
        if "\t" in line[: len(line) - len(line.lstrip())]:
            detail, fix = "A tab cannot indent in YAML.", "Indent with spaces."
    problems.add(codes.YAML_SYNTAX, span, detail=detail, fix=fix)


_NUMBER_STARTS = frozenset("-+.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


class BadNumberError(ValueError):
    """A number that YAML has and JSON has not."""


def plain_scalar(text: str) -> Plain:
    """What a scalar without quotes means. Raises BadNumberError."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
            raise BadNumberError
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise BadNumberError
        return number
    if _NOT_FINITE.fullmatch(text):
        raise BadNumberError
    return text


_SURROGATE = re.compile(r"\\[uU](?:0000)?[dD][89a-fA-F]")


class _OutOfBounds(Exception):  # noqa: N818 - control flow inside this module
    pass


@dataclass(slots=True)
class _Reading:
    """One document on its way from nodes to plain values."""

    report: Callable[[Code, Node, str, str], None]
    nodes: int = 0
    depth: int = 0
    check: bool = False

    def value(self, node: Any) -> Plain:
        """The plain value of ``node``; what cannot be said in JSON is reported and left out.

        Raises _OutOfBounds when aliases make the document grow beyond its limits.
        """
        if node.__class__ is ScalarNode:
            if node.tag:
                self._tag(node)
                return str(node.value)
            if node.style:
                return self._text(node) if self.check else str(node.value)
            try:
                return plain_scalar(node.value)
            except BadNumberError:
                detail = "JSON has no infinity and no NaN, and its integers have 64 bits."
                self.report(codes.BAD_NUMBER, node, shortened(node.value), detail)
                return 0
        self.depth += 1
        self.nodes += len(node.value) + 1
        if self.depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise _OutOfBounds
        if node.tag:
            self._tag(node)
        if node.__class__ is SequenceNode:
            result: Plain = [self.value(item) for item in node.value]
        else:
            result = self._mapping(node)
        self.depth -= 1
        return result

    def _mapping(self, node: Any) -> Fields:
        result: Fields = {}
        merged = False
        for key, item in node.value:
            if key.__class__ is not ScalarNode or key.tag:
                self._bad_key(key)
                continue
            name = key.value
            if not key.style:
                if name == _MERGE:
                    merged = True
                    continue
                if (name in _WORDS or name[0] in _NUMBER_STARTS) and not self._is_text(key):
                    self._bad_key(key)
                    continue
            if name in result:
                self._duplicate(node, key)
            result[name] = self.value(item)
        return self._merged(node, result) if merged else result

    def _merged(self, node: Node, own: Fields) -> Fields:
        """YAML's ``<<``: fields of other mappings, under those that are written out."""
        result: Fields = {}
        for source in reversed(merge_sources(node)):
            fields = self.value(source) if isinstance(source, MappingNode) else None
            if isinstance(fields, dict):
                result |= fields
            else:
                detail = "`<<` takes a mapping, or a list of mappings, of the same document."
                self.report(codes.WRONG_TYPE, source, _MERGE, detail)
        return result | own

    def _text(self, node: Any) -> str:
        try:
            node.value.encode()
        except UnicodeEncodeError:
            detail = "It holds half of a surrogate pair, which is not a character."
            self.report(codes.YAML_SYNTAX, node, "", detail)
            return ""
        return str(node.value)

    def _is_text(self, key: Node) -> bool:
        try:
            return isinstance(plain_scalar(key.value), str)
        except BadNumberError:
            return False

    def _bad_key(self, key: Node) -> None:
        name = shortened(key.value) if isinstance(key, ScalarNode) else ""
        if key.tag:
            self._tag(key)
        else:
            self.report(codes.KEY_NOT_TEXT, key, name or "(empty)", "Field names are text.")

    def _duplicate(self, node: Node, key: Node) -> None:
        first = next(k for k, _ in node.value if isinstance(k, ScalarNode) and k.value == key.value)
        detail = f"It stands in line {first.start_mark.line + 1} already; one would be lost."
        self.report(codes.DUPLICATE_FIELD, key, shortened(key.value), detail)

    def _tag(self, node: Node) -> None:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        detail = "Manifests are plain data: tags could mean anything to whoever reads them."
        self.report(codes.YAML_TAG, node, shortened(tag), detail)


def merge_sources(node: Node) -> list[Node]:
    """The nodes that ``<<`` entries of a mapping refer to, the first with precedence."""
    found: list[Node] = []
    for key, item in node.value:
        if isinstance(key, ScalarNode) and not key.style and key.value == _MERGE:
            found.extend(item.value if isinstance(item, SequenceNode) else [item])
    return found


def read_value(source: SourceFile, root: Node, problems: Problems) -> Plain:
    """The plain value of a document; None, with a report, when its aliases grow too much."""

    def report(code: Code, node: Node, subject: str, detail: str) -> None:
        problems.add(code, source.span(node), subject, detail=detail)

    try:
        # Only escapes can make a lone surrogate, and only the parser in Python lets them.
        return _Reading(report, check=bool(_SURROGATE.search(source.text))).value(root)
    except _OutOfBounds:
        detail = f"With its aliases written out the document is deeper than {MAX_DEPTH} levels"
        detail = f"{detail} or has more than {MAX_NODES:,} values."
        problems.add(codes.ALIAS_BOMB, source.span(root), detail=detail)
        return None


def child(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    """The key (of a mapping) and value that one step of a path leads to; None without a value.

    A field's own entry comes before one that ``<<`` merges in.
    """
    if isinstance(node, SequenceNode):
        if isinstance(step, int) and step < len(node.value):
            return None, node.value[step]
        return None
    if not isinstance(node, MappingNode) or not isinstance(step, str):
        return None
    fields = _fields.get(node)
    if fields is None:
        fields = {key.value: (key, item) for key, item in node.value if key.id == "scalar"}
        _fields[node] = fields
    if step in fields:
        return fields[step]
    return next(filter(None, (child(source, step) for source in merge_sources(node))), None)


_fields: WeakKeyDictionary[Node, dict[str, tuple[Node, Node]]] = WeakKeyDictionary()


__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "child",
    "compose",
    "nodes_of",
    "read_value",
]
