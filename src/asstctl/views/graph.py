"""A project as a Mermaid flowchart that GitHub renders: assistants, what they refer to, files.

Whatever names contain, they are text in the picture: every character that Mermaid, Markdown or
HTML could take for something else is written as an entity. GitHub draws neither a chart of more
than 50,000 characters nor one of more than 500 edges, so a large project is drawn with less
detail.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from posixpath import commonprefix
from typing import Final

from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import Desired, DesiredAssistant, DesiredResource
from asstctl.model.sensitive import Sensitive
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.text import words

_MOST_CHARACTERS: Final = 48_000
_MOST_EDGES: Final = 480
_LONGEST_LABEL: Final = 60


class _Detail(IntEnum):
    """How much is drawn of each resource's files: so many nodes at most."""

    FILES = 8
    FOLDER = 1
    COUNTS = 0
    TOTALS = -1
    """Not even the resources: how many there are of each kind."""


_SHAPES: Final = {
    Kind.ASSISTANT: ("(", ")"),
    Kind.VECTOR_STORE: ("[(", ")]"),
    Kind.ENVIRONMENT: ("[[", "]]"),
    Kind.FILE: ("[", "]"),
}
_STYLES: Final = {
    Action.CREATE: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    Action.UPDATE: "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    Action.MOVE: "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    Action.ADOPT: "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    Action.DELETE: "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    Action.FORGET: "fill:#f6f8fa,stroke:#59636e,color:#1f2328,stroke-dasharray:4",
    Action.BLOCKED: "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4",
}


def render_graph(desired: Desired, changes: Sequence[Change] | None = None) -> str:
    """The chart. With the ``changes`` of a plan, resources show what becomes of them."""
    for detail in sorted(_Detail, reverse=True):
        by_address = {change.address: change for change in changes or ()}
        chart = _Chart(detail, by_address, desired.sensitive)
        chart.draw(desired)
        text = chart.text()
        if len(text) <= _MOST_CHARACTERS and len(chart.edges) <= _MOST_EDGES:
            break
    return text


