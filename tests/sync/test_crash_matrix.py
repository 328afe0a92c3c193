"""Whatever goes wrong with whichever request of an apply: one more apply ends where it should.

Two scenarios are applied undisturbed first. Then every request that they make goes wrong in turn
and in every way, and the account after one more apply is compared object by object.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from asstctl.errors import AsstctlError
from asstctl.model.desired import Desired
from asstctl.model.file import content_in
from asstctl.model.stamp import Stamp, short_id
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.result import Status
from support.agent_projects import crew, crew_edited
from support.agents import SERVICE, AgentsServer
from support.bundles import BundleFolder, Moment
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
    """An account before, what it should become, and the account afterwards.

    ``bundle`` holds its assistants before, where the server has none; it is written
    ``bundle_writes`` times.
    """

    before: Server
    desired: Desired
    after: Snapshot
    requests: int
    bundle: BundleFolder | None = None
    bundle_writes: int = 0

    def engine(self, root: Path) -> Engine:
        """asstctl and the account as it was before, with a machine's own files in ``root``."""
        root.mkdir()
        bundle = self.bundle and self.bundle.copied_to(root)
        return Engine(copy.deepcopy(self.before), root=root, bundle=bundle)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    root = tmp_path_factory.mktemp("crash")
    return {
        "from nothing": _scenario(root / "a", mixed),
        "edited": _scenario(root / "b", edited),
        "strange": _scenario(root / "c", edited, Server(STRANGE)),
        "from no bundle": _scenario(root / "d", mixed, has_bundle=True),
        "edited beside a bundle": _scenario(root / "e", edited, has_bundle=True),
        "agents": _scenario(root / "f", crew_edited, AgentsServer(SERVICE), first=crew),
    }


def _scenario(
    root: Path,
    build: Callable[[Folder], Desired],
    server: Server | None = None,
    *,
    first: Callable[[Folder], Desired] = mixed,
    has_bundle: bool = False,
) -> Scenario:
    folder = Folder(root)
    server = server or Server()
    earliest = first(folder)
    bundle = BundleFolder(root) if has_bundle else None
    engine = Engine(server, bundle=bundle)
    if build is not first:
        engine.converge(earliest)
    desired = build(folder)
    before = copy.deepcopy(server)
    before.forget()
    earlier = bundle and bundle.copied_to(_made(root / "before"))
    engine.converge(desired, PRUNE)
    assert engine.plan(desired, PRUNE).is_empty
    after = _held(engine)
    undisturbed = copy.deepcopy(before)
    again = earlier and replace(earlier.copied_to(_made(root / "again")), written=[])
    Engine(undisturbed, bundle=again).converge(desired, PRUNE)
    writes = len(again.written or ()) if again else 0
    return Scenario(before, desired, after, len(undisturbed.journal), earlier, writes)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _held(engine: Engine) -> Snapshot:
    return snapshot(engine.server, engine.bundled)


def _unproven(engine: Engine, journal: FileJournal) -> list[str]:
    """Uploads that nothing refers to, and that neither a stamp nor the journal knows.

    Those of environments are left out: a template has no stamp that could remember what it let go
    of, and the name of such an upload tells its content.
    """
    notes = journal.notes()
    stamps = (*_stamps(engine.server), *(engine.bundle.stamps if engine.bundle else ()))
    known = {name for stamp in stamps for name in stamp.files}
    begun = {noted.sha256 for noted in notes.begun}
    return [
        file.filename
        for file in loose_files(engine.server, engine.bundled)
        if content_in(file.filename) is None
        and file.id not in notes.made
        and short_id(file.id) not in known
        and file.sha256 not in begun
    ]


def _stamps(server: Server) -> Iterator[Stamp]:
    for thing in (*server.state.assistants.values(), *server.state.stores.values()):
        stamp = Stamp.from_metadata(thing.metadata)
        assert stamp is not None
        yield stamp


MATRIX = [(name, fault) for name in ("from nothing", "edited", "agents") for fault in Fault]
BARE = ("strange", "from no bundle", "edited beside a bundle")
MATRIX += [(name, fault) for name in BARE for fault in Fault if fault.kills]
MATRIX += [("edited beside a bundle", fault) for fault in (Fault.ERROR_AFTER, Fault.CUT_AFTER)]


@pytest.mark.parametrize(("name", "fault"), MATRIX)
def test_one_more_apply_ends_where_an_undisturbed_one_does(
    scenarios: dict[str, Scenario], tmp_path: Path, name: str, fault: Fault
) -> None:
    scenario = scenarios[name]
    wrong = []
    for number in range(scenario.requests):
        engine = scenario.engine(tmp_path / str(number))
        disturbed = engine.with_faults(at(number, fault))
        with suppress(AsstctlError, KilledError):
            disturbed.apply(scenario.desired, PRUNE)
        asked = disturbed.line.seen[number : number + 1]
        wrong += [(number, asked, said) for said in _wrong_after_one_more(engine, scenario)]
    assert wrong == []


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("name", ["from no bundle", "edited beside a bundle"])
def test_a_kill_around_the_write_of_a_bundle_loses_nothing(
    scenarios: dict[str, Scenario], tmp_path: Path, name: str, moment: Moment
) -> None:
    scenario = scenarios[name]
    wrong = []
    assert scenario.bundle_writes > 3
    for number in range(scenario.bundle_writes):
        engine = scenario.engine(tmp_path / str(number))
        assert engine.bundle is not None
        dying = replace(engine, bundle=replace(engine.bundle, dies=(number, moment)))
        with pytest.raises(KilledError):
            dying.apply(scenario.desired, PRUNE)
        wrong += [(number, said) for said in _wrong_after_one_more(engine, scenario)]
        if number < scenario.bundle_writes - 1:
            assert list(engine.bundle.root.glob(".*.tmp")) == [], "what was written aside"
    assert wrong == []


def _wrong_after_one_more(engine: Engine, scenario: Scenario) -> Iterator[str]:
    """What one more apply leaves otherwise than an undisturbed one does."""
    assert engine.root is not None
    result = engine.apply(scenario.desired, PRUNE)
    if [change for change in result.changes if change.status is not Status.DONE]:
        yield "not done"
    if _held(engine).without_orphans != scenario.after.without_orphans:
        yield "differs"
    if twice := duplicates(engine.server):
        yield f"twice: {twice}"
    if strays := _unproven(engine, journal_in(engine.root, PROJECT)):
        yield f"strays: {strays}"


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
