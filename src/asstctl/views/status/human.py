"""What is managed, for a person."""

from collections.abc import Iterator
from typing import Final

from asstctl.plan.action import Action
from asstctl.plan.change import Block, Change
from asstctl.plan.plan import Plan
from asstctl.text import words
from asstctl.views.terminal import PLAIN, Line, Screen, line, pad, to_text
from asstctl.views.warnings import warning_lines

_STATES: Final = {
    Action.NOOP: ("in sync", "green"),
    Action.CREATE: ("missing", "yellow"),
    Action.UPDATE: ("changes pending", "yellow"),
    Action.MOVE: ("changes pending", "yellow"),
    Action.ADOPT: ("changes pending", "yellow"),
    Action.DELETE: ("unmanaged now", "dim"),
    Action.FORGET: ("unmanaged now", "dim"),
}


def state_of(change: Change) -> tuple[str, str]:
    """How a resource stands, in few words, and the style for it."""
    if change.block is Block.DRIFT:
        return "drifted", "red"
    if change.block is Block.UNSEEN:
        return "unknown", "yellow"
    return _STATES.get(change.action, ("unmanaged now", "dim"))


def render_status(plan: Plan, screen: Screen = PLAIN) -> str:
    """One line per resource: address, id, digest, commit, and whether it is in sync."""
    return to_text(_lines(plan), screen)


def _lines(plan: Plan) -> Iterator[Line | str]:
    yield line(
        (plan.project, "bold"), (" → ", "dim"), (plan.target, "bold"), (f" ({plan.account})", "dim")
    )
    yield ""
    yield from warning_lines(plan.warnings)
    if not plan.changes:
        yield "Nothing is managed." if plan.is_certain else "Nothing that is managed was shown."
        return
    rows = pad(_row(change) for change in plan.changes)
    for change, (address, object_id, digest, commit, state) in zip(plan.changes, rows, strict=True):
        yield line(
            (address, "bold"),
            f"  {object_id}  ",
            (f"{digest}  {commit}  ", "dim"),
            (state, state_of(change)[1]),
        )


def _row(change: Change) -> tuple[str, ...]:
    stamp = change.actual.stamp if change.actual else None
    return (
        str(change.address),
        change.id or "-",
        words.short_hash(stamp.digest) if stamp else "-",
        words.short_hash(stamp.commit) if stamp and stamp.commit else "-",
        state_of(change)[0],
    )
