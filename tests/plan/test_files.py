"""Which bytes are sent, which uploads are shared, which go: by content, not by name."""

from dataclasses import replace
from typing import Any

import pytest

from asstctl.model.actual import AttachedFile, IndexStatus, Upload
from asstctl.model.canonical import field_digest
from asstctl.model.desired import Contents
from asstctl.model.stamp import FieldStamp, name_mark
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking
from asstctl.plan.action import FileAction
from asstctl.plan.change import Drift, FileChange
from asstctl.plan.files import (
    DesiredContent,
    Uploads,
    desired_contents,
    file_drift,
    foreign_files,
    plan_files,
    with_deletes,
)
from support.projects import assistant, store
from support.values import (
    account,
    applied,
    content,
    contents,
    files_of,
    foreign,
    holding,
    upload_of,
)

A, B, COPY = "docs/a.md", "docs/b.md", "docs/copy.md"
READ = contents({A: "Lisbon", B: "Porto", COPY: "Lisbon"})
LISBON, PORTO = READ[A], READ[B]
HELD_A, HELD_B = upload_of(LISBON), upload_of(PORTO)
SMALL = Chunking(200, 100)


def wanted(*paths: str, chunking: Chunking = AUTO_CHUNKING) -> tuple[DesiredContent, ...]:
    return tuple(DesiredContent(READ[path], chunking) for path in paths)


def uploads(*held: AttachedFile, read: Contents = READ) -> Uploads:
    """What is known where a store of the project holds ``held``."""
    docs = holding(applied(store("docs")), *held)
    return Uploads.known(read, account(docs))


def knowing(**known: Any) -> Uploads:
    """This much and no more is known of the project's uploads."""
    return Uploads(**{"names": {}, "filenames": {}, **known})


def told(files: tuple[FileChange, ...]) -> list[tuple[str, str, str]]:
    return [(file.action, file.path, file.note) for file in files]


@pytest.mark.parametrize(
    ("want", "held", "changes"),
    [
        pytest.param((), (), [], id="nothing"),
        pytest.param((A,), (HELD_A,), [], id="as it should be"),
        pytest.param((A,), (), [("upload", A, "")], id="new"),
        pytest.param((A, COPY), (HELD_A,), [], id="one upload serves two paths"),
        pytest.param((COPY,), (HELD_A,), [("upload", COPY, ""), ("detach", A, "")], id="renamed"),
        pytest.param((), (HELD_A,), [("detach", A, "")], id="in no manifest any more"),
        pytest.param(
            (A, B), (HELD_B, foreign()), [("upload", A, ""), ("detach", "file-foreign", "")],
            id="somebody else's file",
        ),
        pytest.param(
            (A,), (replace(HELD_A, gone=True),),
            [("upload", A, ""), ("detach", A, "the upload is gone")],
            id="the upload itself is gone",
        ),
        pytest.param(
            (A,), (replace(HELD_A, status=IndexStatus.FAILED),),
            [("attach", A, "indexing failed")],
            id="could not be indexed",
        ),
        pytest.param(
            (A,), (replace(HELD_A, chunking=SMALL),),
            [("attach", A, "was cut 200/100")],
            id="cut in another way",
        ),
        pytest.param(
            (A,), (replace(HELD_A, status=IndexStatus.IN_PROGRESS),), [], id="still being indexed"
        ),
        pytest.param(
            (A,), (HELD_A, replace(HELD_A, id="file-second")), [("detach", A, "")],
            id="attached twice",
        ),
        pytest.param(
            (A, COPY), (HELD_A, replace(HELD_A, id="file-second")), [],
            id="attached twice, wanted twice",
        ),
        pytest.param(
            (A, COPY), (HELD_A, replace(HELD_A, id="file-second", chunking=SMALL)),
            [("detach", A, "")],
            id="attached twice, once cut in another way",
        ),
    ],
)  # fmt: skip
def test_from_what_is_held_to_what_should_be_held(
    want: tuple[str, ...], held: tuple[AttachedFile, ...], changes: list[tuple[str, str, str]]
) -> None:
    known = uploads(*held, read={path: READ[path] for path in want})

    assert told(plan_files(wanted(*want), held, known)) == changes


