"""How a resource stands: one word for every action, and for what blocks it."""

import pytest

from asstctl.model.address import Address
from asstctl.plan.action import Action
from asstctl.plan.change import Block, Change, State

GUIDE = Address.parse("assistant.guide")


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (Action.CREATE, State.MISSING),
        (Action.UPDATE, State.PENDING),
        (Action.ADOPT, State.PENDING),
        (Action.MOVE, State.PENDING),
        (Action.DELETE, State.UNMANAGED),
        (Action.FORGET, State.UNMANAGED),
        (Action.NOOP, State.IN_SYNC),
        (Action.BLOCKED, State.UNMANAGED),
    ],
)
def test_an_action_tells_how_its_resource_stands(action: Action, state: State) -> None:
    assert Change(address=GUIDE, action=action).state is state


@pytest.mark.parametrize(
    ("block", "state"),
    [
        (Block.DRIFT, State.DRIFTED),
        (Block.UNSEEN, State.UNKNOWN),
        (Block.PROTECTED, State.UNMANAGED),
        (Block.IN_USE, State.UNMANAGED),
    ],
)
def test_what_blocks_a_change_tells_more(block: Block, state: State) -> None:
    assert Change(address=GUIDE, action=Action.BLOCKED, block=block).state is state
