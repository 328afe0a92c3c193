"""The Python API: what a program may rely on when no terminal is there."""

import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

import pytest

from asstctl.app.apply import apply
from asstctl.app.confirm import DeclinedError, approve
from asstctl.app.destroy import destroy
from asstctl.app.doctor import doctor
from asstctl.app.gc import collect
from asstctl.app.observer import Observer
from asstctl.app.plan import plan
from asstctl.app.pull import pull
from asstctl.app.smoke import smoke
from asstctl.app.source import Version, open_source, read_source
from asstctl.errors import ExitCode, RefusedError
from asstctl.manifest.problems import ManifestError
from asstctl.model.sensitive import Sensitive
from asstctl.plan.plan import Plan
from support.git import commit

GUIDE = """\
kind: assistant
key: guide
name: Guide
model: gpt-4o
instructions: Be brief.
metadata: {team: "${env.TEAM}"}
tools:
  - {type: code_interpreter, files: [bill.csv]}
smoke:
  - {name: says hello, prompt: Hello!, expect: {max_seconds: 60}}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEAM", "a-team-that-nobody-may-know")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "asstctl.yaml").write_text("project: shop\nmanifests: [guide.yaml]\n")
    (folder / "guide.yaml").write_text(GUIDE)
    (folder / "bill.csv").write_text("burger,23.75\n")
    return folder


class Watcher(Observer):
    """Notes in which order it was told what."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.sensitive: set[str] = set()

    def on_sensitive(self, sensitive: Sensitive) -> None:
        self.sensitive |= sensitive.secrets

    def on_plan(self, plan: Plan) -> None:
        self.told.append(f"plan of {len(plan.writes)}")

    def reading(self, account: str) -> AbstractContextManager[object]:
        self.told.append("reading")
        return nullcontext()

    def applying(self, plan: Plan) -> AbstractContextManager[None]:
        self.told.append("applying")
        return nullcontext()


async def test_a_project_is_planned_applied_smoked_and_destroyed_by_a_program(root: Path) -> None:
    source = read_source(root)
    assert [str(change.address) for change in (await plan(source)).plan.writes] == [
        "assistant.guide"
    ]
    assert not (root / ".asstctl").exists()

    applied = await apply(source, confirm=approve)
    assert (applied.exit_code, applied.smoke) == (ExitCode.OK, None)
    assert (await plan(source)).plan.is_empty

    result = await smoke(source, ["guide"])
    assert [(case.key, case.name) for case in result.cases] == [("guide", "says hello")]

    destroyed = await destroy(source, confirm=approve)
    assert destroyed.exit_code is ExitCode.OK
    assert (await plan(source)).plan.managed == 0


async def test_nothing_is_written_when_the_answer_is_no(root: Path) -> None:
    source = read_source(root)
    shown: list[Plan] = []

    def decline(plan: Plan) -> bool:
        shown.append(plan)
        return False

    with pytest.raises(DeclinedError):
        await apply(source, confirm=decline)
    assert len(shown) == 1
    assert (await plan(source)).plan == shown[0]

    await apply(source, confirm=approve)
    with pytest.raises(DeclinedError):
        await destroy(source, confirm=decline)
    assert (await plan(source)).plan.is_empty


async def test_nobody_is_asked_where_there_is_nothing_to_do(root: Path) -> None:
    source = read_source(root)
    await apply(source, confirm=approve)

    def never(plan: Plan) -> bool:
        raise AssertionError("asked for nothing")

    assert (await apply(source, confirm=never)).result.changes == ()


async def test_a_guard_stops_before_anybody_is_asked(root: Path) -> None:
    source = read_source(root)
    await apply(source, confirm=approve)
    for path in (root / ".asstctl").glob("account.db*"):
        path.unlink()

    def never(plan: Plan) -> bool:
        raise AssertionError("asked though a guard says no")

    with pytest.raises(RefusedError, match="everything that was managed"):
        await apply(source, confirm=never)


async def test_an_observer_is_told_in_the_order_of_what_happens(root: Path) -> None:
    watcher = Watcher()
    source = read_source(root, observer=watcher)
    assert watcher.sensitive == {"a-team-that-nobody-may-know"}

    def ask(plan: Plan) -> bool:
        watcher.told.append("asked")
        return True

    await apply(source, confirm=ask, observer=watcher)
    assert watcher.told == ["reading", "plan of 1", "asked", "applying"]


async def test_an_upload_is_deleted_only_when_that_is_wanted(root: Path) -> None:
    source = read_source(root)
    await apply(source, confirm=approve)
    (root / "bill.csv").write_text("burger,24.50\n")
    (root / "guide.yaml").write_text(GUIDE.replace("[bill.csv]", "[]"))
    with closing(sqlite3.connect(root / ".asstctl" / "account.db")) as database, database:
        database.execute("DELETE FROM assistants")

    found = await collect(source)
    assert [item.upload.filename for item in found.garbage.ours] == ["bill.csv"]
    assert found.deletions == ()
    with pytest.raises(DeclinedError):
        await collect(source, confirm=lambda garbage, account: False)
    deleted = await collect(source, deletes=True)
    assert (len(deleted.deletions), deleted.exit_code) == (1, ExitCode.OK)
    assert (await collect(source)).garbage.ours == ()


async def test_what_was_pulled_is_told_with_what_stands_in_its_way(
    root: Path, tmp_path: Path
) -> None:
    await apply(read_source(root), confirm=approve)
    pulled = await pull(root, everything=True, out=tmp_path / "copy")

    copied = sorted(
        path.relative_to(pulled.folder).as_posix()
        for path in pulled.folder.rglob("*")
        if path.is_file() and ".asstctl" not in path.parts  # the notes of this machine
    )
    assert copied == list(pulled.paths)
    assert {"asstctl.yaml", "assistants/guide.yaml"} < set(pulled.paths)
    assert (pulled.exit_code, pulled.problems, pulled.unread) == (ExitCode.OK, (), ())


async def test_a_doctor_tells_what_is_wrong_and_raises_nothing(root: Path) -> None:
    assert (await doctor(root)).exit_code is ExitCode.OK
    (root / "asstctl.yaml").write_text("project: [\n")
    checkup = await doctor(root, "prod")
    assert (checkup.target, checkup.exit_code) == ("prod", ExitCode.ERROR)


async def test_versions_are_compared_while_an_event_loop_runs(root: Path) -> None:
    commit(root)
    (root / "guide.yaml").write_text(GUIDE.replace("brief", "very brief"))
    with open_source(root, version=Version(since="HEAD")) as source:
        assert {str(address) for address in source.within or ()} == {"assistant.guide"}
        assert source.commit is not None
        assert source.commit.endswith("-dirty")
        assert len((await plan(source)).plan.writes) == 1


def test_manifests_that_are_wrong_are_an_error_with_every_problem(root: Path) -> None:
    (root / "guide.yaml").write_text("kind: assistant\nmodle: gpt-4o\n")
    with pytest.raises(ManifestError) as caught:
        read_source(root)
    assert {problem.code for problem in caught.value.diagnostics} >= {"unknown-field"}


def test_no_use_case_imports_what_prints() -> None:
    program = (
        "import pkgutil, sys, asstctl.app\n"
        "from importlib import import_module\n"
        "for module in pkgutil.iter_modules(asstctl.app.__path__):\n"
        "    import_module(f'asstctl.app.{module.name}')\n"
        "print(sorted({'click', 'rich'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
