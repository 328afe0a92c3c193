"""Putting an assistant back as it was before an apply."""

from asstctl.model.actual import ActualAssistant
from asstctl.sync.binding import bound, stamped
from asstctl.sync.ports import Account


async def roll_back(account: Account, before: ActualAssistant, assistant_id: str) -> bool:
    """Give an assistant its earlier configuration, stamp included; False when it is gone.

    ``assistant_id`` is its id of now, which may not be that of ``before``.

    The earlier uploads and stores are still there: an apply deletes nothing before its trial.
    """
    now = await account.get_assistant(assistant_id)
    if now is None:
        return False
    spec = stamped(bound(before), before.stamp)
    await account.update_assistant(assistant_id, spec, was=now.spec)
    return True