def test_a_content_that_is_missing_is_explained_and_one_that_is_here_is_not() -> None:
    misnamed = replace(HELD_B, sent=name_mark("porto.md"))
    files = plan_files(wanted(A, B), (misnamed,), uploads(misnamed), missing="vanished")

    assert told(files) == [("upload", A, "vanished"), ("upload", B, ""), ("detach", B, "")]


def test_what_leaves_carries_what_its_delete_will_need() -> None:
    (leaving,) = plan_files((), (HELD_A,), knowing())

    assert (leaving.file_id, leaving.sha256, leaving.sent) == (
        HELD_A.id,
        LISBON.sha256,
        name_mark("a.md"),
    )


def test_what_stays_is_attached_anew_as_the_manifest_cuts_it() -> None:
    (again,) = plan_files(wanted(A, chunking=SMALL), (HELD_A,), knowing())

    assert (again.action, again.file_id, again.chunking) == (FileAction.ATTACH, HELD_A.id, SMALL)


@pytest.mark.parametrize(
    ("known", "action", "file_id", "note"),
    [
        pytest.param({}, FileAction.UPLOAD, None, "", id="nobody has it"),
        pytest.param(
            {"by_content": {LISBON.sha256: HELD_A}},
            FileAction.REUSE, HELD_A.id, "",
            id="another resource has it",
        ),
        pytest.param(
            {"by_content": {LISBON.sha256: HELD_A}, "paths": {LISBON.sha256: "docs/first.md"}},
            FileAction.REUSE, HELD_A.id, "same content as docs/first.md",
            id="another resource has it under another path",
        ),
        pytest.param(
            {"planned": {LISBON.sha256: "docs/first.md"}},
            FileAction.REUSE, None, "same content as docs/first.md",
            id="this plan sends it",
        ),
        pytest.param(
            {"reusable": {LISBON.sha256: HELD_A}},
            FileAction.REUSE, HELD_A.id, "left over from an apply that broke off",
            id="a killed apply sent it",
        ),
    ],
)  # fmt: skip
def test_where_a_content_comes_from(
    known: dict[str, Any], action: FileAction, file_id: str | None, note: str
) -> None:
    provided = knowing(**known).provide(DesiredContent(LISBON, SMALL))

    assert (provided.action, provided.file_id, provided.note) == (action, file_id, note)
    assert (provided.path, provided.bytes, provided.chunking) == (A, 6, SMALL)


def test_one_content_is_sent_once_and_a_reason_given_beats_the_usual_one() -> None:
    known = knowing()
    first, second, third = (
        known.provide(DesiredContent(READ[path], AUTO_CHUNKING), note=note)
        for path, note in ((A, ""), (COPY, ""), (COPY, "vanished"))
    )

    assert [first.action, second.action, third.action] == ["upload", "reuse", "reuse"]
    assert (second.note, third.note) == (f"same content as {A}", "vanished")


@pytest.mark.parametrize(
    ("filename", "sent", "misnamed"),
    [
        pytest.param("a.md", "a.md", False, id="as it was sent"),
        pytest.param("docs/a.md", "a.md", False, id="shown as a path"),
        pytest.param("copy.md", "copy.md", False, id="the name of the other path"),
        pytest.param("old.md", "old.md", True, id="a name that no path has any more"),
        pytest.param("old.md", "", True, id="such a name, sent by somebody else"),
        pytest.param("a_md", "a.md", False, id="changed by the server"),
        pytest.param(
            "upload.bin", "old.md", True, id="changed by the server, sent under an old one"
        ),
        pytest.param(None, "a.md", False, id="not shown"),
        pytest.param(None, "old.md", True, id="not shown, sent under an old one"),
        pytest.param(None, "", False, id="nothing known"),
    ],
)
def test_an_upload_stands_for_a_path_as_long_as_some_path_has_its_name(
    filename: str | None, sent: str, misnamed: bool
) -> None:
    held = replace(HELD_A, sent=name_mark(sent) if sent else "")
    shown = (Upload(id=held.id, filename=filename, bytes=6),) if filename else None
    docs = holding(applied(store("docs")), held)
    known = Uploads.known(READ, account(docs, uploads=shown))

    assert known.is_misnamed(held) is misnamed
    assert (LISBON.sha256 in known.by_content) is not misnamed


