"""The bars of an apply: one for all uploads, and those that are under way."""

import io
from pathlib import Path

from asstctl.model.file import Content, LocalFile
from asstctl.views.apply.progress import LiveProgress


def content(number: int) -> Content:
    path = f"docs/{number}.md"
    return Content(LocalFile(path, Path(path), 1_000), f"{number:064x}")


def shown(progress: LiveProgress) -> list[str]:
    return [str(task.description) for task in progress._uploads.tasks if task.visible]


def test_many_uploads_are_one_bar_and_the_running_ones() -> None:
    progress = LiveProgress(io.StringIO(), color=False, files=60, size=60_000)
    moves = [progress.upload_started(content(number)) for number in range(60)]

    assert shown(progress) == ["0 of 60 files"]

    moves[3](400)
    moves[7](1_000)
    assert shown(progress) == ["0 of 60 files", "docs/3.md", "docs/7.md"]

    progress.upload_finished(content(7))
    assert shown(progress) == ["1 of 60 files", "docs/3.md"]
    assert progress._uploads.tasks[0].completed == 1_400


def test_a_single_upload_is_its_own_bar() -> None:
    progress = LiveProgress(io.StringIO(), color=False, files=1, size=1_000)

    progress.upload_started(content(1))

    assert shown(progress) == ["docs/1.md"]
