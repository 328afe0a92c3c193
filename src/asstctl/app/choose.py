"""The assistants that a person means who names some of them."""

from collections.abc import Collection

from asstctl.errors import UsageError
from asstctl.model.desired import Desired, DesiredAssistant


def assistants_of(desired: Desired, keys: Collection[str]) -> tuple[DesiredAssistant, ...]:
    """The assistants with these keys or addresses, all when there are none.

    Raises UsageError for one that no assistant has.
    """
    known = {assistant.key for assistant in desired.assistants}
    for key in keys:
        if key.removeprefix("assistant.") not in known:
            raise UsageError(
                f"there is no assistant {key!r}",
                fix=f"Choose from: {', '.join(sorted(known))}.",
            )
    wanted = {key.removeprefix("assistant.") for key in keys} or known
    return tuple(item for item in desired.assistants if item.key in wanted)