@dataclass(slots=True)
class _Chart:
    """Nodes by what they stand for, each drawn once, and the edges between them."""

    detail: _Detail
    changes: Mapping[Address, Change]
    sensitive: Sensitive
    nodes: dict[object, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    edges: dict[str, None] = field(default_factory=dict)
    actions: set[Action] = field(default_factory=set)

    def draw(self, desired: Desired) -> None:
        if self.detail is _Detail.TOTALS:
            self._draw_totals(desired)
            return
        for resource in desired.resources:
            self._draw_resource(resource)
        unwanted = [change for change in self.changes.values() if change.desired is None]
        for change in unwanted:
            name = change.actual.spec.name if change.actual else None
            self._resource(change.address, name, files=0)
        for assistant in desired.assistants:
            self._link(assistant.address, assistant.spec)
        for change in unwanted:
            if isinstance(change.actual, ActualAssistant):
                self._link(change.address, change.actual.spec)

    def text(self) -> str:
        styles = [
            f"classDef {action} {style}"
            for action, style in _STYLES.items()
            if action in self.actions
        ]
        body = [*self.lines, *self.edges, *styles]
        return "\n".join(["flowchart LR", *(f"  {line}" for line in body)]) + "\n"

    def _draw_resource(self, resource: DesiredResource) -> None:
        node = self._resource(resource.address, resource.spec.name, files=len(resource.files))
        label = "code_interpreter" if isinstance(resource, DesiredAssistant) else ""
        if self.detail > 0:
            for group in _groups([file.path for file in resource.files], self.detail):
                self._edge(node, self._group(group), label)

    def _resource(self, address: Address, name: str | None, *, files: int) -> str:
        rows = [self.sensitive.text(name or ""), str(address)]
        if files and self.detail is _Detail.COUNTS:
            rows.append(words.count(files, "file"))
        change = self.changes.get(address)
        style = ""
        if change is not None and change.action is not Action.NOOP:
            rows.append(str(change.action))
            self.actions.add(change.action)
            style = f":::{change.action}"
        return self._node(address, rows, _SHAPES[address.kind], style)

    def _group(self, group: "_Group") -> str:
        if len(group.paths) == 1:
            return self._node(group, [group.paths[0]], _SHAPES[Kind.FILE])
        rows = [f"{group.folder}/" if group.folder else "", words.count(len(group.paths), "file")]
        return self._node(group, rows, _SHAPES[Kind.FILE])

    def _node(
        self, meaning: object, rows: Iterable[str], shape: tuple[str, str], style: str = ""
    ) -> str:
        node = self.nodes.get(meaning)
        if node is None:
            node = self.nodes[meaning] = f"n{len(self.nodes) + 1}"
            label = "<br/>".join(_label(row) for row in rows if row)
            self.lines.append(f'{node}{shape[0]}"{label}"{shape[1]}{style}')
        return node

    def _link(self, assistant: Address, spec: AssistantSpec) -> None:
        """Edges to what an assistant refers to, as far as it is drawn."""
        for kind, key, label in (
            (Kind.VECTOR_STORE, spec.vector_store, "file_search"),
            (Kind.ENVIRONMENT, spec.environment, "environment"),
        ):
            found = self.nodes.get(Address(kind, key)) if key else None
            if found is not None:
                self._edge(self.nodes[assistant], found, label)

    def _edge(self, start: str, end: str, label: str) -> None:
        arrow = f"-->|{label}|" if label else "-->"
        self.edges[f"{start} {arrow} {end}"] = None

    def _draw_totals(self, desired: Desired) -> None:
        counted = (
            (desired.assistants, "assistant", _SHAPES[Kind.ASSISTANT]),
            (desired.environments, "environment", _SHAPES[Kind.ENVIRONMENT]),
            (desired.stores, "vector store", _SHAPES[Kind.VECTOR_STORE]),
            (desired.files, "file", _SHAPES[Kind.FILE]),
        )
        found = [
            self._node(noun, [words.count(len(items), noun)], shape)
            for items, noun, shape in counted
            if items
        ]
        for start, end in pairwise(found):
            self._edge(start, end, "")


@dataclass(frozen=True, slots=True)
class _Group:
    """Files that are drawn as one; of one file, that file."""

    folder: str
    paths: tuple[str, ...]


def _groups(paths: Iterable[str], most: int) -> list[_Group]:
    """Files one by one, or by folder: as deep as it goes without getting more than ``most``."""
    paths = sorted(set(paths))
    if len(paths) <= most:
        return [_Group(_folder(path), (path,)) for path in paths]
    depths = range(max(path.count("/") for path in paths), 0, -1)
    for groups in (_by_folder(paths, depth) for depth in depths):
        if len(groups) <= most:
            return groups
    together = commonprefix([path.split("/")[:-1] for path in paths])
    return [_Group("/".join(together), tuple(paths))]


def _by_folder(paths: Iterable[str], depth: int) -> list[_Group]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault("/".join(path.split("/")[:-1][:depth]), []).append(path)
    return [_Group(folder, tuple(inside)) for folder, inside in found.items()]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


_PLAIN: Final = frozenset(" ,/()")
_JOINER: Final = "\N{WORD JOINER}"
"""A character without width that keeps two others from being read as one sign."""
_JOINTS: Final = frozenset("-_.")
"""Plain between letters and digits; elsewhere they may start a list or an emphasis."""


def _label(text: str) -> str:
    """``text`` that means nothing but itself, on one line and not too long."""
    text = words.shortened(text.strip(" "), _LONGEST_LABEL)
    # Even as entities, `$$x$$` is mathematics and `fa:fa-x` an icon.
    text = re.sub(r"[$:](?=[$\w])", lambda found: found[0] + _JOINER, text)
    label = "".join(_characters(text))
    # `1. x` and `1) x` would start a list, `www.x` a link.
    label = re.sub(r"^(\d+)([.)])", lambda found: found[1] + _entity(found[2]), label)
    return re.sub(r"(?i)\b(www)\.", lambda found: found[1] + _entity("."), label)


def _characters(text: str) -> Iterator[str]:
    for before, character, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        joint = character in _JOINTS and before.isalnum() and after.isalnum()
        plain = character.isalnum() or character in _PLAIN or joint
        yield character if plain else _entity(character)


def _entity(character: str) -> str:
    return f"#{ord(character)};"
