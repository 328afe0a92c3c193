"""Apply does what was shown: an object that moved since the plan is left alone."""

from typing import ClassVar

from asstctl.errors import RefusedError
from asstctl.model.actual import (
    ActualAssistant,
    ActualEnvironment,
    ActualResource,
    ActualStore,
    assistant_fingerprint,
    environment_fingerprint,
    store_fingerprint,
)
from asstctl.sync.ports import Account


class MovedError(RefusedError):
    """An object changed between the plan and the moment in which it was to be written."""

    code: ClassVar[str] = "moved"


async def raise_if_moved(account: Account, actual: ActualResource) -> None:
    """Read the object and compare fingerprints. Raises MovedError and AccountError."""
    now = await _fingerprint(account, actual)
    if now == actual.fingerprint:
        return
    happened = "was deleted" if now is None else "was changed"
    raise MovedError(
        f"{actual.address} ({actual.id}) {happened} by somebody else since the plan was made",
        why="It is not what the plan was computed from any more, so it was left alone.",
        fix="Look at what `asstctl plan` shows now, then apply again.",
    )


async def _fingerprint(account: Account, actual: ActualResource) -> str | None:
    """The object's fingerprint as it is now; None when it is gone."""
    match actual:
        case ActualAssistant():
            assistant = await account.get_assistant(actual.id)
            return assistant_fingerprint(assistant.id, assistant.spec) if assistant else None
        case ActualStore():
            store = await account.get_store(actual.id)
            if store is None:
                return None
            # Some servers count files in one answer and not in another: a list of them will do.
            listed = actual.files is not None and len(actual.files) == store.counts.total
            counts = actual.counts if listed else store.counts
            return store_fingerprint(store.id, store.spec, counts)
        case ActualEnvironment():
            found = await account.get_environment(actual.id)
            return environment_fingerprint(found.id, found.spec) if found else None
