"""The journal of uploads: what it says after every kind of end, and that it can do no harm."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.model.actual import Upload
from asstctl.model.file import Content, LocalFile
from asstctl.model.project import LocalTarget, Project
from asstctl.sync.local.upload_journal import FileJournal
from asstctl.sync.uploads.journal import NoJournal, Noted, Notes

HASH = "ab" * 32


def project(root: Path, name: str = "acme", target: str = "local") -> Project:
    return Project(name=name, root=root, target=LocalTarget(name=target, path=root / "a.db"))


def content(name: str = "a.md", size: int = 3, sha256: str = HASH) -> Content:
    return Content(LocalFile(f"docs/{name}", Path(name), size), sha256)


def upload(upload_id: str, name: str = "a.md", size: int = 3) -> Upload:
    return Upload(id=upload_id, filename=name, bytes=size)


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(project(tmp_path), "host")


def lines(root: Path) -> list[str]:
    return (root / ".asstctl/uploads.jsonl").read_text().splitlines()


def test_nothing_is_noted_at_first(journal: FileJournal, tmp_path: Path) -> None:
    assert journal.notes() == Notes()
    assert list(tmp_path.iterdir()) == []


def test_an_upload_is_noted_before_and_after(journal: FileJournal) -> None:
    entry = journal.begin(content(), "a.md", since=5.0)
    noted = Noted(name="a.md", bytes=3, sha256=HASH, since=5.0)
    assert journal.notes() == Notes(begun=(noted,))

    journal.made(entry, upload("file-1"))

    made = replace(noted, called="a.md", counted=3)
    assert journal.notes() == Notes(made={"file-1": made})


def test_an_upload_is_known_by_the_name_and_the_size_that_the_account_gave_it(
    journal: FileJournal,
) -> None:
    changed = upload("file-1", "a_b%22.md", size=36)
    journal.made(journal.begin(content('a b".md'), 'a b".md', since=0.0), changed)
    noted = journal.notes().made["file-1"]

    assert noted.is_of(changed)
    assert not noted.is_of(upload("file-1", "a_b%22.md", size=3))
    assert not noted.is_of(upload("file-1", "other.md", size=36))


def test_an_upload_that_did_not_happen_or_is_gone_is_no_longer_noted(journal: FileJournal) -> None:
    journal.abandon(journal.begin(content(), "a.md", since=0.0))
    journal.made(journal.begin(content(), "a.md", since=0.0), upload("file-1"))

    journal.deleted("file-1")

    assert journal.notes() == Notes()


def test_every_account_has_notes_of_its_own(tmp_path: Path) -> None:
    here = FileJournal(project(tmp_path), "host")
    here.made(here.begin(content(), "a.md", since=0.0), upload("file-1"))

    for other in (
        FileJournal(project(tmp_path), "other host"),
        FileJournal(project(tmp_path, name="other"), "host"),
        FileJournal(project(tmp_path, target="other"), "host"),
    ):
        assert other.notes() == Notes()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not JSON",
        '{"event": "begin", "entry": "x"',
        "[]",
        '{"event": "made", "entry": 1, "id": 2}',
        '{"event": "begin", "entry": "x", "name": "n", "bytes": "many", "sha256": "", "since": 0}',
        '{"event": "something new"}',
        "\x00\x00\x00",
    ],
)
def test_a_line_that_makes_no_sense_is_passed_over(
    journal: FileJournal, tmp_path: Path, line: str
) -> None:
    journal.made(journal.begin(content(), "a.md", since=0.0), upload("file-1"))
    before = journal.notes()
    file = tmp_path / ".asstctl/uploads.jsonl"
    file.write_text(file.read_text() + line + "\n")

    assert journal.notes() == before


@given(st.binary())
def test_any_file_can_be_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / ".asstctl").mkdir()
    (root / ".asstctl/uploads.jsonl").write_bytes(data)

    assert FileJournal(project(root), "host").notes() == Notes()


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / ".asstctl").write_text("a file where the folder should be")
    journal = FileJournal(project(tmp_path), "host")

    journal.made(journal.begin(content(), "a.md", since=0.0), upload("file-1"))
    journal.deleted("file-1")
    journal.tidy()

    assert journal.notes() == Notes()


def test_the_journal_holds_neither_content_nor_keys_nor_machine_paths(
    journal: FileJournal, tmp_path: Path
) -> None:
    journal.made(journal.begin(content(), "a.md", since=0.0), upload("file-1"))

    text = (tmp_path / ".asstctl/uploads.jsonl").read_text()
    assert str(tmp_path) not in text
    assert {name for line in lines(tmp_path) for name in json.loads(line)} == {
        "account",
        "event",
        "entry",
        "name",
        "bytes",
        "sha256",
        "since",
        "id",
    }


def test_a_journal_of_uploads_that_are_gone_is_written_anew(
    journal: FileJournal, tmp_path: Path
) -> None:
    other = FileJournal(project(tmp_path), "other host")
    other.made(other.begin(content("b.md"), "b.md", since=0.0), upload("file-b"))
    journal.begin(content("open.md"), "open.md", since=0.0)
    for number in range(400):
        journal.made(journal.begin(content(), "a.md", since=0.0), upload(f"file-{number}"))
        if number:
            journal.deleted(f"file-{number}")
    before = journal.notes(), other.notes()

    journal.tidy()

    assert (journal.notes(), other.notes()) == before
    assert len(lines(tmp_path)) == 5


def test_a_journal_that_is_mostly_alive_is_left_alone(journal: FileJournal, tmp_path: Path) -> None:
    for number in range(20):
        journal.made(journal.begin(content(), "a.md", since=0.0), upload(f"file-{number}"))
    journal.deleted("file-1")
    before = lines(tmp_path)

    journal.tidy()

    assert lines(tmp_path) == before


def test_no_journal_knows_nothing() -> None:
    journal = NoJournal()
    entry = journal.begin(content(), "a.md", since=0.0)
    journal.made(entry, upload("file-1"))
    journal.abandon(entry)
    journal.deleted("file-1")

    assert journal.notes() == Notes()
