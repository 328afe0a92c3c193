"""Two applies at once, and an apply beside a destroy, in every order, killed at every step.

Steps are data, so a test can take them one by one. A state is an account in memory and how far
each process is. From every state each process may take any step that is ready, lose the answer of
any write in it, or die before it or after any of its writes; one such fault at the most comes
between the start and the end. Every state is visited once; which is which of two processes that
want the same makes no other state. Where all processes have ended, one more apply has to end in
the account that an undisturbed apply leaves.
"""

import copy
import re
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import pytest

from asstctl.errors import AsstctlError
from asstctl.model.desired import Contents, Desired
from asstctl.model.project import Safety
from asstctl.model.stamp import ENVIRONMENT, MOST_FILES, Stamp, short_id
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.safety import raise_if_unsafe
from asstctl.plan.scope import PlanOptions
from asstctl.plan.steps import ReadFiles, Step, last_steps, steps_of
from asstctl.sync.apply import ApplyOptions, apply_plan, prerequisites
from asstctl.sync.change.execute import perform
from asstctl.sync.change.work import Shared, Work
from asstctl.sync.observer import ApplyObserver
from asstctl.sync.ports import RemoteAssistant
from asstctl.sync.readback.verify import verify
from asstctl.sync.refresh import refresh
from asstctl.sync.result import ChangeResult, Status
from asstctl.sync.uploads.pool import UploadPool
from asstctl.sync.uploads.recognise import uploads_named
from support.engine import for_responses
from support.memory_account import Client, Died, Holdings
from support.memory_bundle import HoldingsWithBundle
from support.memory_journal import MemoryJournal
from support.projects import Folder, mixed, project
from support.projects import edited as mixed_edited

AS_IS: Final = PlanOptions()
PRUNE: Final = PlanOptions(prune=True)
DESTROY: Final = PlanOptions(prune=True, destroy=True)
NOTHING: Final = Desired(project="acme")
OTHER_RUN: Final = {"run0": "run1", "run1": "run0"}

Build: TypeAlias = Callable[[Folder], Desired]
What: TypeAlias = int | Literal["plan", "end"]


@dataclass(frozen=True)
class Move:
    """Process ``process`` goes on with ``what``: its plan, a step of a change, or its end.

    The answer of the write number ``lose`` is lost; the process dies after the write ``die``, 0
    being before the first.
    """

    process: int
    what: What
    lose: int | None = None
    die: int | None = None

    @property
    def is_fault(self) -> bool:
        return self.lose is not None or self.die is not None

    def faults(self, writes: int) -> Iterator["Move"]:
        """The same move, with everything that can go wrong with it; it makes ``writes`` writes."""
        yield replace(self, die=0)
        for write in range(1, writes + 1):
            yield replace(self, die=write)
            yield replace(self, lose=write)


Moves: TypeAlias = tuple[Move, ...]


