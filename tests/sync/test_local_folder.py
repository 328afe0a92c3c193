"""The folder `.asstctl`: never a way out of the project, and nothing lost when two runs meet."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asstctl.model.actual import Upload
from asstctl.model.address import Address
from asstctl.model.file import Content, LocalFile
from asstctl.model.project import LocalTarget, Project
from asstctl.sync.local.last_apply import LastApply, read_last_apply, record_apply
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.local.whole import replace_file, write_output

A, B = Address.parse("assistant.a"), Address.parse("assistant.b")
CONTENT = Content(LocalFile("docs/a.md", Path("a.md"), 3), "ab" * 32)


def project(root: Path, target: str = "local") -> Project:
    return Project(name="acme", root=root, target=LocalTarget(name=target, path=root / "a.db"))


def note(root: Path) -> None:
    """Write all that is ever written there."""
    journal = FileJournal(project(root), "host")
    made = Upload(id="file-1", filename="a.md", bytes=3)
    journal.made(journal.begin(CONTENT, "a.md", since=0.0), made)
    journal.tidy()
    record_apply(project(root), "host", {A}, before=read_last_apply(project(root), "host"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.mark.parametrize("name", ["memory.json", "uploads.jsonl", "lock"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_link_is_not_followed_and_makes_way_for_a_file(
    root: Path, tmp_path: Path, name: str, exists: bool
) -> None:
    victim = tmp_path / "victim"
    if exists:
        victim.write_text("precious")
    (root / ".asstctl").mkdir()
    (root / ".asstctl" / name).symlink_to(victim)
    note(root)

    assert victim.exists() is exists
    assert not exists or victim.read_text() == "precious"
    assert not (root / ".asstctl" / name).is_symlink()
    assert read_last_apply(project(root), "host").addresses == {A}
    assert set(FileJournal(project(root), "host").notes().made) == {"file-1"}


def test_what_a_link_leads_to_is_not_read(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    note(elsewhere)
    (root / ".asstctl").mkdir()
    for name in ("memory.json", "uploads.jsonl"):
        (root / ".asstctl" / name).symlink_to(elsewhere / ".asstctl" / name)

    assert read_last_apply(project(root), "host") == LastApply()
    assert FileJournal(project(root), "host").notes().made == {}


def test_a_folder_that_leads_out_of_the_project_is_left_alone(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / ".asstctl").symlink_to(outside)
    note(root)

    assert list(outside.iterdir()) == []
    assert read_last_apply(project(root), "host") == LastApply()


def test_a_folder_that_is_linked_inside_the_project_is_fine(root: Path) -> None:
    (root / "state").mkdir()
    (root / ".asstctl").symlink_to("state")
    note(root)

    assert read_last_apply(project(root), "host").addresses == {A}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_holds_nobody_up(root: Path) -> None:
    (root / ".asstctl").mkdir()
    os.mkfifo(root / ".asstctl/memory.json")
    os.mkfifo(root / ".asstctl/uploads.jsonl")
    note(root)

    assert read_last_apply(project(root), "host").addresses == {A}


ADD = """
import sys
from pathlib import Path
from test_local_folder import CONTENT, project
from asstctl.model.actual import Upload
from asstctl.sync.local.upload_journal import FileJournal

journal = FileJournal(project(Path(sys.argv[1])), "host")
for number in range(150):
    upload = Upload(id=f"file-{sys.argv[2]}-{number}", filename="a.md", bytes=3)
    journal.made(journal.begin(CONTENT, "a.md", since=0.0), upload)
    for _ in range(5):
        journal.abandon(journal.begin(CONTENT, "a.md", since=0.0))
    journal.tidy()
"""


def test_what_is_added_while_another_run_tidies_up_is_not_lost(root: Path) -> None:
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", ADD, str(root)]
    running = [subprocess.Popen([*command, name], env=here) for name in ("a", "b")]
    assert [process.wait() for process in running] == [0, 0]

    made = FileJournal(project(root), "host").notes().made
    assert set(made) == {f"file-{name}-{n}" for name in ("a", "b") for n in range(150)}


@pytest.mark.parametrize("apply_ends_last", [False, True])
def test_an_apply_beside_a_destroy_remembers_nothing_that_is_gone(
    root: Path, apply_ends_last: bool
) -> None:
    here = project(root)
    record_apply(here, "host", {A, B}, before=read_last_apply(here, "host"))
    seen = read_last_apply(here, "host")
    ends = [frozenset[Address](), frozenset({A, B})]
    for left in ends if apply_ends_last else ends[::-1]:
        record_apply(here, "host", left, before=seen)

    assert read_last_apply(here, "host").addresses == frozenset()


def test_runs_one_after_the_other_remember_what_the_last_one_left(root: Path) -> None:
    here = project(root)
    for left in ({A}, {A, B}, {B}):
        record_apply(here, "host", left, before=read_last_apply(here, "host"))
        assert read_last_apply(here, "host").addresses == left


def test_every_account_has_a_memory_of_its_own(root: Path) -> None:
    here, there = project(root), project(root, "other")
    record_apply(here, "host", {A}, before=read_last_apply(here, "host"))
    record_apply(there, "host", {B}, before=read_last_apply(there, "host"))

    assert read_last_apply(here, "host").addresses == {A}
    assert read_last_apply(there, "host").addresses == {B}


@pytest.mark.parametrize(
    ("kept", "addresses"),
    [(["assistant.a"], {A}), ({"run": "x", "addresses": ["assistant.a"]}, {A}), ([3], set())],
)
def test_a_memory_of_earlier_versions_is_read(
    root: Path, kept: object, addresses: set[Address]
) -> None:
    (root / ".asstctl").mkdir()
    (root / ".asstctl/memory.json").write_text(json.dumps({"acme local host": kept}))

    assert read_last_apply(project(root), "host").addresses == addresses


@pytest.mark.parametrize("write", [replace_file, write_output])
def test_a_text_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, write: Callable[[Path, str], None]
) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write(path, "new, as far as \ud800")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_output_goes_through_a_link_and_keeps_its_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_output(link, "new")

    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no such device here")
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_an_output_may_be_a_device(tmp_path: Path, kind: str) -> None:
    code = (
        "from pathlib import Path; from asstctl.sync.local.whole import write_output\n"
        "print('before', flush=True); write_output(Path('/dev/stdout'), 'there')"
    )
    out = tmp_path / "out"
    with out.open("a") as file:
        target = file if kind == "file" else subprocess.PIPE
        ran = subprocess.run([sys.executable, "-c", code], stdout=target, text=True, check=True)
    shown = out.read_text() if kind == "file" else ran.stdout
    assert shown.endswith("there")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left on device"):
        write_output(Path("/dev/full"), "text")
