"""What ``gc`` found and deleted, for a person: uploads, and what smoke left behind."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from asstctl.model.actual import Upload
from asstctl.smoke.leftovers import Leftover, Removal
from asstctl.sync.uploads.garbage import Deletion, Garbage
from asstctl.sync.uploads.recognise import Proof
from asstctl.text import words
from asstctl.views.heading import heading
from asstctl.views.terminal import PLAIN, Line, Screen, line, pad, to_text

_PROOFS: Final = {
    Proof.JOURNAL: "sent by an apply on this machine",
    Proof.STAMP: "once held by something of this project",
    Proof.CONTENT: "same content as a file of this project",
}


def render_garbage(
    garbage: Garbage,
    leftovers: Sequence[Leftover] = (),
    screen: Screen = PLAIN,
    *,
    project: str,
    target: str,
    unowned: bool,
) -> str:
    """What would be deleted and why that is safe; with ``unowned`` also what stays."""
    return to_text(_lines(garbage, leftovers, project, target, unowned=unowned), screen)


def render_deletions(
    deletions: Sequence[Deletion], removals: Sequence[Removal] = (), screen: Screen = PLAIN
) -> str:
    """What was deleted, and what could not be."""
    return to_text((*_removed(removals), *_deleted(deletions)), screen)


def _lines(
    garbage: Garbage, leftovers: Sequence[Leftover], project: str, target: str, *, unowned: bool
) -> Iterator[Line | str]:
    yield heading("gc", project, target, garbage.account)
    yield ""
    if garbage.ours:
        yield from _rows(((item.upload, _PROOFS[item.proof]) for item in garbage.ours), "-", "red")
        yield ""
        yield f"{words.count(len(garbage.ours), 'upload')} to delete, {words.size(garbage.bytes)}"
    elif not leftovers:
        seen = words.count(garbage.examined, "upload")
        yield line(("Nothing to delete. ", "green"), f"Looked at {seen} of the account.")
    if leftovers:
        yield from ("",) if garbage.ours else ()
        yield from _leftover_rows(leftovers)
        yield ""
        yield f"{_conversations(leftovers)} to delete; a smoke that runs right now would lose them"
    if unowned and garbage.unowned:
        yield ""
        yield from _rows(((upload, "") for upload in garbage.unowned), "?", "dim")
        yield ""
        count = words.count(len(garbage.unowned), "upload")
        yield f"{count} that nothing refers to either, and nothing proves to be this project's."
        yield "They stay: threads, other projects or people may need them."


def _leftover_rows(leftovers: Sequence[Leftover]) -> Iterator[Line]:
    cells = pad((item.place.id, item.case, _day(item.created_at)) for item in leftovers)
    for (identifier, case, day), item in zip(cells, leftovers, strict=True):
        why = "left by smoke, still at work" if item.is_busy else "left by smoke"
        yield line(("- ", "red"), (identifier, "dim"), f"  {case}  ", (f"{day}  {why}", "dim"))


def _conversations(leftovers: Sequence[Leftover]) -> str:
    """``3 sessions``: how many there are, in the account's word for them."""
    return words.count(len(leftovers), leftovers[0].place.what)


def _removed(removals: Sequence[Removal]) -> Iterator[Line | str]:
    for item in removals:
        if item.error is not None:
            yield line(
                ("✗ ", "red"),
                (str(item.leftover.place), "bold"),
                (f"  delete failed: {item.error}", "red"),
            )
    done = [item.leftover for item in removals if item.error is None]
    if done:
        yield line((f"{_conversations(done)} deleted", "green"))


def _rows(items: Iterable[tuple[Upload, str]], sign: str, style: str) -> Iterator[Line]:
    items = list(items)
    cells = pad(
        (
            upload.id,
            upload.filename,
            words.size(upload.bytes),
            _day(upload.created_at),
        )
        for upload, _ in items
    )
    for (identifier, name, size, day), (_, why) in zip(cells, items, strict=True):
        yield line(
            (f"{sign} ", style),
            (identifier, "dim"),
            f"  {name}  {size}  ",
            (f"{day}  {why}", "dim"),
        )


def _day(created_at: float) -> str:
    if not created_at:
        return ""
    return datetime.fromtimestamp(created_at, UTC).strftime("%Y-%m-%d %H:%M")


def _deleted(deletions: Sequence[Deletion]) -> Iterator[Line | str]:
    failed = [item for item in deletions if item.error is not None]
    for item in failed:
        yield line(
            ("✗ ", "red"),
            (item.orphan.upload.id, "bold"),
            (f"  delete failed: {item.error}", "red"),
        )
    if not deletions:
        return
    done = [item.orphan for item in deletions if item.error is None]
    freed = words.size(sum(orphan.upload.bytes for orphan in done))
    summary = f"{words.count(len(done), 'upload')} deleted, {freed}"
    if failed:
        yield line((f"{summary}; {len(failed)} failed", "red"), " · run it again to finish")
    else:
        yield line((summary, "green"))