@dataclass
class Process:
    """One apply or destroy that is moved by hand."""

    name: str
    client: Client
    desired: Desired
    options: PlanOptions
    journal: MemoryJournal
    plan: Plan | None = None
    contents: Contents = field(default_factory=dict)
    shared: Shared | None = None
    works: list[Work] = field(default_factory=list)
    steps: list[list[Step]] = field(default_factory=list)
    results: dict[int, ChangeResult] = field(default_factory=dict)
    ended: bool = False
    in_order: bool = False
    """Whether changes are made one after the other, as the plan has them."""

    def moves(self, number: int) -> Iterator[Move]:
        """What it can do next."""
        if self.ended:
            return
        if self.plan is None:
            yield Move(number, "plan")
            return
        needs = prerequisites(self.plan.writes)
        ready = [
            index
            for index in range(len(self.works))
            if index not in self.results and all(need in self.results for need in needs[index])
        ]
        for index in ready[:1] if self.in_order else ready:
            yield Move(number, index)
        if not ready:
            yield Move(number, "end")

    async def go(self, move: Move) -> None:
        """Make one move. A process that dies or is refused has ended."""
        self.client.writes, self.client.lose_at, self.client.die_at = 0, move.lose, move.die
        if move.die == 0:
            self.ended = True
            return
        try:
            match move.what:
                case "plan":
                    await self._make_plan()
                case "end":
                    await self._end()
                case int(index):
                    await self._take_step(index)
        except Died:
            self.ended = True

    async def _make_plan(self) -> None:
        try:
            contents, actual = await refresh(
                self.client, self.desired, all_files=self.options.prune, journal=self.journal
            )
            plan = make_plan(
                self.desired, contents, actual, target="t", commit=None, options=self.options
            )
            raise_if_unsafe(plan, actual, Safety(max_deletes=1.0))
        except AsstctlError:
            self.ended = True
            return
        uploads = UploadPool(
            plan, contents, self.client, ApplyObserver(), self.journal, actual.uploads
        )
        self.plan, self.contents = plan, contents
        self.shared = Shared(
            plan=plan,
            contents=contents,
            account=self.client,
            observer=ApplyObserver(),
            uploads=uploads,
            indexing_timeout=1,
            run=self.name,
        )
        self.works = [Work(change) for change in plan.writes]
        self.steps = [list(steps_of(change)) for change in plan.writes]

    async def _take_step(self, index: int) -> None:
        assert self.plan is not None
        assert self.shared is not None
        work, steps = self.works[index], self.steps[index]
        needs = prerequisites(self.plan.writes)[index]
        if any(self.results[need].status is not Status.DONE for need in needs):
            self._close(index, Status.SKIPPED)
            return
        try:
            steps[:1] = await perform(steps[0], work, self.shared)
        except AsstctlError as error:
            self._close(index, Status.FAILED, error)
            return
        if not steps:
            self._close(index, Status.DONE)

    def _close(self, index: int, status: Status, error: AsstctlError | None = None) -> None:
        work = self.works[index]
        self.results[index] = ChangeResult(
            address=work.change.address,
            action=work.change.action,
            status=status,
            id=work.object_id,
            error=error,
        )

    async def _end(self) -> None:
        assert self.plan is not None
        assert self.shared is not None
        self.ended = True
        results = tuple(self.results[index] for index in range(len(self.works)))
        await verify(self.plan, self.contents, results, self.client, self.shared.ids)
        undone = {
            file.file_id
            for work, result in zip(self.works, results, strict=True)
            if result.status is not Status.DONE
            for file in work.change.files
        }
        for work, result in zip(self.works, results, strict=True):
            if result.status is Status.DONE:
                for step in last_steps(work.change, undone):
                    await perform(step, work, self.shared)

    def constants(self) -> Iterator[object]:
        """What never changes any more, and the tasks of uploads, which are done between moves."""
        yield from (self.desired, self.options, self.contents, self.plan, *self.results.values())
        for steps in self.steps:
            yield from steps
        if self.shared is not None and self.plan is not None:
            yield from self.plan.changes
            yield from vars(self.shared.uploads)["_tasks"].values()

    def state(self) -> tuple[Any, ...]:
        """Everything that decides what it does next."""
        if self.plan is None or self.ended:
            return (self.ended,)
        assert self.shared is not None
        return (
            tuple(str(steps) for steps in self.steps),
            tuple((i, r.status) for i, r in sorted(self.results.items())),
            tuple((tuple(work.file_ids.items()), work.object_id) for work in self.works),
            tuple(sorted(self.shared.ids.items(), key=str)),
            self.shared.proofs.kept,
            tuple(str(change.actual) for change in self.plan.writes if change.actual),
            str(self.client.knows),
        )


