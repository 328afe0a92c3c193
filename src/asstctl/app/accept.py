"""Take edits that were made in the account over into the manifests."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import Planned, plan_on
from asstctl.app.source import Source
from asstctl.errors import ExitCode, UsageError
from asstctl.manifest.editing.find import Manifests
from asstctl.manifest.editing.pasted import pasted
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.load import load
from asstctl.model.address import Address
from asstctl.model.canonical import ASSISTANT_FIELDS, ENVIRONMENT_FIELDS, STORE_FIELDS, Canonical
from asstctl.model.desired import Contents, Desired
from asstctl.model.json import JsonValue
from asstctl.model.sensitive import Sensitive
from asstctl.model.suggestions import address_meant
from asstctl.plan.change import Change
from asstctl.plan.comparable import canonical_actual, canonical_desired
from asstctl.plan.compare import explode
from asstctl.sync.local.whole import write_output


@dataclass(frozen=True, slots=True)
class Taken:
    """One field of a resource, as the account has it; None is unset.

    ``path`` and ``line`` say where it is written now; without a path it has to be written by hand:
    ``pasted`` are the lines for that, where a manifest can say it.
    """

    address: Address
    field: str
    value: JsonValue
    path: str = ""
    line: int = 0
    pasted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was taken over, and the files that were written for it, each with its text before."""

    fields: tuple[Taken, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_hand(self) -> tuple[Taken, ...]:
        """The fields that found no place."""
        return tuple(item for item in self.fields if not item.path)

    @property
    def exit_code(self) -> ExitCode:
        """Incomplete when something is left to be written by hand."""
        return ExitCode.APPLY_INCOMPLETE if self.by_hand else ExitCode.OK


async def accept(
    source: Source, addresses: Sequence[str], *, observer: Observer = SILENT
) -> Accepted:
    """Write the drift of the resources at ``addresses`` (globs work) into their manifests.

    A file is written only when the project, read again with it, wants exactly what the account
    holds and nothing else has changed. Raises UsageError where an address matches nothing, and
    AccountError.
    """
    async with connect_to(
        source.project, writes=False, sensitive=source.desired.sensitive, observer=observer
    ) as connection:
        planned = await plan_on(connection.account, source, observer=observer)
    editor = _Editor(source, planned)
    for change in _chosen(planned, addresses):
        editor.take(change)
    return editor.written()


def _chosen(planned: Planned, addresses: Sequence[str]) -> Iterator[Change]:
    changes = planned.plan.changes
    for pattern in addresses:
        if not any(change.address.matches(pattern) for change in changes):
            raise UsageError(
                f"{pattern} matches nothing",
                why=address_meant(pattern, (change.address for change in changes)),
                fix="Write KIND.KEY, as in `assistant.travel-guide`; `asstctl plan` shows drift.",
            )
    for change in changes:
        if change.desired and any(change.address.matches(pattern) for pattern in addresses):
            yield change


class _Editor:
    """Tries edits one by one; those that do what they should stay."""

    def __init__(self, source: Source, planned: Planned) -> None:
        self._root: Path = source.project.root
        self._target = source.project.target.name
        self._variables = source.variables
        self._contents = planned.contents
        self._sensitive: Sensitive = source.desired.sensitive
        self._wants = _wants(source.desired, planned.contents)
        self._texts: dict[str, str] = {}
        self._taken: list[Taken] = []

    def take(self, change: Change) -> None:
        """Take over every field of one resource that was edited in the account."""
        if change.actual is not None:
            actual = canonical_actual(change.actual)
            self._taken += [self._take(change.address, edit.path, actual) for edit in change.drift]

    def _take(self, address: Address, path: str, actual: Canonical) -> Taken:
        name, value = _look_up(actual, path)
        shown, tools = self._sensitive.value(value), actual.get("tools")
        lines = pasted(path, shown, tools if isinstance(tools, Mapping) else ())
        taken = Taken(address, path, shown, pasted=lines)
        if self._sensitive.is_in(value) or self._sensitive.is_in(self._wants[address].get(name)):
            return taken
        manifests = Manifests(self._root, self._target, os.environ, self._texts, self._variables)
        for edit in manifests.edits(address, path, value):
            texts = {**self._texts, edit.path: edit.text}
            if (wants := self._if_right(texts, address, name, path, actual)) is not None:
                self._texts, self._wants = texts, wants
                return replace(taken, path=edit.path, line=edit.line, pasted=())
        return taken

    def _if_right(
        self, texts: Mapping[str, str], address: Address, name: str, path: str, actual: Canonical
    ) -> dict[Address, Canonical] | None:
        """What the project wants with these texts, if that is what the account holds."""
        loaded = load(
            self._root,
            target=self._target,
            environ=os.environ,
            texts=texts,
            variables=self._variables,
        )
        if loaded.desired is None or {f.path for f in loaded.desired.files} - set(self._contents):
            return None
        wants = _wants(loaded.desired, self._contents)
        here = _same_document(loaded.desired, address)
        if any(wants.get(a) != self._wants.get(a) for a in {*wants, *self._wants} - here):
            return None
        if _agrees(self._wants[address], wants[address], actual, name, path):
            return wants
        return None

    def written(self) -> Accepted:
        """Write the files."""
        files = Files(self._root)
        before = {path: files.text(path).text for path in self._texts}
        for path, text in self._texts.items():
            write_output(self._root / path, text)
        return Accepted(tuple(self._taken), before, self._texts)


def _agrees(before: Canonical, now: Canonical, actual: Canonical, name: str, path: str) -> bool:
    """Whether the place at ``path`` in the field ``name`` is the account's, and only it moved."""
    if {**now, name: None} != {**before, name: None}:
        return False
    moved = {change.path for change in explode(name, before.get(name), now.get(name))}
    left = {change.path for change in explode(name, now.get(name), actual.get(name))}
    return path not in left and all(f"{item}.".startswith(f"{path}.") for item in moved)


def _same_document(desired: Desired, address: Address) -> set[Address]:
    """The resources of the document at ``address``: a store of its own is called after it."""
    by_address = {item.address: item.location for item in desired.resources}
    return {item for item, place in by_address.items() if place == by_address[address]}


def _wants(desired: Desired, contents: Contents) -> dict[Address, Canonical]:
    return {item.address: canonical_desired(item, contents) for item in desired.resources}


def _look_up(canonical: Canonical, path: str) -> tuple[str, JsonValue]:
    """The field that a dotted path leads into, and what is there; names may hold dots too."""
    names = {*canonical, *ASSISTANT_FIELDS, *STORE_FIELDS, *ENVIRONMENT_FIELDS}
    leading = [name for name in names if path == name or path.startswith(f"{name}.")]
    name = max(leading, key=len)
    return name, _inside(canonical.get(name), path.removeprefix(name).removeprefix("."))


def _inside(value: JsonValue, rest: str) -> JsonValue:
    if not rest:
        return value
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if rest == name or rest.startswith(f"{name}."):
            return _inside(item, rest.removeprefix(name).removeprefix("."))
    return None
