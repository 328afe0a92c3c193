"""The file of a bundle: where it may lie, when it is written, and what happens when it moved."""

import asyncio
import itertools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asstctl.app.apply import carry_out
from asstctl.errors import AsstctlError, ExitCode
from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Address
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import Desired
from asstctl.plan.action import Action
from asstctl.sync.change.rollback import roll_back
from asstctl.sync.ports import RemoteAssistant
from asstctl.sync.result import ApplyResult, ChangeResult, Status
from support.bundles import BundleFolder
from support.clock import run
from support.engine import PRUNE, Engine, for_responses, plan_with
from support.projects import Folder, assistant, changed, mixed, project
from support.server import Server

ONE = project(assistant("guide", instructions="One."))
TWO = project(assistant("guide", instructions="One."), assistant("clerk"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    root.mkdir()
    return root


@pytest.fixture
def engine(home: Path) -> Engine:
    return Engine(Server(), bundle=BundleFolder(home))


def refused(engine: Engine, desired: Desired = ONE) -> AsstctlError:
    """Why not even a plan can be made."""
    with pytest.raises(AsstctlError) as caught:
        engine.plan(desired)
    with pytest.raises(type(caught.value)):
        engine.apply(desired)
    return caught.value


def bundle_of(engine: Engine) -> BundleFolder:
    assert engine.bundle is not None
    return engine.bundle


def test_its_folder_is_made_and_it_goes_with_its_last_entry(home: Path) -> None:
    engine = Engine(Server(), bundle=BundleFolder(home, "deploy/prod/assistants.json"))
    engine.converge(TWO)
    assert list(bundle_of(engine).bundle.assistants) == ["clerk", "guide"]
    engine.converge(ONE, PRUNE)
    assert list(bundle_of(engine).bundle.assistants) == ["guide"]
    engine.converge(project(), PRUNE)
    assert not bundle_of(engine).path.exists()
    assert [path.name for path in (home / "deploy/prod").iterdir()] == []
    assert engine.plan(project(), PRUNE).is_empty


def test_a_plan_writes_nothing(engine: Engine, home: Path) -> None:
    engine.plan(TWO)
    assert list(home.iterdir()) == []


def test_it_is_left_alone_where_nothing_changes(engine: Engine) -> None:
    engine.converge(TWO)
    path = bundle_of(engine).path
    # As an editor leaves it that formats what it saves.
    path.write_text(json.dumps(json.loads(path.read_text()), indent=4).replace("\n", "\r\n"))
    before = bundle_of(engine).state
    assert engine.plan(TWO).is_empty
    assert engine.apply(TWO).changes == ()
    assert bundle_of(engine).state == before


def test_equal_projects_give_equal_bytes_whatever_came_before(tmp_path: Path) -> None:
    def text(*stages: Desired) -> str | None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        engine = Engine(Server(), bundle=BundleFolder(folder))
        for desired in stages:
            engine.converge(desired, PRUNE)
        return bundle_of(engine).text

    swapped = replace(TWO, assistants=TWO.assistants[::-1])
    renamed = project(
        assistant("guide", instructions="One.", previously=("old",)), assistant("clerk")
    )
    old = project(assistant("old", instructions="Zero."), assistant("more"))
    assert text(TWO) == text(swapped) == text(ONE, TWO) == text(old, renamed)
    assert "c0ffee" not in (text(TWO) or "")


def linked_file(path: Path, outside: Path) -> None:
    (outside / "b.json").write_text("{}")
    path.symlink_to(outside / "b.json")


def dangling(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "nothing")


def linked_folder(path: Path, outside: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(outside)


def a_folder(path: Path, _: Path) -> None:
    path.mkdir()


def a_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def too_large(path: Path, _: Path) -> None:
    with path.open("wb") as file:
        file.truncate(65 * 2**20)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (linked_file, "not reached through a link"),
        (dangling, "not reached through a link"),
        (linked_folder, "not reached through a link"),
        (a_folder, "the bundle"),
        (a_pipe, "is no file"),
        (too_large, "is too large"),
    ],
)
def test_only_a_plain_file_below_the_project_is_a_bundle(
    tmp_path: Path, home: Path, make: Callable[[Path, Path], None], said: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    engine = Engine(Server(), bundle=BundleFolder(home, "deploy/assistants.json"))
    bundle_of(engine).path.parent.mkdir()
    make(bundle_of(engine).path, outside)
    before = sorted(path.name for path in outside.iterdir())
    error = refused(engine)
    assert (error.code, error.exit_code) == ("bundle", ExitCode.ERROR)
    assert said in error.what
    assert "deploy/assistants.json" in error.what
    assert error.fix
    assert sorted(path.name for path in outside.iterdir()) == before


def test_a_bundle_that_cannot_be_read_stops_everything(engine: Engine) -> None:
    engine.converge(ONE)
    bundle_of(engine).path.write_text("<<<<<<< ours\n{}\n=======\n[]\n>>>>>>> theirs\n")
    before = bundle_of(engine).state
    error = refused(engine)
    assert (error.code, error.exit_code) == ("bundle", ExitCode.ERROR)
    assert "assistants.json" in error.what
    assert bundle_of(engine).state == before


def test_another_projects_bundle_is_not_touched(engine: Engine) -> None:
    engine.converge(ONE)
    path = bundle_of(engine).path
    path.write_text(path.read_text().replace('"project": "acme"', '"project": "other"'))
    before = bundle_of(engine).state
    error = refused(engine)
    assert error.code == "owned-elsewhere"
    assert "'other'" in error.what
    assert bundle_of(engine).state == before


def test_a_bundle_that_cannot_be_written_fails_its_changes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("asstctl.remote.responses.bundle_file.replace_file", full)
    result = engine.apply(ONE)
    (change,) = result.changes
    assert result.exit_code is ExitCode.APPLY_INCOMPLETE
    assert change.error is not None
    assert change.error.code == "bundle"
    assert change.error.why == "No space left on device"


def test_a_missing_bundle_is_said_once_and_makes_no_store_anew(
    engine: Engine, tmp_path: Path
) -> None:
    desired = mixed(Folder(tmp_path))
    (first,) = engine.plan(desired).warnings
    assert first.code == "missing-bundle"
    assert "assistants.json" in first.what
    assert "uploaded anew" in first.why
    engine.converge(desired)
    stores = set(engine.server.state.stores)
    assert engine.plan(desired).warnings == ()

    bundle_of(engine).path.unlink()
    plan = engine.plan(desired)
    assert [warning.code for warning in plan.warnings] == ["missing-bundle"]
    actions = {str(change.address): change.action for change in plan.changes}
    assert {a for a, action in actions.items() if action is Action.CREATE} == {
        *("assistant.guide", "assistant.clerk", "assistant.plain")
    }
    engine.converge(desired)
    assert set(engine.server.state.stores) == stores
    assert engine.plan(desired).is_empty


def test_stores_alone_need_no_bundle(engine: Engine, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("a.md", "one")
    desired = project(folder.store("docs", "a.md"))
    engine.converge(desired)
    assert not bundle_of(engine).path.exists()
    plan = engine.plan(desired)
    assert plan.is_empty
    assert plan.warnings == ()


def test_it_names_the_stores_that_the_account_holds(engine: Engine, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("a.md", "one")
    docs, faq = folder.store("docs", "a.md"), folder.store("faq")
    guide = folder.assistant("guide", store="docs")

    def named() -> dict[str, str]:
        return dict(bundle_of(engine).bundle.vector_stores)

    def ids(*keys: str) -> dict[str, str]:
        stores = engine.server.state.stores.values()
        by_key = {thing.metadata["asstctl_key"]: thing.id for thing in stores}
        return {key: by_key[key] for key in keys}

    engine.converge(project(docs, guide))
    assert named() == ids("docs")
    engine.converge(project(docs, guide, faq))
    assert named() == ids("docs", "faq")
    renamed = replace(faq, key="questions", previously=("faq",))
    engine.converge(project(docs, guide, renamed))
    assert named() == ids("docs", "questions")
    engine.converge(project(docs, guide))
    assert named() == ids("docs", "questions"), "what is unmanaged now is still the project's"
    engine.converge(project(docs, guide), PRUNE)
    assert named() == ids("docs")


# --- somebody writes it between the plan and the write ---


def meddled(engine: Engine, desired: Desired, meddle: Callable[[Path], object]) -> ApplyResult:
    """An apply whose bundle is edited after its plan was made."""

    async def work() -> ApplyResult:
        async with engine.account() as account:
            spoken = for_responses(desired)
            planned = await plan_with(account, spoken, PRUNE)
            meddle(bundle_of(engine).path)
            return await engine.execute(account, planned, spoken)

    return run(work())


def touch_another(path: Path) -> None:
    document = json.loads(path.read_text())
    document["assistants"]["clerk"]["request"]["instructions"] = "By hand."
    path.write_text(json.dumps(document))


def touch_this(path: Path) -> None:
    document = json.loads(path.read_text())
    document["assistants"]["guide"]["request"]["instructions"] = "By hand."
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    "meddle",
    [
        touch_another,
        touch_this,
        lambda path: path.write_text(path.read_text() + "\n"),
        lambda path: path.write_text("{"),
        lambda path: path.unlink(),
    ],
)
@pytest.mark.parametrize("what", ["update", "rename", "delete", "create"])
def test_a_bundle_that_moved_since_the_plan_is_refused_and_left_alone(
    engine: Engine, meddle: Callable[[Path], object], what: str
) -> None:
    engine.converge(TWO)
    guide, clerk = TWO.assistants
    desired = {
        "update": project(changed(guide, instructions="Two."), clerk),
        "rename": project(replace(guide, key="leader", previously=("guide",)), clerk),
        "delete": project(clerk),
        "create": project(guide, clerk, assistant("new")),
    }[what]
    after: list[str | None] = []

    def meddled_with(path: Path) -> None:
        meddle(path)
        after.append(bundle_of(engine).text)

    result = meddled(engine, desired, meddled_with)
    assert result.exit_code is ExitCode.REFUSED
    assert [change.status for change in result.changes] == [Status.FAILED]
    assert [bundle_of(engine).text] == after


def test_a_bundle_that_came_meanwhile_is_refused_and_left_alone(engine: Engine) -> None:
    text = Path(__file__).read_text()
    result = meddled(engine, ONE, lambda path: path.write_text(text))
    assert result.exit_code is ExitCode.REFUSED
    assert bundle_of(engine).text == text


@pytest.mark.parametrize("number", range(3))
def test_of_two_applies_at_once_the_second_is_refused_and_nothing_is_lost(
    engine: Engine, number: int
) -> None:
    """The other apply comes and goes before one of the writes of this one."""
    engine.converge(TWO)
    ours = for_responses(project(*TWO.assistants, *map(assistant, "abc")))
    theirs = for_responses(project(*TWO.assistants, assistant("theirs")))
    both = project(*TWO.assistants, *map(assistant, "abc"), assistant("theirs"))

    async def apply_theirs() -> None:
        async with engine.account() as account:
            result = await engine.execute(account, await plan_with(account, theirs), theirs)
            assert result.exit_code is ExitCode.OK

    async def apply_ours() -> ApplyResult:
        async with engine.account() as account:
            planned = await plan_with(account, ours)
            create, calls = account.create_assistant, itertools.count()
            one_by_one = asyncio.Lock()

            async def creating(spec: AssistantSpec) -> RemoteAssistant:
                async with one_by_one:
                    if next(calls) == number:
                        await apply_theirs()
                    return await create(spec)

            vars(account)["create_assistant"] = creating
            return await engine.execute(account, planned, ours)

    result = run(apply_ours())
    assert result.exit_code is ExitCode.REFUSED
    assert result.count(Status.DONE) == number
    assert {"guide", "clerk", "theirs"} <= bundle_of(engine).bundle.assistants.keys()
    assert len(bundle_of(engine).bundle.assistants) == 3 + number
    engine.converge(both)
    assert engine.plan(both, PRUNE).is_empty


def test_what_fails_its_trial_is_put_back_under_its_earlier_key(engine: Engine) -> None:
    engine.converge(TWO)
    before = bundle_of(engine).text
    guide, clerk = for_responses(TWO).assistants
    renamed = replace(changed(guide, instructions="Two."), key="leader", previously=("guide",))
    desired = replace(for_responses(TWO), assistants=(renamed, clerk))

    async def work() -> ApplyResult:
        async with engine.account() as account:
            planned = await plan_with(account, desired)
            (change,) = planned.plan.writes

            async def trial(results: tuple[ChangeResult, ...]) -> frozenset[Address]:
                (result,) = results
                assert result.id == "leader"
                assert isinstance(change.actual, ActualAssistant)
                assert await roll_back(account, change.actual, result.id)
                return frozenset({result.address})

            return await carry_out(bundle_of(engine).project, planned, account, trial=trial)

    result = run(work())
    assert [change.status for change in result.changes] == [Status.FAILED]
    assert bundle_of(engine).text == before