@dataclass
class World:
    """An account, its journal, and the processes that work on it; ``path`` is how it came to be."""

    holdings: Holdings
    journal: MemoryJournal
    processes: list[Process]
    path: Moves = ()

    def copy(self) -> "World":
        """The same world, to go on apart. Values that never change are shared."""
        constant = [value for process in self.processes for value in process.constants()]
        constant += [self.path, *self.holdings.values()]
        memo = {id(value): value for value in constant}
        return copy.deepcopy(self, memo)

    @property
    def state(self) -> Hashable:
        """Worlds with equal states have the same future.

        Of two processes that want the same either may be called the first.
        """
        if not self.has_twins:
            return self._seen_by(self.processes)
        seen = str(self._seen_by(self.processes))
        other = str(self._seen_by(self.processes[::-1]))
        return min(seen, re.sub("run[01]", lambda run: OTHER_RUN[run[0]], other))

    def _seen_by(self, processes: Iterable[Process]) -> tuple[Any, ...]:
        return (
            tuple(map(str, self.holdings.values())),
            str(self.holdings.store_files),
            str(self.journal),
            *(process.state() for process in processes),
            self.has_faults,
        )

    @property
    def has_twins(self) -> bool:
        """Whether there are two processes that want the same."""
        wanted = [(process.desired, process.options) for process in self.processes]
        return len(wanted) == 2 and wanted[0] == wanted[1]

    @property
    def has_faults(self) -> bool:
        """Whether something has gone wrong already: once is enough."""
        return any(move.is_fault for move in self.path)

    async def next(self) -> AsyncIterator[tuple[Move, "World"]]:
        """What can happen: every step that is ready, as it is and with every fault."""
        for number, process in enumerate(self.processes):
            for move in process.moves(number):
                after = await self.after(move)
                yield move, after
                if not self.has_faults:
                    for fault in move.faults(after.processes[number].client.writes):
                        yield fault, await self.after(fault)

    def steps_in(self, move: Move) -> set[type[Step]]:
        """The kinds of steps that a move takes."""
        process = self.processes[move.process]
        match move.what:
            case int(index):
                return {type(step) for step in process.steps[index][:1]}
            case "end":
                return {type(step) for work in process.works for step in last_steps(work.change)}
            case _:
                return set()

    async def after(self, move: Move) -> "World":
        """The world after a move."""
        world = self.copy()
        await world.processes[move.process].go(move)
        world.path = (*self.path, move)
        return world


@dataclass
class Explored:
    """What an exploration came across."""

    visited: set[Any] = field(default_factory=set)
    killed: set[type[Step]] = field(default_factory=set)
    """The kinds of steps before, in or after which a process was killed."""
    ends: int = 0
    wrong: list[tuple[Moves, str]] = field(default_factory=list)


async def explore(
    start: World, wanted: Desired, options: PlanOptions, undisturbed: Holdings
) -> Explored:
    """Visit every state that can be reached, once, and apply once more where all have ended."""
    explored = Explored()
    frontier = [start]
    while frontier:
        world = frontier.pop()
        if world.state in explored.visited:
            continue
        explored.visited.add(world.state)
        if all(process.ended for process in world.processes):
            explored.ends += 1
            if wrong := await _one_more_apply(world.copy(), wanted, options, undisturbed):
                explored.wrong.append((world.path, wrong))
            continue
        async for move, after in world.next():
            explored.killed |= world.steps_in(move) if move.die is not None else set()
            frontier.append(after)
    return explored


async def _one_more_apply(
    world: World, wanted: Desired, options: PlanOptions, undisturbed: Holdings
) -> str:
    """What is wrong with the account after one more apply; nothing as it should be."""
    keeps_attributes = world.processes[0].client.keeps_attributes
    client = world.holdings.client(keeps_attributes=keeps_attributes)
    try:
        failed = await _apply(client, wanted, options, world.journal)
    except AsstctlError as error:
        return f"refused: {error}"
    if failed:
        return f"failed: {failed}"
    if _named(world.holdings) != _named(undisturbed):
        return f"differs: {_named(world.holdings)}"
    if strays := _unproven(world.holdings, world.journal):
        return f"strays: {strays}"
    return ""


async def _apply(
    client: Client, desired: Desired, options: PlanOptions, journal: MemoryJournal
) -> list[str]:
    """One whole apply by a process of its own; the changes that were not done."""
    contents, actual = await refresh(client, desired, all_files=options.prune, journal=journal)
    plan = make_plan(desired, contents, actual, target="t", commit=None, options=options)
    raise_if_unsafe(plan, actual, Safety(max_deletes=1.0))
    limits = ApplyOptions(parallelism=4, indexing_timeout=1)
    result = await apply_plan(plan, contents, actual, client, limits, journal=journal)
    return [f"{c.address}: {c.error}" for c in result.changes if c.status is not Status.DONE]


