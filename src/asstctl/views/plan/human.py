"""A plan for a person: what will happen to what, and why."""

from collections.abc import Iterator
from typing import Final

from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change
from asstctl.plan.plan import Plan, Summary
from asstctl.plan.reasons import CREATED
from asstctl.text import words
from asstctl.views.heading import heading
from asstctl.views.plan.details import details
from asstctl.views.plan.steps import step_lines
from asstctl.views.terminal import PLAIN, Line, Screen, line, pad, to_text
from asstctl.views.warnings import warning_lines

SIGNS: Final = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.ADOPT: ("=", "cyan"),
    Action.MOVE: (">", "cyan"),
    Action.FORGET: ("?", "dim"),
    Action.NOOP: (" ", "dim"),
    Action.BLOCKED: ("!", "bold red"),
}


def render_plan(
    plan: Plan, screen: Screen = PLAIN, *, command: str = "plan", steps: bool = False
) -> str:
    """The whole plan; unchanged resources are only counted. With ``steps`` also how it is made."""
    return to_text(_lines(plan, command, steps=steps), screen)


def summary_line(summary: Summary) -> str:
    """``1 to create, 1 to update, 12 unchanged · 2 files, 4.2 kB to upload``."""
    counts = summary.actions
    blocked = counts[Action.BLOCKED] - summary.drifted - summary.unseen
    parts = [
        f"{number} {phrase}"
        for number, phrase in (
            (counts[Action.CREATE], "to create"),
            (counts[Action.UPDATE], "to update"),
            (counts[Action.MOVE], "to move"),
            (counts[Action.ADOPT], "to adopt"),
            (counts[Action.DELETE], "to delete"),
            (summary.drifted, "drifted"),
            (summary.unseen, "not shown"),
            (blocked, "protected"),
            (counts[Action.FORGET], "unmanaged now"),
            (counts[Action.NOOP], "unchanged"),
        )
        if number
    ]
    text = ", ".join(parts) or "nothing in scope"
    uploads = summary.files[FileAction.UPLOAD]
    if uploads:
        text += f" · {words.count(uploads, 'file')}, {words.size(summary.upload_bytes)} to upload"
    return text


def _lines(plan: Plan, command: str, *, steps: bool) -> Iterator[Line | str]:
    yield heading(command, plan.project, plan.target, plan.account)
    yield ""
    shown = [change for change in plan.changes if change.action is not Action.NOOP]
    yield from _changes(shown, steps=steps)
    yield from warning_lines(plan.warnings)
    if not plan.changes:
        yield _nothing(plan, command)
        return
    if not shown:
        yield _no_changes(plan)
    yield ""
    yield summary_line(plan.summary)


def _changes(changes: list[Change], *, steps: bool) -> Iterator[Line]:
    """Each change with its details below it; addresses and ids stand in columns."""
    columns = pad((str(change.address), words.short_id(change.id or "")) for change in changes)
    for change, (address, object_id) in zip(changes, columns, strict=True):
        sign, style = SIGNS[change.action]
        yield line(
            (f"{sign} ", style),
            (address, "bold"),
            "  ",
            (object_id, "dim"),
            "  ",
            (headline(change), style),
        )
        yield from details(change)
        if steps:
            yield from step_lines(change)


def _nothing(plan: Plan, command: str) -> str:
    if command == "destroy":
        return f"{plan.project} manages nothing here: there is nothing to delete."
    return "Nothing is in scope, so there is nothing to compare."


def _no_changes(plan: Plan) -> Line:
    if plan.is_certain:
        return line(("No changes. ", "green"), "The account is as the manifests say.")
    return line(("No changes ", "green"), "in what the account shows.")


def headline(change: Change) -> str:
    """What becomes of a resource, in one line: ``create``, ``update: instructions``."""
    match change.action, change.block:
        case Action.BLOCKED, Block.DRIFT:
            commit = change.actual.stamp.commit if change.actual else None
            since = f" since {words.short_hash(commit)}" if commit else " since the last apply"
            return change.reason + since
        case ((Action.FORGET | Action.BLOCKED), _):
            return change.reason
        case Action.CREATE, _ if change.reason == CREATED:
            return "create"
        case _:
            return f"{change.action}: {change.reason}"
