"""Provenance: from which file, and which place in it, each part of a merged document came.

It is looked up only when there is something to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from asstctl.manifest.problems import Span
from asstctl.manifest.values import Path
from asstctl.manifest.yaml.nodes import Node, ScalarNode, child, nodes_of
from asstctl.manifest.yaml.source import SourceFile


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of some file that a document was merged from: which of its documents, and where."""

    source: SourceFile
    index: int = 0
    within: Path = ()

    @property
    def node(self) -> Node:
        """The part with its positions. They are not kept while reading, but found again here."""
        node: Node = nodes_of(self.source)[self.index]
        for step in self.within:
            found = child(node, step)
            if found is None:
                break
            node = found[1]
        return node


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a layer, and the key that it stands under when it is in a mapping."""

    layer: Layer
    node: Node
    key: Node | None

    @property
    def source(self) -> SourceFile:
        """The file that holds it."""
        return self.layer.source


class Origin(Protocol):
    """Where a part of a document comes from that was made of another part, or of other files."""

    def written(self, rest: Path) -> Path:
        """The place in the document of what stands at ``rest`` in the part."""

    def span(self, rest: Path) -> Span | None:
        """The place in another file of the value at ``rest``; None when it is of the document."""

    def type_cure(self, rest: Path) -> str:
        """What to do when that value has the wrong type; empty for what is done anywhere."""


NO_ORIGINS: Final[Mapping[Path, Origin]] = {}


class Provenance:
    """The ``layers`` of one document, the one that wins first; the document itself is ``main``.

    For example a model that comes from the project's ``defaults`` has its place in
    ``asstctl.yaml``, while the instructions beside it have theirs in the manifest. ``origins`` are
    those of parts that were made: of lists' entries, by their paths of two steps.
    """

    __slots__ = ("layers", "main", "origins")

    def __init__(
        self,
        main: Layer,
        layers: Iterable[Layer] = (),
        origins: Mapping[Path, Origin] = NO_ORIGINS,
    ) -> None:
        self.main = main
        self.layers = tuple(layers) or (main,)
        self.origins = origins

    def find(self, path: Path) -> Found:
        """The value at ``path``, or the nearest one around it that is written somewhere."""
        if origin := self.origins.get(path[:2]):
            path = origin.written(path[2:])
        for length in range(len(path), 0, -1):
            for layer in self.layers:
                found = _walk(layer, path[:length])
                if found:
                    return found
        return Found(self.main, self.main.node, None)

    def value_span(self, path: Path) -> Span:
        """The place of a value; of a nested one, the place of its key."""
        origin = self.origins.get(path[:2])
        if origin and (span := origin.span(path[2:])):
            return span
        found = self.find(path)
        if isinstance(found.node, ScalarNode) or found.key is None:
            return found.source.span(_first_line(found.node))
        return found.source.span(found.key)

    def type_cure(self, path: Path) -> str:
        """What to do about the type of a value that came from elsewhere; empty otherwise."""
        origin = self.origins.get(path[:2])
        return origin.type_cure(path[2:]) if origin else ""

    def key_span(self, path: Path) -> Span:
        """The place of the field's name, or of a list's item."""
        found = self.find(path)
        return found.source.span(found.key or _first_line(found.node))


def _first_line(node: Any) -> Any:
    """A block mapping's first key stands for the mapping: the rest of its line says nothing."""
    if node.start_mark.line == node.end_mark.line or isinstance(node, ScalarNode):
        return node
    if node.value and isinstance(node.value[0], tuple) and not node.flow_style:
        return node.value[0][0]
    return node


def _walk(layer: Layer, path: Path) -> Found | None:
    node, key = layer.node, None
    for step in path:
        found = child(node, step)
        if found is None:
            return None
        key, node = found
    return Found(layer, node, key)