def _named(holdings: Holdings) -> Any:
    """The account with every id replaced by what it stands for."""
    keys = {store.id: store.spec.metadata.get("asstctl_key") for store in holdings.stores.values()}
    assistants = sorted(
        (
            item.spec.metadata.get("asstctl_key"),
            item.spec.metadata.get("asstctl_digest"),
            item.spec.instructions,
            tuple(holdings.contents.get(file, "gone") for file in item.spec.code_files),
            keys.get(item.spec.vector_store or "", item.spec.vector_store),
            _template_of(item, holdings),
        )
        for item in holdings.all_assistants()
    )
    templates = holdings.environments
    environments = sorted(
        (
            template.spec.name or "",
            tuple(holdings.contents.get(file.ref or "", "gone") for file in template.spec.files),
        )
        for template in templates.values()
    )
    stores = sorted(
        (
            str(keys[store.id]),
            store.spec.metadata.get("asstctl_digest"),
            tuple(sorted(holdings.contents.get(f, "gone") for f in holdings.store_files[store.id])),
        )
        for store in holdings.stores.values()
    )
    return assistants, stores, environments


def _template_of(agent: RemoteAssistant, holdings: Holdings) -> str:
    """The name of the template that an agent's metadata names."""
    template_id = agent.spec.metadata.get(ENVIRONMENT, "")
    template = holdings.environments.get(template_id)
    return (template.spec.name or "") if template else template_id


def _unproven(holdings: Holdings, journal: MemoryJournal) -> list[str]:
    """Uploads that nothing refers to, and that neither a stamp nor the journal knows."""
    used = {file for files in holdings.store_files.values() for file in files}
    used |= {file for item in holdings.all_assistants() for file in item.spec.code_files}
    used |= uploads_named(item.spec for item in holdings.environments.values())
    stamps = [
        *(Stamp.from_metadata(item.spec.metadata) for item in holdings.all_assistants()),
        *(Stamp.from_metadata(item.spec.metadata) for item in holdings.stores.values()),
    ]
    known = {name for stamp in stamps if stamp for name in stamp.files}
    notes = journal.notes()
    begun = {noted.sha256 for noted in notes.begun}
    return [
        file
        for file in holdings.uploads.keys() - used
        if file not in notes.made
        and short_id(file) not in known
        and holdings.contents[file] not in begun
    ]


def world(
    holdings: Holdings,
    journal: MemoryJournal,
    keeps_attributes: bool,
    *programs: tuple[Desired, PlanOptions],
) -> World:
    """An account, and the processes that are about to begin."""
    processes = [
        Process(
            f"run{number}",
            holdings.client(keeps_attributes=keeps_attributes),
            desired,
            options,
            journal,
        )
        for number, (desired, options) in enumerate(programs)
    ]
    return World(holdings, journal, processes)


def small(folder: Folder) -> Desired:
    """One store with one file, and an assistant that searches it."""
    folder.write("a.md", "Lisbon lies on seven hills.")
    guide = folder.assistant("guide", store="docs", instructions="One.")
    return project(folder.store("docs", "a.md"), guide)


def edited(folder: Folder) -> Desired:
    """The same with another file and other instructions."""
    folder.write("b.md", "Porto lies on the Douro.")
    guide = folder.assistant("guide", store="docs", instructions="Two.")
    return project(folder.store("docs", "b.md"), guide)


def hosted(folder: Folder) -> Desired:
    """An environment with one file, and an agent that runs in it."""
    folder.write("a.csv", "Lisbon")
    box = folder.environment("box", "a.csv", env={"TOKEN": "one"})
    return project(box, folder.assistant("guide", environment="box", instructions="One."))


def hosted_edited(folder: Folder) -> Desired:
    """The same with another file, another variable and other instructions."""
    folder.write("b.csv", "Porto")
    box = folder.environment("box", "b.csv", env={"TOKEN": "two"})
    return project(box, folder.assistant("guide", environment="box", instructions="Two."))


def unhosted(folder: Folder) -> Desired:
    """The agent without its environment."""
    return project(folder.assistant("guide", instructions="Two."))


def large(folder: Folder) -> Desired:
    """A store with more files than a stamp has room for."""
    names = [f"many/{number}.md" for number in range(MOST_FILES + 1)]
    for name in names:
        folder.write(name, name)
    return project(folder.store("large", " ".join(names)))


async def applied(
    desired: Desired, *, keeps_attributes: bool, empty: type[Holdings] = Holdings
) -> tuple[Holdings, MemoryJournal]:
    """An account after one undisturbed apply, and its journal."""
    holdings, journal = empty(), MemoryJournal()
    client = holdings.client(keeps_attributes=keeps_attributes)
    assert await _apply(client, desired, PRUNE, journal) == []
    return holdings, journal


