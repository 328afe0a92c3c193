"""The result of an apply for a person."""

from collections.abc import Iterator
from typing import Final

from asstctl.plan.action import Action
from asstctl.plan.warnings import CUT_LIST
from asstctl.sync.result import ApplyResult, ChangeResult, Status
from asstctl.text import words
from asstctl.views.errors import error_lines
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text
from asstctl.views.warnings import warning_lines

_DONE: Final = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.DELETE: "deleted",
    Action.ADOPT: "adopted",
    Action.MOVE: "moved",
}
_COUNTED: Final = {Status.DONE: "done", Status.FAILED: "failed", Status.SKIPPED: "skipped"}


def render_apply(result: ApplyResult, screen: Screen = PLAIN) -> str:
    """What failed and why, what the server kept otherwise, and one line that sums up."""
    return to_text(_lines(result), screen)


def ended_line(result: ChangeResult) -> Line:
    """One change that ended: for the result, and for a log as it happens."""
    match result.status:
        case Status.DONE:
            return line(
                ("✓ ", "green"),
                (str(result.address), "bold"),
                ("  " + words.short_id(result.id or ""), "dim"),
                f"  {_DONE.get(result.action, str(result.action))}",
            )
        case Status.FAILED:
            what = f"  {result.action} failed: {result.error}"
            return line(("✗ ", "red"), (str(result.address), "bold"), (what, "red"))
        case Status.SKIPPED:
            return line(("- ", "dim"), (str(result.address), "bold"), (f"  {result.error}", "dim"))


def _lines(result: ApplyResult) -> Iterator[Line | str]:
    for change in result.changes:
        yield ended_line(change)
        if change.error is not None and change.status is Status.FAILED:
            yield from error_lines(change.error, indent=4)
        yield from _otherwise("the server did not keep as it was written", change.not_kept)
        yield from _otherwise("the server did not remove, or added", change.extra)
    yield from warning_lines(result.news)
    if result.changes:
        yield ""
    if result.more_may_be_left:
        yield line(
            ("! ", "yellow"),
            "more may be left: the account does not show all that it holds",
            (f" [{CUT_LIST}]", "dim"),
        )
        yield "    Run destroy again until it says no more of this."
    yield _sum(result)
    if result.others_run_on:
        yield "Sessions that run already keep the agent that they started with."
    if result.count(Status.DONE) and result.bundle is not None:
        yield f"The requests are in {result.bundle}."


def _otherwise(what: str, fields: tuple[str, ...]) -> Iterator[Line]:
    if fields:
        yield line(
            ("    ! ", "yellow"),
            f"{what}: {', '.join(fields)}. "
            "Noted in the stamp; it is not planned again until the manifest changes.",
        )


def _sum(result: ApplyResult) -> Line:
    if not result.changes:
        return _nothing(result)
    counts = [(result.count(status), word) for status, word in _COUNTED.items()]
    said = ", ".join(f"{count} {word}" for count, word in counts if count or word == "done")
    all_done = result.count(Status.DONE) == len(result.changes) and not result.more_may_be_left
    took = f" in {words.seconds(result.seconds)}{_advice(result)}"
    return line((said, "green" if all_done else "red"), took)


def _nothing(result: ApplyResult) -> Line:
    if result.more_may_be_left:
        return line(("Nothing to delete ", "red"), "in what the account shows.")
    return line(("Nothing to do. ", "green"), "The account is as the manifests say.")


def _advice(result: ApplyResult) -> str:
    """What to do about changes that are not done."""
    if result.interrupted:
        return " · interrupted; apply again to finish"
    if result.count(Status.FAILED) or result.count(Status.SKIPPED):
        return " · apply again to finish"
    return ""
