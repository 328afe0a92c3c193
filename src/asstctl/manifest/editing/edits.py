"""Ways to write a value at a place of a document, the one that keeps most of the text first.

They are proposals: whoever makes one reads the project again and sees whether it says now what it
should, and nothing else beside that. So they need not know of anchors, merges and layers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.values import Fields, Path, Plain, at
from asstctl.manifest.yaml.nodes import MappingNode, Node, ScalarNode
from asstctl.manifest.yaml.provenance import Found, Layer, Provenance
from asstctl.manifest.yaml.source import SourceFile
from asstctl.manifest.yaml.text import field_lines, inline_text
from asstctl.model.json import JsonValue


@dataclass(frozen=True, slots=True)
class Edit:
    """A file of the project, by its path, and the whole text that it should have.

    ``line`` is where it differs, from 1.
    """

    path: str
    text: str
    line: int = 1


def edits(variant: Variant, path: Path, value: JsonValue) -> Iterator[Edit]:
    """Texts in which the document of ``variant`` has ``value`` at ``path``; None is unset."""
    written: Plain = value.replace("${", "$${") if isinstance(value, str) else _plain(value)
    provenance = variant.reporter.provenance
    reference = at(cast(Fields, variant.value), *path)
    if isinstance(reference, dict) and "file" in reference:
        yield from _of_file(variant, reference, value)
        return
    found = provenance.find(path)
    if _is_at(provenance, found, path):
        if _refers(found.node):
            return
        yield from _replacing(found, path, written)
    yield from _adding(provenance.main, path, written)


def _of_file(variant: Variant, reference: dict[str, Plain], value: JsonValue) -> Iterator[Edit]:
    """The file that a text is read from, unless references in it are replaced."""
    path = str(reference["file"])
    before = variant.finder.files.text(path).text
    rendered = bool(reference.get("render")) and "${" in before
    if isinstance(value, str) and not rendered:
        yield Edit(path, _as_ended(value, before))


def _is_at(provenance: Provenance, found: Found, path: Path) -> bool:
    """Whether something is written at the place itself, not only around it."""
    above = provenance.find(path[:-1]) if path[:-1] else None
    return found.key is not None and (above is None or found.node is not above.node)


def _refers(node: Node) -> bool:
    """Whether a text holds a reference: what it stands for must not take its place."""
    return isinstance(node, ScalarNode) and "${" in node.value.replace("$${", "")


def _replacing(found: Found, path: Path, value: Plain) -> Iterator[Edit]:
    source, key, node = found.source, found.key, found.node
    assert key is not None
    start, end = source.offset(node.start_mark), _end_of(source, node)
    if isinstance(node, ScalarNode) and not _is_block(node):
        yield _edited(source, start, end, inline_text(value), key)
    column = key.start_mark.column
    lines = field_lines(str(path[-1]), value, column)
    yield _edited(source, source.offset(key.start_mark), end, "\n".join(lines).lstrip(" "), key)
    if value is None:
        yield _without(source, key, end)


def _without(source: SourceFile, key: Node, end: int) -> Edit:
    """The text without a field, its whole lines taken out."""
    start = source.offset(key.start_mark) - key.start_mark.column
    rest = source.text.find("\n", end)
    return _edited(source, start, len(source.text) if rest < 0 else rest + 1, "", key)


def _adding(layer: Layer, path: Path, value: Plain) -> Iterator[Edit]:
    """The field as a new line below what surrounds it in the document itself."""
    for length in range(len(path) - 1, -1, -1):
        found = Provenance(layer).find(path[:length]) if length else None
        node = found.node if found else layer.node
        if not isinstance(node, MappingNode) or node.flow_style or not node.value:
            continue
        if found is not None and not _is_at(Provenance(layer), found, path[:length]):
            continue
        wrapped = value
        for step in reversed(path[length + 1 :]):
            wrapped = {str(step): wrapped}
        first, after = node.value[0][0], _after(node)
        lines = field_lines(str(path[length]), wrapped, first.start_mark.column)
        place = _line_end(layer.source.text, _end_of(layer.source, after))
        yield _edited(layer.source, place, place, "\n" + "\n".join(lines), after)
        return


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1] == "\r" else end


def _after(node: MappingNode) -> Node:
    """The value below which a new field is least in the way: the last short one at the top."""
    short = None
    for _, item in node.value:
        if not isinstance(item, ScalarNode) or _is_block(item):
            break
        short = item
    last: Node = node.value[-1][1]
    return short or last


def _is_block(node: ScalarNode) -> bool:
    return node.style in ("|", ">")


def _end_of(source: SourceFile, node: Node) -> int:
    """Where a node's own text ends: the mark of a block lies behind the empty lines below it."""
    start, end = source.offset(node.start_mark), source.offset(node.end_mark)
    if isinstance(node, ScalarNode):
        return start + len(source.text[start:end].rstrip()) if _is_block(node) else end
    lines = source.text[start:end].rstrip().split("\n")
    while len(lines) > 1 and lines[-1].lstrip().startswith("#"):
        lines.pop()  # a comment at the end belongs to what comes after
    return start + len("\n".join(lines).rstrip())


def _edited(source: SourceFile, start: int, end: int, text: str, near: Node) -> Edit:
    before, after = source.text[:start], source.text[end:]
    return Edit(source.path, before + _as_ended(text, source.text) + after, _line(near))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _as_ended(text: str, like: str) -> str:
    """The text with the line ends of the file that it is put into."""
    return text.replace("\n", "\r\n") if "\r\n" in like and "\r\n" not in text else text


def _plain(value: JsonValue) -> Plain:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value  # type: ignore[return-value]
