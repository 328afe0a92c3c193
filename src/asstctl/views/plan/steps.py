"""The steps of a change, as ``plan -v`` shows them: those that apply takes, in its order."""

from collections.abc import Iterator
from typing import Final

from asstctl.plan.change import Change
from asstctl.plan.steps import last_steps, steps_of
from asstctl.text import words
from asstctl.views.terminal import Line, line

_LONGEST: Final = 160
"""Characters of one step: a store may take thousands of files, which the plan lists anyway."""


def step_lines(change: Change) -> Iterator[Line]:
    """One line per step of a change that writes; none for one that does not.

    Uploads that it leaves behind go when all changes are made, unless another one needs them.
    """
    if not change.action.writes:
        return
    yield line(("    steps", "dim"))
    for number, step in enumerate(steps_of(change), start=1):
        yield line((f"      {number}. {words.shortened(str(step), _LONGEST)}", "dim"), hang=9)
    for step in last_steps(change):
        text = words.shortened(str(step), _LONGEST)
        yield line((f"      after all changes: {text}", "dim"), hang=9)
