"""What a plan shows below a change: the values of its fields, drift, and its files."""

from collections.abc import Iterator
from typing import Final

from asstctl.model.json import JsonValue
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change, Drift, FieldChange, FileChange
from asstctl.text import words
from asstctl.views.terminal import Line, line, pad
from asstctl.views.values import added, both, changed, is_text, value

_FILE_STYLES: Final = {
    FileAction.UPLOAD: "green",
    FileAction.REUSE: "green",
    FileAction.ATTACH: "yellow",
    FileAction.DETACH: "red",
    FileAction.DELETE: "red",
}
_DEFAULTS: Final = {"temperature": "1.0", "top_p": "1.0", "response_format": '"auto"'}


def details(change: Change, *, apart: bool = False) -> Iterator[Line]:
    """The fields and files of a change, indented by four.

    A changed value is one line, ``old → new``; ``apart`` makes it two, as in a diff.
    """
    yield from _edits(change, apart=apart)
    yield from _fields(change, apart=apart)
    yield from _files(change.files)


def _edits(change: Change, *, apart: bool) -> Iterator[Line]:
    """Drift that stands in the way, and that of what no manifest describes any more."""
    for drift in change.drift:
        if change.desired is None:
            yield from _edited(drift)
        elif change.action is Action.BLOCKED:
            yield from _drift(drift, apart=apart)


def _fields(change: Change, *, apart: bool) -> Iterator[Line]:
    """What becomes of the fields; those that drift blocks are shown as drift."""
    drifted = {drift.path for drift in change.drift}
    for field in change.fields:
        is_drifted = field.path in drifted
        if is_drifted and change.action is Action.BLOCKED:
            continue
        if change.action is Action.CREATE:
            yield from _created(field)
        else:
            note = "undoes an edit made outside asstctl" if is_drifted else ""
            yield from _changed(field.path, field.before, field.after, note, apart=apart)


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
    if not apart:
        yield line(f"    {path}  ", (old, "red"), (" → ", "dim"), (new, "green"), remark)
        return
    # A side that is unset has nothing to show, unless it stands for a default that is known.
    if before is not None or path in _DEFAULTS:
        yield line("      ", (f"- {path}: {old}", "red"), remark)
    if after is not None or path in _DEFAULTS:
        yield line("      ", (f"+ {path}: {new}", "green"), remark)


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
    """A field of an object that no manifest describes any more, as it was edited."""
    remark = ("  changed outside asstctl", "dim")
    if is_text(drift.actual):
        yield line(f"    {drift.path}", remark)
        yield from changed(drift.actual, None)
        return
    value = _or_default(drift.path, drift.actual, _value(drift.path, drift.actual))
    yield line(f"    {drift.path}  ", (value, "red"), remark)


def _files(files: tuple[FileChange, ...]) -> Iterator[Line]:
    rows = pad(map(_row, files))
    for file, (path, size, sha256, action) in zip(files, rows, strict=True):
        yield line(
            f"    {path}  {size}  ",
            (sha256, "dim"),
            "  ",
            (action, _FILE_STYLES[file.action]),
            (f"  {file.note}" if file.note else "", "dim"),
        )


def _row(file: FileChange) -> tuple[str, ...]:
    size = "" if file.bytes is None else words.size(file.bytes)
    return file.path, size, words.short_hash(file.sha256), str(file.action)


def _value(path: str, item: JsonValue) -> str:
    return _or_default(path, item, value(item))


def _or_default(path: str, item: JsonValue, shown: str) -> str:
    """What is unset has the API's default, where that is known."""
    return f"{_DEFAULTS[path]} (the default)" if item is None and path in _DEFAULTS else shown
