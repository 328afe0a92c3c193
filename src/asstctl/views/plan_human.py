"""A plan for a person: what will happen to what, and why."""

import difflib
from collections.abc import Iterator
from typing import Final

from rich.text import Text

from asstctl.model.json import JsonValue
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change, Drift, FieldChange, FileChange
from asstctl.plan.plan import Plan, Summary
from asstctl.plan.reasons import CREATED
from asstctl.views import words
from asstctl.views.terminal import line, pad, to_text

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
_CONTEXT: Final = 2


def render_plan(plan: Plan, *, color: bool, command: str = "plan") -> str:
    """The whole plan; unchanged resources are only counted."""
    return to_text(_lines(plan, command), color=color)


def summary_line(summary: Summary) -> str:
    """``1 to create, 1 to update, 12 unchanged · 2 files, 4.2 kB to upload``."""
    counts = summary.actions
    blocked = counts[Action.BLOCKED] - summary.drifted
    parts = [
        f"{number} {phrase}"
        for number, phrase in (
            (counts[Action.CREATE], "to create"),
            (counts[Action.UPDATE], "to update"),
            (counts[Action.MOVE], "to move"),
            (counts[Action.ADOPT], "to adopt"),
            (counts[Action.DELETE], "to delete"),
            (summary.drifted, "drifted"),
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


def _lines(plan: Plan, command: str) -> Iterator[Text | str]:
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
    if not plan.changes:
        yield "Nothing is in scope, so there is nothing to compare."
        return
    if not shown:
        yield line(("No changes. ", "green"), "The account is as the manifests say.")
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


def details(change: Change) -> Iterator[Text | str]:
    """The fields and files of a change, indented by four."""
    drifted = {drift.path for drift in change.drift}
    blocked = change.action is Action.BLOCKED
    if blocked:
        for drift in change.drift:
            yield from _drift(drift)
    for field in change.fields:
        if field.path not in drifted:
            yield from _field(field, created=change.action is Action.CREATE)
        elif not blocked:
            yield from _field(field, note="undoes an edit made outside asstctl")
    yield from _files(change.files)


def _field(field: FieldChange, *, created: bool = False, note: str = "") -> Iterator[Text | str]:
    remark = (f"  {note}" if note else "", "dim")
    if created:
        yield from _created(field)
    elif _is_text(field.before) or _is_text(field.after):
        yield line(f"    {field.path}", remark)
        yield from _text_diff(_text(field.before), _text(field.after))
    else:
        yield line(
            f"    {field.path}  ",
            (_value(field.path, field.before), "red"),
            (" → ", "dim"),
            (_value(field.path, field.after), "green"),
            remark,
        )


def _created(field: FieldChange) -> Iterator[Text | str]:
    if not _is_text(field.after):
        yield line(f"    {field.path}  ", (_value(field.path, field.after), "green"))
        return
    yield line(f"    {field.path}")
    for text in _text(field.after):
        yield line("      ", (f"+ {text}", "green"))


def _drift(drift: Drift) -> Iterator[Text | str]:
    """What it was (as far as that is known), what it is now, and in a conflict what is wanted."""
    if drift.conflict:
        yield line(f"    {drift.path}  ", ("changed here and in the account", "bold red"))
        yield line(
            "      applied   ", (f"known by its digest only: {drift.base or '(unset)'}", "dim")
        )
        yield line("      account   ", (_value(drift.path, drift.actual), "red"))
        yield line("      manifest  ", (_value(drift.path, drift.desired), "green"))
    elif _is_text(drift.applied) or _is_text(drift.actual):
        yield line(f"    {drift.path}")
        yield from _text_diff(_text(drift.applied), _text(drift.actual))
    else:
        yield line(
            f"    {drift.path}  ",
            _value(drift.path, drift.applied),
            (" → ", "dim"),
            (_value(drift.path, drift.actual), "red"),
        )


def _files(files: tuple[FileChange, ...]) -> Iterator[Text]:
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
            f"    {words.printable(path)}  {size}  ",
            (sha256, "dim"),
            "  ",
            (action, _FILE_STYLES[file.action]),
            (f"  {file.note}" if file.note else "", "dim"),
        )


def _text_diff(before: list[str], after: list[str]) -> Iterator[Text]:
    for number, text in enumerate(difflib.unified_diff(before, after, n=_CONTEXT, lineterm="")):
        if number < 2:
            continue
        style = {"+": "green", "-": "red", "@": "dim"}.get(text[:1], "")
        shown = text if text.startswith("@") else f"{text[:1]} {text[1:]}"
        if not (text.startswith("@") and number == 2):
            yield line("      ", (words.printable(shown.rstrip()), style))


def _is_text(value: JsonValue) -> bool:
    """Whether a value deserves a line diff: long or of several lines."""
    return isinstance(value, str) and ("\n" in value.strip() or len(value) > words.LONGEST_VALUE)


def _text(value: JsonValue) -> list[str]:
    if value is None:
        return []
    return (value if isinstance(value, str) else words.value(value)).splitlines()


def _value(path: str, value: JsonValue) -> str:
    default = {"temperature": "1.0", "top_p": "1.0", "response_format": '"auto"'}.get(path)
    if value is None and default:
        return f"{default} (the default)"
    return words.printable(words.value(value))