@pytest.mark.parametrize(
    ("story", "options", "keeps_attributes"),
    [
        ("apply and apply", AS_IS, True),
        ("apply and apply", PRUNE, False),
        ("edit and edit", PRUNE, False),
        ("apply and destroy", AS_IS, True),
        ("apply and destroy", PRUNE, False),
    ],
)
async def test_two_at_once_end_where_one_does(
    tmp_path: Path, story: str, options: PlanOptions, keeps_attributes: bool
) -> None:
    folder = Folder(tmp_path)
    desired = small(folder)
    before = Holdings(), MemoryJournal()
    if story != "apply and apply":
        before = await applied(desired, keeps_attributes=keeps_attributes)
        desired = edited(folder)
    other = (NOTHING, DESTROY) if story == "apply and destroy" else (desired, options)
    explored = await explore(
        world(*before, keeps_attributes, (desired, options), other),
        desired,
        options,
        (await applied(desired, keeps_attributes=keeps_attributes))[0],
    )
    print(f"{story}: {len(explored.visited)} states, {explored.ends} ends")
    assert explored.ends > 20
    assert explored.wrong == []


@pytest.mark.parametrize("story", ["apply and apply", "edit and edit", "apply and destroy"])
async def test_two_at_once_beside_one_bundle_end_where_one_does(tmp_path: Path, story: str) -> None:
    folder = Folder(tmp_path)
    desired = for_responses(small(folder))
    before: tuple[Holdings, MemoryJournal] = HoldingsWithBundle(), MemoryJournal()
    if story != "apply and apply":
        before = await applied(desired, keeps_attributes=True, empty=HoldingsWithBundle)
        desired = for_responses(edited(folder))
    other = (NOTHING, DESTROY) if story == "apply and destroy" else (desired, PRUNE)
    explored = await explore(
        world(*before, True, (desired, PRUNE), other),
        desired,
        PRUNE,
        (await applied(desired, keeps_attributes=True, empty=HoldingsWithBundle))[0],
    )
    print(f"{story}: {len(explored.visited)} states, {explored.ends} ends")
    assert explored.ends > 20
    assert explored.wrong == []


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        pytest.param(None, hosted, hosted, id="make and make"),
        pytest.param(hosted, hosted_edited, hosted_edited, id="edit and edit"),
        pytest.param(hosted, unhosted, unhosted, id="let go and let go"),
        pytest.param(hosted, hosted_edited, None, id="edit and destroy"),
    ],
)
async def test_two_at_once_leave_one_environment(
    tmp_path: Path, before: Build | None, after: Build, other: Build | None
) -> None:
    folder = Folder(tmp_path)
    start = Holdings(), MemoryJournal()
    if before is not None:
        start = await applied(before(folder), keeps_attributes=True)
    desired = after(folder)
    rival = (NOTHING, DESTROY) if other is None else (other(folder), PRUNE)
    explored = await explore(
        world(*start, True, (desired, PRUNE), rival),
        desired,
        PRUNE,
        (await applied(desired, keeps_attributes=True))[0],
    )
    print(f"{len(explored.visited)} states, {explored.ends} ends")
    assert explored.ends > 4
    assert explored.wrong == []


@pytest.mark.parametrize("keeps_attributes", [True, False], ids=["attributes", "bare"])
async def test_no_kind_of_step_goes_without_a_kill(tmp_path: Path, keeps_attributes: bool) -> None:
    folder = Folder(tmp_path)
    killed: set[type[Step]] = set()
    before = Holdings(), MemoryJournal()
    for build in (mixed, mixed_edited, large, hosted, hosted_edited, unhosted):
        desired = build(folder)
        after, journal = await applied(desired, keeps_attributes=keeps_attributes)
        start = world(*before, keeps_attributes, (desired, PRUNE))
        start.processes[0].in_order = True
        explored = await explore(start, desired, PRUNE, after)
        print(f"{build.__name__}: {len(explored.visited)} states, {explored.ends} ends")
        assert explored.wrong == []
        killed |= explored.killed
        before = after, journal
    # It only asks a server that lists no files what it said before, and ends the change with that.
    assert killed == set(get_args(Step)) - {ReadFiles}
