"""What is managed, for a person."""

from collections.abc import Iterator
from typing import Final

from asstctl.plan.change import Change, State
from asstctl.plan.plan import Plan
from asstctl.text import words
from asstctl.views.heading import subject
from asstctl.views.terminal import PLAIN, Line, Screen, line, pad, to_text
from asstctl.views.warnings import warning_lines

_STYLES: Final = {
    State.IN_SYNC: "green",
    State.MISSING: "yellow",
    State.PENDING: "yellow",
    State.DRIFTED: "red",
    State.UNMANAGED: "dim",
    State.UNKNOWN: "yellow",
}
_HEADS: Final = ("address", "id", "digest", "commit", "state")


def render_status(plan: Plan, screen: Screen = PLAIN) -> str:
    """One line per resource: address, id, digest, commit, and whether it is in sync."""
    return to_text(_lines(plan), screen)


def _lines(plan: Plan) -> Iterator[Line | str]:
    yield line(*subject(plan.project, plan.target, plan.account))
    yield ""
    yield from warning_lines(plan.warnings)
    if not plan.changes:
        yield "Nothing is managed." if plan.is_certain else "Nothing that is managed was shown."
        return
    heads, *rows = pad([_HEADS, *map(_row, plan.changes)])
    yield line(("  ".join(heads), "dim"))
    for change, (address, object_id, digest, commit, state) in zip(plan.changes, rows, strict=True):
        yield line(
            (address, "bold"),
            f"  {object_id}  ",
            (f"{digest}  {commit}  ", "dim"),
            (state, _STYLES[change.state]),
        )


def _row(change: Change) -> tuple[str, ...]:
    stamp = change.actual.stamp if change.actual else None
    return (
        str(change.address),
        change.id or "-",
        words.short_hash(stamp.digest) if stamp else "-",
        words.short_hash(stamp.commit) if stamp and stamp.commit else "-",
        change.state,
    )
