"""What proves the content of a file that a store holds, and which proof beats which."""

from collections.abc import Mapping

import pytest

from asstctl.model.actual import IndexStatus
from asstctl.model.stamp import (
    FILE_NAME,
    FILE_PATH,
    FILE_SHA256,
    FileStamp,
    Stamp,
    by_short_id,
    name_mark,
)
from asstctl.sync.ports import RemoteFile
from asstctl.sync.uploads.attached import StoreFiles, code_file
from asstctl.sync.uploads.journal import NoJournal, Noted, Notes

FILE = "file-1"
SAID, STAMPED, NOTED = "a" * 64, "b" * 64, "c" * 64


class Journal(NoJournal):
    """Knows of one upload, and counts how often it is read."""

    def __init__(self, made: Mapping[str, Noted]) -> None:
        self._made = made
        self.reads = 0

    def notes(self) -> Notes:
        self.reads += 1
        return Notes(made=self._made)


def remote(**attributes: str | float | bool) -> RemoteFile:
    return RemoteFile(id=FILE, status=IndexStatus.COMPLETED, attributes=attributes)


def stamp(known: bool) -> Stamp:
    files = by_short_id({FILE: FileStamp(STAMPED, "st")}) if known else {}
    return Stamp(project="acme", key="docs", files=files)


def journal(known: bool) -> Journal:
    return Journal({FILE: Noted(name="noted.md", bytes=1, sha256=NOTED)} if known else {})


@pytest.mark.parametrize("in_stamp", [True, False])
@pytest.mark.parametrize("in_journal", [True, False])
@pytest.mark.parametrize("in_attributes", [True, False])
def test_attributes_beat_the_stamp_and_the_stamp_beats_the_journal(
    in_attributes: bool, in_stamp: bool, in_journal: bool
) -> None:
    said = {FILE_SHA256: SAID} if in_attributes else {}
    expected = (in_attributes and SAID) or (in_stamp and STAMPED) or (in_journal and NOTED) or None

    file = StoreFiles(journal(in_journal)).attached(remote(**said), stamp(in_stamp))

    assert file.sha256 == expected


@pytest.mark.parametrize(
    ("said", "in_stamp", "in_journal", "sent"),
    [
        ({FILE_PATH: "docs/a.md", FILE_NAME: "xy"}, True, True, "xy"),
        ({FILE_PATH: "docs/a.md"}, True, True, name_mark("a.md")),
        ({}, True, True, "st"),
        ({}, False, True, name_mark("noted.md")),
        ({}, False, False, ""),
    ],
)
def test_the_name_under_which_a_file_was_sent(
    said: Mapping[str, str], in_stamp: bool, in_journal: bool, sent: str
) -> None:
    file = StoreFiles(journal(in_journal)).attached(remote(**said), stamp(in_stamp))

    assert file.sent == sent


@pytest.mark.parametrize("nonsense", [True, 1.5, ""])
def test_an_attribute_that_is_no_text_proves_nothing(nonsense: str | float | bool) -> None:
    file = StoreFiles(journal(False)).attached(remote(**{FILE_SHA256: nonsense}), stamp(True))

    assert file.sha256 == STAMPED


def test_the_journal_is_read_once_and_only_where_the_account_proves_nothing() -> None:
    notes = journal(True)
    files = StoreFiles(notes)

    files.attached(remote(**{FILE_SHA256: SAID}), stamp(False))
    files.attached(remote(), stamp(True))
    assert notes.reads == 0

    files.attached(remote(), stamp(False))
    files.attached(remote(), stamp(False))
    assert notes.reads == 1


@pytest.mark.parametrize(("known", "sha256", "sent"), [(True, STAMPED, "st"), (False, None, "")])
def test_a_code_file_is_what_the_stamp_of_its_assistant_says(
    known: bool, sha256: str | None, sent: str
) -> None:
    file = code_file(FILE, stamp(known))

    assert (file.id, file.sha256, file.sent) == (FILE, sha256, sent)
