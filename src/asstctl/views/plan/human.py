"""A plan for a person: what will happen to what, and why."""

from collections.abc import Iterator
from typing import Final

from asstctl.model.json import JsonValue
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change, Drift, FieldChange, FileChange
from asstctl.plan.plan import Plan, Summary
from asstctl.plan.reasons import CREATED
from asstctl.text import words
from asstctl.views.plan.steps import step_lines
from asstctl.views.terminal import PLAIN, Line, Screen, line, pad, to_text
from asstctl.views.values import added, both, changed, is_text, value
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
_FILE_STYLES: Final = {
    FileAction.UPLOAD: "green",
    FileAction.REUSE: "green",
    FileAction.ATTACH: "yellow",
    FileAction.DETACH: "red",
    FileAction.DELETE: "red",
}
_DEFAULTS: Final = {"temperature": "1.0", "top_p": "1.0", "response_format": '"auto"'}


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
    yield line(
        ("asstctl ", "dim"),
        (command, "bold"),
        (" · ", "dim"),
        (plan.project, "bold"),
        (" → ", "dim"),
        (plan.target, "bold"),
        (f" ({plan.account})", "dim"),
    )
    yield ""
    shown = [change for change in plan.changes if change.action is not Action.NOOP]
    heads = pad((str(c.address), words.short_id(c.id or "")) for c in shown) if shown else []
    for change, (address, object_id) in zip(shown, heads, strict=True):
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
    yield from warning_lines(plan.warnings)
    if not plan.changes:
        yield (
            f"{plan.project} manages nothing here: there is nothing to delete."
            if command == "destroy"
            else "Nothing is in scope, so there is nothing to compare."
        )
        return
    if not shown and plan.is_certain:
        yield line(("No changes. ", "green"), "The account is as the manifests say.")
    elif not shown:
        yield line(("No changes ", "green"), "in what the account shows.")
    yield ""
    yield summary_line(plan.summary)


def headline(change: Change) -> str:
    """What becomes of a resource, in one line."""
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


def details(change: Change, *, apart: bool = False) -> Iterator[Line | str]:
    """The fields and files of a change, indented by four.

    A changed value is one line, ``old → new``; ``apart`` makes it two, as in a diff.
    """
    drifted = {drift.path for drift in change.drift}
    blocked = change.action is Action.BLOCKED
    for drift in change.drift:
        if change.desired is None:
            yield from _edited(drift)
        elif blocked:
            yield from _drift(drift, apart=apart)
    for field in change.fields:
        if field.path in drifted and blocked:
            continue
        if change.action is Action.CREATE:
            yield from _created(field)
        else:
            note = "undoes an edit made outside asstctl" if field.path in drifted else ""
            yield from _changed(field.path, field.before, field.after, note, apart=apart)
    yield from _files(change.files)


def _created(field: FieldChange) -> Iterator[Line]:
    if is_text(field.after):
        yield line(f"    {field.path}")
        yield from added(field.after)
    else:
        yield line(f"    {field.path}  ", (_value(field.path, field.after), "green"))


def _changed(
    path: str, before: JsonValue, after: JsonValue, note: str = "", *, apart: bool
) -> Iterator[Line]:
    remark = (f"  {note}" if note else "", "dim")
    if is_text(before) or is_text(after):
        yield line(f"    {path}", remark)
        yield from changed(before, after)
        return
    old, new = both(before, after)
    old, new = _or_default(path, before, old), _or_default(path, after, new)
    if apart:
        rows = ((before, f"- {path}: {old}", "red"), (after, f"+ {path}: {new}", "green"))
        for item, text, style in rows:
            if item is not None or path in _DEFAULTS:
                yield line("      ", (text, style), remark)
    else:
        yield line(f"    {path}  ", (old, "red"), (" → ", "dim"), (new, "green"), remark)


def _drift(drift: Drift, *, apart: bool) -> Iterator[Line]:
    """What it was (as far as that is known), what it is now, and in a conflict what is wanted."""
    if not drift.conflict:
        yield from _changed(drift.path, drift.applied, drift.actual, apart=apart)
        return
    base = f"known by its digest only: {drift.base or '(unset)'}"
    actual, desired = both(drift.actual, drift.desired)
    yield line(f"    {drift.path}  ", ("changed here and in the account", "bold red"))
    yield line("      applied   ", (base, "dim"), hang=16)
    yield line("      account   ", (_or_default(drift.path, drift.actual, actual), "red"), hang=16)
    yield line(
        "      manifest  ", (_or_default(drift.path, drift.desired, desired), "green"), hang=16
    )


def _edited(drift: Drift) -> Iterator[Line]:
    """What somebody made of a field of an object that nothing describes any more."""
    remark = ("  changed outside asstctl", "dim")
    if is_text(drift.actual):
        yield line(f"    {drift.path}", remark)
        yield from changed(drift.actual, None)
        return
    value = _or_default(drift.path, drift.actual, _value(drift.path, drift.actual))
    yield line(f"    {drift.path}  ", (value, "red"), remark)


def _files(files: tuple[FileChange, ...]) -> Iterator[Line]:
    if not files:
        return
    rows = pad(
        (
            file.path,
            words.size(file.bytes) if file.bytes is not None else "",
            words.short_hash(file.sha256),
            str(file.action),
        )
        for file in files
    )
    for file, (path, size, sha256, action) in zip(files, rows, strict=True):
        yield line(
            f"    {path}  {size}  ",
            (sha256, "dim"),
            "  ",
            (action, _FILE_STYLES[file.action]),
            (f"  {file.note}" if file.note else "", "dim"),
        )


def _value(path: str, item: JsonValue) -> str:
    return _or_default(path, item, value(item))


def _or_default(path: str, item: JsonValue, shown: str) -> str:
    """What is unset has the API's default, where that is known."""
    return f"{_DEFAULTS[path]} (the default)" if item is None and path in _DEFAULTS else shown
