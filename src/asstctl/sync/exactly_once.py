"""Creating exactly once over a wire that may lose the answer.

The API takes no idempotency key: a create whose answer was lost may or may not have happened. So
what it would have created is looked up before any second try: an object by its stamp, which says
which apply wrote it, an environment by its name, an upload (``uploads.send``) by its name and size.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from asstctl.model.assistant import AssistantSpec
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.stamp import DIGEST, FIELDS, KEY, PROJECT
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.ports import (
    Account,
    AccountError,
    RemoteAssistant,
    RemoteEnvironment,
    RemoteStore,
)

_TRIES: Final = 3
_IDENTITY: Final = (PROJECT, KEY, DIGEST, FIELDS)
"""What an object made by this very apply carries: among the fields stands the token of its run."""

T = TypeVar("T")


async def create_assistant(account: Account, spec: AssistantSpec) -> RemoteAssistant:
    """Create one assistant, whatever happens to the answer. ``spec`` carries its stamp.

    Raises AccountError.
    """

    async def find() -> RemoteAssistant | None:
        listing = await account.list_assistants()
        return next((item for item in listing.items if _is_same(item.spec, spec)), None)

    return await create_once(lambda: account.create_assistant(spec), find)


async def create_store(account: Account, spec: VectorStoreSpec) -> RemoteStore:
    """Create one empty vector store, whatever happens to the answer. ``spec`` carries its stamp.

    Raises AccountError.
    """

    async def find() -> RemoteStore | None:
        listing = await account.list_stores()
        living = (item for item in listing.items if not item.expired)
        return next((item for item in living if _is_same(item.spec, spec)), None)

    return await create_once(lambda: account.create_store(spec), find)


async def create_environment(account: Account, spec: EnvironmentSpec) -> RemoteEnvironment:
    """Create one environment, whatever happens to the answer. Its name carries project and key.

    Raises AccountError.
    """

    async def find() -> RemoteEnvironment | None:
        listing = await account.list_environments()
        return next((item for item in listing.items if item.spec.name == spec.name), None)

    return await create_once(lambda: account.create_environment(spec), find)


async def create_once(
    create: Callable[[], Awaitable[T]], find: Callable[[], Awaitable[T | None]]
) -> T:
    """Create, up to three times; after a lost answer only if ``find`` finds nothing.

    Raises the AccountError of a create that certainly did not happen, at once, and that of the
    last try whose outcome nobody knows. What ``find`` raises is raised.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return await create()
        except AccountError as error:
            if not error.outcome_unknown:
                raise
            found = await find()
            if found is not None:
                return found
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def _is_same(
    found: AssistantSpec | VectorStoreSpec, wanted: AssistantSpec | VectorStoreSpec
) -> bool:
    return all(found.metadata.get(name) == wanted.metadata.get(name) for name in _IDENTITY)