def test_what_is_known_of_uploads_comes_from_everything_that_holds_some() -> None:
    gone = replace(upload_of(content("docs/gone.md", "Faro")), gone=True)
    late = upload_of(content("docs/late.md", "Braga"))
    actual = account(
        holding(applied(store("docs")), HELD_A, gone, foreign()),
        holding(applied(assistant("coder")), HELD_B),
        expired=(holding(applied(store("old")), late),),
    )

    known = Uploads.known(READ, actual)
    assert list(known.by_content.values()) == [HELD_A, HELD_B, late]
    assert known.paths == {HELD_A.sha256: A, HELD_B.sha256: B, late.sha256: "docs/late.md"}


def test_the_files_that_a_resource_should_hold_are_sorted_and_cut() -> None:
    files = files_of(contents({B: "", A: ""}))
    docs = store("docs", files, chunking={A: SMALL})

    assert desired_contents(docs, READ) == (
        DesiredContent(LISBON, SMALL),
        DesiredContent(PORTO, AUTO_CHUNKING),
    )
    assert desired_contents(assistant("coder", code_files=files), READ) == wanted(A, B)
    assert desired_contents(assistant("guide"), READ) == ()


NOW = field_digest({"files": "now"})
SAME, CHANGED = FieldStamp(NOW, NOW), FieldStamp("earlier", "earlier")


@pytest.mark.parametrize(
    ("held", "base", "drift"),
    [
        pytest.param((HELD_A, HELD_B), SAME, (), id="all ours"),
        pytest.param((HELD_A,), SAME, (), id="one of ours taken away"),
        pytest.param((HELD_A, foreign()), None, (), id="no stamp to tell"),
        pytest.param((HELD_A, foreign()), FieldStamp(NOW, ""), (), id="proofs are not kept"),
        pytest.param(
            (HELD_A, foreign()), SAME,
            (Drift("files", [A, B], [A, "file-foreign"], [A, B], False, NOW),),
            id="one of somebody else",
        ),
        pytest.param(
            (HELD_A, foreign()), CHANGED,
            (Drift("files", None, [A, "file-foreign"], [A, B], True, "earlier"),),
            id="one of somebody else, where the manifest changed too",
        ),
    ],
)  # fmt: skip
def test_what_others_put_among_the_files_is_drift(
    held: tuple[AttachedFile, ...], base: FieldStamp | None, drift: tuple[Drift, ...]
) -> None:
    assert file_drift("files", wanted(A, B), held, base, NOW, knowing()) == drift
    assert bool(foreign_files(held, base, knowing())) is bool(drift)


def test_a_foreign_file_is_called_what_the_account_calls_it() -> None:
    known = knowing(filenames={"file-foreign": "theirs.md"})

    assert foreign_files((HELD_A, foreign()), SAME, known) == [A, "theirs.md"]


DETACHED = FileChange(
    action=FileAction.DETACH, path=A, sha256=LISBON.sha256, bytes=None, file_id="file-1", sent="xy"
)


@pytest.mark.parametrize(
    ("file", "needed", "taken", "deleted"),
    [
        pytest.param(DETACHED, set(), set(), True, id="nothing refers to it"),
        pytest.param(DETACHED, {"file-1"}, set(), False, id="something still does"),
        pytest.param(DETACHED, set(), {"file-1"}, False, id="another change deletes it"),
        pytest.param(replace(DETACHED, sha256=None), set(), set(), False, id="not proved ours"),
        pytest.param(
            replace(DETACHED, action=FileAction.ATTACH), set(), set(), False, id="not let go"
        ),
    ],
)
def test_an_upload_of_ours_goes_when_nothing_refers_to_it(
    file: FileChange, needed: set[str], taken: set[str], deleted: bool
) -> None:
    was_taken = set(taken)
    files = with_deletes((file,), frozenset(needed), taken)

    delete = replace(file, action=FileAction.DELETE)
    assert files == ((file, delete) if deleted else (file,))
    assert taken - was_taken == ({"file-1"} if deleted else set())
