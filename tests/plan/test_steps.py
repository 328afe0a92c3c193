"""What each kind of change is made of, in which order."""

from dataclasses import replace

import pytest

from asstctl.model.actual import ActualResource, IndexStatus
from asstctl.model.desired import DesiredResource
from asstctl.model.stamp import MOST_FILES
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change, FileChange
from asstctl.plan.steps import (
    AnnounceFiles,
    Attach,
    AwaitIndex,
    CheckAttributes,
    CheckStamp,
    CheckStore,
    CheckUnmoved,
    CreateAssistant,
    CreateStore,
    DeleteObject,
    DeleteUpload,
    Detach,
    ReadFiles,
    Step,
    UpdateAssistant,
    Upload,
    WriteStamp,
    last_steps,
    steps_of,
)
from support.projects import assistant, store
from support.values import applied, contents, files_of, holding, upload_of

READ = contents({"docs/a.md": "abc"})
STORE, EMPTY_STORE = store("k", files_of(READ)), store("k")
GUIDE, READER = assistant("k"), assistant("k", store="docs")
OLD_STORE, OLD_GUIDE = applied(EMPTY_STORE), applied(GUIDE)


def change(
    desired: DesiredResource | None, actual: ActualResource | None, *files: FileChange
) -> Change:
    resource = desired or actual
    assert resource is not None
    return Change(
        address=resource.address,
        action=Action.UPDATE,
        desired=desired,
        actual=actual,
        files=files,
    )


def file(action: FileAction, file_id: str | None = None) -> FileChange:
    return FileChange(action=action, path="docs/a.md", sha256="00", bytes=3, file_id=file_id)


SENT = file(FileAction.UPLOAD)
SHARED = file(FileAction.REUSE)
HELD = file(FileAction.REUSE, "file_1")
AGAIN = file(FileAction.ATTACH, "file_1")
GONE = file(FileAction.DETACH, "file_2")
DOOMED = file(FileAction.DELETE, "file_2")
MANY = tuple(replace(SENT, sha256=f"{n:02x}") for n in range(MOST_FILES + 1))
UNFINISHED = upload_of(READ["docs/a.md"], id="file_9", status=IndexStatus.IN_PROGRESS)
UNFINISHED_STORE = holding(OLD_STORE, UNFINISHED)
UNREADABLE_STORE = replace(OLD_STORE, files_unread="405 Method Not Allowed")


@pytest.mark.parametrize(
    ("made", "steps"),
    [
        (change(GUIDE, None), (CreateAssistant(),)),
        (change(GUIDE, None, SENT), (Upload((SENT,)), CreateAssistant())),
        (change(GUIDE, OLD_GUIDE), (CheckUnmoved(), UpdateAssistant())),
        (change(READER, OLD_GUIDE), (CheckStore(), CheckUnmoved(), UpdateAssistant())),
        (change(None, OLD_GUIDE), (CheckUnmoved(), DeleteObject())),
        (change(None, OLD_STORE), (DeleteObject(),)),
        (change(EMPTY_STORE, None), (CreateStore(),)),
        (
            change(STORE, None, SENT, SHARED, HELD),
            (
                Upload((SENT, SHARED)),
                CreateStore(),
                Attach((SENT, SHARED, HELD)),
                AwaitIndex((SENT, SHARED, HELD)),
            ),
        ),
        (
            change(STORE, None, *MANY),
            (
                Upload(MANY),
                CreateStore(),
                Attach(MANY),
                AwaitIndex(MANY),
                CheckStamp((WriteStamp(),)),
            ),
        ),
        (
            change(STORE, UNFINISHED_STORE),
            (CheckUnmoved(), AwaitIndex((), (UNFINISHED,)), WriteStamp()),
        ),
        (
            change(EMPTY_STORE, UNFINISHED_STORE, file(FileAction.DETACH, "file_9")),
            (CheckUnmoved(), WriteStamp(), Detach((file(FileAction.DETACH, "file_9"),))),
        ),
        (change(STORE, OLD_STORE), (CheckUnmoved(), WriteStamp())),
        (change(STORE, UNREADABLE_STORE), (CheckUnmoved(), ReadFiles())),
        (
            change(STORE, OLD_STORE, AGAIN),
            (
                CheckUnmoved(),
                AnnounceFiles((AGAIN,)),
                Detach((AGAIN,)),
                Attach((AGAIN,)),
                AwaitIndex((AGAIN,)),
                WriteStamp(),
            ),
        ),
        (
            change(STORE, OLD_STORE, SENT, GONE, DOOMED),
            (
                Upload((SENT,)),
                CheckUnmoved(),
                AnnounceFiles((SENT,)),
                Attach((SENT,)),
                AwaitIndex((SENT,)),
                CheckAttributes(
                    kept=(WriteStamp(), Detach((GONE,))), lost=(Detach((GONE,)), WriteStamp())
                ),
            ),
        ),
        # Nothing stays whose attributes could tell anything.
        (change(EMPTY_STORE, OLD_STORE, GONE), (CheckUnmoved(), WriteStamp(), Detach((GONE,)))),
    ],
)
def test_the_steps_of_a_change(made: Change, steps: tuple[Step, ...]) -> None:
    assert steps_of(made) == steps


def test_uploads_go_last_unless_something_that_was_not_made_still_holds_them() -> None:
    made = change(STORE, OLD_STORE, SENT, GONE, DOOMED)
    assert last_steps(made) == (DeleteUpload((DOOMED,)),)
    assert last_steps(made, needed={"file_2"}) == ()
    assert last_steps(change(GUIDE, None)) == ()


def test_steps_say_what_they_do() -> None:
    made = change(STORE, OLD_STORE, SENT, GONE)
    assert [str(step) for step in steps_of(made)] == [
        "upload docs/a.md, once for all who need it",
        "check that nobody has changed it since",
        "if attributes are lost, stamp what is coming: docs/a.md",
        "attach docs/a.md",
        "wait until docs/a.md can be searched",
        "if attributes are kept, write fields and stamp, then detach docs/a.md; "
        "else detach docs/a.md, then write fields and stamp",
    ]


def test_a_change_of_one_kind_into_another_is_a_mistake_of_the_planner() -> None:
    with pytest.raises(AssertionError, match="pairs two kinds"):
        steps_of(change(GUIDE, OLD_STORE))
