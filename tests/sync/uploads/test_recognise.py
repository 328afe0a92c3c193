"""Which orphans are ours: by id first, then by content, then as one that was begun."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from asstctl.model.actual import Upload
from asstctl.model.stamp import FileStamp, Stamp, by_short_id, name_mark
from asstctl.sync.uploads.journal import Noted, Notes
from asstctl.sync.uploads.recognise import Evidence, Orphan, Proof, recognise
from support.clock import run
from support.memory_account import Client, Holdings

TEXT = b"Lisbon"
HASH = hashlib.sha256(TEXT).hexdigest()
STAMPED = "b" * 64


@dataclass
class Shelf(Client):
    """An account that gives its uploads out, as far as ``texts`` has them."""

    holdings: Holdings = field(default_factory=Holdings)
    texts: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def download(self, file_id: str) -> AsyncIterator[AsyncIterator[bytes] | None]:
        self.asked.append(file_id)
        yield _pieces(self.texts[file_id]) if file_id in self.texts else None


async def _pieces(text: bytes) -> AsyncIterator[bytes]:
    yield text


def upload(file_id: str = "file-1", name: str = "a.md", at: float = 10.0) -> Upload:
    return Upload(id=file_id, filename=name, bytes=len(TEXT), created_at=at)


def noted(name: str = "a.md", since: float = 0.0, sha256: str = HASH) -> Noted:
    return Noted(name=name, bytes=len(TEXT), sha256=sha256, since=since)


def stamp(file_id: str) -> Stamp:
    files = by_short_id({file_id: FileStamp(STAMPED, "st")})
    return Stamp(project="acme", key="docs", files=files)


def found(
    shelf: Shelf, evidence: Evidence, uploads: Iterable[Upload] = (upload(),)
) -> tuple[Orphan, ...]:
    return run(recognise(shelf, uploads, evidence))


GIVEN = {"file-1": TEXT}


@pytest.mark.parametrize(
    ("evidence", "proof", "sha256", "sent"),
    [
        (
            Evidence(notes=Notes(made={"file-1": noted()}), stamps=(stamp("file-1"),)),
            *(Proof.JOURNAL, HASH, name_mark("a.md")),
        ),
        (Evidence(stamps=(stamp("file-1"),), contents={HASH: 6}), Proof.STAMP, STAMPED, "st"),
        (Evidence(contents={HASH: 6}), Proof.CONTENT, HASH, ""),
        (Evidence(notes=Notes(begun=(noted(),))), Proof.JOURNAL, HASH, ""),
    ],
    ids=[
        "the journal before the stamp",
        "the stamp before content",
        "content",
        "begun, by content",
    ],
)
def test_the_first_proof_counts(evidence: Evidence, proof: Proof, sha256: str, sent: str) -> None:
    (orphan,) = found(Shelf(texts=GIVEN), evidence)

    assert (orphan.proof, orphan.sha256, orphan.sent) == (proof, sha256, sent)


def test_what_is_proven_by_its_id_is_not_downloaded() -> None:
    shelf = Shelf(texts=GIVEN)

    assert found(shelf, Evidence(stamps=(stamp("file-1"),), contents={HASH: len(TEXT)}))
    assert shelf.asked == []


def test_what_has_no_size_of_ours_is_not_downloaded() -> None:
    shelf = Shelf(texts=GIVEN)

    assert found(shelf, Evidence(contents={HASH: len(TEXT) + 1})) == ()
    assert shelf.asked == []


def test_a_server_that_started_over_gives_an_id_to_another_file() -> None:
    other = noted(name="b.md")

    assert found(Shelf(), Evidence(notes=Notes(made={"file-1": other}))) == ()


def test_content_that_is_not_ours_beats_the_name_and_size_of_one_that_was_begun() -> None:
    shelf = Shelf(texts={"file-1": b"Madrid"})

    assert found(shelf, Evidence(notes=Notes(begun=(noted(),)))) == ()


@pytest.mark.parametrize(
    ("uploads", "begun", "ours"),
    [
        ([upload()], [noted()], ["file-1"]),
        ([upload(at=4.0)], [noted(since=5.0)], []),
        ([upload(name="b.md")], [noted()], []),
        ([upload(), upload("file-2")], [noted()], []),
        ([upload(), upload("file-2")], [noted(), noted()], ["file-1", "file-2"]),
    ],
    ids=["one", "older than the try", "another name", "more than were begun", "two of two"],
)
def test_without_content_what_was_begun_is_what_came_later_and_no_more_than_that(
    uploads: list[Upload], begun: list[Noted], ours: list[str]
) -> None:
    orphans = found(Shelf(), Evidence(notes=Notes(begun=tuple(begun))), uploads)

    assert [orphan.upload.id for orphan in orphans] == ours


def test_tries_with_one_name_and_size_and_two_contents_prove_the_owner_not_the_content() -> None:
    begun = (noted(), noted(sha256="d" * 64))

    orphans = found(Shelf(), Evidence(notes=Notes(begun=begun)), [upload(), upload("file-2")])

    assert [orphan.sha256 for orphan in orphans] == [None, None]


def test_orphans_come_in_the_order_in_which_they_are_listed() -> None:
    listed = [upload("file-3"), upload("file-1"), upload("file-2")]
    evidence = Evidence(stamps=(stamp("file-2"),), contents={HASH: len(TEXT)})
    shelf = Shelf(texts={item.id: TEXT for item in listed})

    orphans = found(shelf, evidence, listed)

    assert [orphan.upload.id for orphan in orphans] == ["file-3", "file-1", "file-2"]
