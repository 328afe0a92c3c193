"""Whatever goes wrong with whichever request of an apply: one more apply ends where it should.

Two scenarios are applied undisturbed first. Then every request that they make goes wrong in turn
and in every way, and the account after one more apply is compared object by object.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from asstctl.errors import AsstctlError
from asstctl.model.desired import Desired
from asstctl.model.stamp import Stamp, short_id
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.result import Status
from support.engine import PRUNE, Engine, journal_in
from support.faults import Fault, KilledError, at
from support.projects import PROJECT, Folder, edited, mixed
from support.quirks import Names, Quirks
from support.server import Server
from support.snapshot import Snapshot, duplicates, loose_files, snapshot

STRANGE = Quirks(renames_files=Names.LOST, miscounts_bytes=33, drops_attributes=True)
"""A server that says next to nothing of what an upload is."""


@dataclass(frozen=True)
class Scenario:
    """An account before, what it should become, and the account afterwards."""

    before: Server
    desired: Desired
    after: Snapshot
    requests: int


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    root = tmp_path_factory.mktemp("crash")
    return {
        "from nothing": _scenario(root / "a", mixed),
        "edited": _scenario(root / "b", edited),
        "strange": _scenario(root / "c", edited, STRANGE),
    }


def _scenario(
    root: Path, build: Callable[[Folder], Desired], quirks: Quirks | None = None
) -> Scenario:
    folder = Folder(root)
    server = Server(quirks or Quirks())
    first = mixed(folder)
    if build is not mixed:
        Engine(server).converge(first)
    desired = build(folder)
    before = copy.deepcopy(server)
    before.forget()
    engine = Engine(server)
    engine.converge(desired, PRUNE)
    assert engine.plan(desired, PRUNE).is_empty
    server.forget()
    undisturbed = copy.deepcopy(before)
    Engine(undisturbed).converge(desired, PRUNE)
    return Scenario(before, desired, snapshot(server), len(undisturbed.journal))


def _unproven(server: Server, journal: FileJournal) -> list[str]:
    """Uploads that nothing refers to, and that neither a stamp nor the journal knows."""
    notes = journal.notes()
    known = {name for stamp in _stamps(server) for name in stamp.files}
    begun = {noted.sha256 for noted in notes.begun}
    return [
        file.filename
        for file in loose_files(server)
        if file.id not in notes.made and short_id(file.id) not in known and file.sha256 not in begun
    ]


def _stamps(server: Server) -> Iterator[Stamp]:
    for thing in (*server.state.assistants.values(), *server.state.stores.values()):
        stamp = Stamp.from_metadata(thing.metadata)
        assert stamp is not None
        yield stamp


MATRIX = [(name, fault) for name in ("from nothing", "edited") for fault in Fault]
MATRIX += [("strange", fault) for fault in Fault if fault.kills]


@pytest.mark.parametrize(("name", "fault"), MATRIX)
def test_one_more_apply_ends_where_an_undisturbed_one_does(
    scenarios: dict[str, Scenario], tmp_path: Path, name: str, fault: Fault
) -> None:
    scenario = scenarios[name]
    wrong = []
    for number in range(scenario.requests):
        server = copy.deepcopy(scenario.before)
        root = tmp_path / str(number)
        root.mkdir()
        engine = Engine(server, root=root)
        disturbed = engine.with_faults(at(number, fault))
        with suppress(AsstctlError, KilledError):
            disturbed.apply(scenario.desired, PRUNE)
        asked = disturbed.line.seen[number : number + 1]
        result = engine.apply(scenario.desired, PRUNE)
        if [change for change in result.changes if change.status is not Status.DONE]:
            wrong.append((number, asked, "not done"))
        if snapshot(server).without_orphans != scenario.after.without_orphans:
            wrong.append((number, asked, "differs"))
        if duplicates(server):
            wrong.append((number, asked, f"twice: {duplicates(server)}"))
        if strays := _unproven(server, journal_in(root, PROJECT)):
            wrong.append((number, asked, f"strays: {strays}"))
    assert wrong == []


@pytest.mark.parametrize("fault", [fault for fault in Fault if not fault.kills])
def test_an_apply_that_lives_on_needs_no_journal(
    scenarios: dict[str, Scenario], fault: Fault
) -> None:
    scenario = scenarios["from nothing"]
    for number in range(scenario.requests):
        server = copy.deepcopy(scenario.before)
        engine = Engine(server)
        with suppress(AsstctlError):
            engine.with_faults(at(number, fault)).apply(scenario.desired)
        engine.apply(scenario.desired)
        assert snapshot(server) == scenario.after
