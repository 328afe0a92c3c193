"""Waiting until the account has indexed the new files of a vector store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, Final, Protocol, TypeAlias

from asstctl.errors import AsstctlError
from asstctl.model.actual import FileCounts, IndexStatus
from asstctl.sync.ports import RemoteFile

_FIRST_LOOK: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
_LOST: Final = (IndexStatus.FAILED, IndexStatus.CANCELLED)

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class IndexingError(AsstctlError):
    """A file could not be indexed, or not in time."""

    code: ClassVar[str] = "indexing"


class IndexedStores(Protocol):
    """What of an account it takes to wait; ``sync.ports.Account`` has it."""

    async def store_counts(self, store_id: str) -> tuple[FileCounts, float | None]:
        """How many files are indexed, and seconds until the next look if the server names them."""

    async def list_store_files(self, store_id: str) -> tuple[RemoteFile, ...]:
        """Every file of a vector store."""


async def until_indexed(
    account: IndexedStores,
    store_id: str,
    paths: Mapping[str, str],
    *,
    expected: int,
    others: bool,
    within: float,
    on_look: Callable[[FileCounts], None],
    sleep: Sleep,
) -> None:
    """Look until every new file is indexed, at the pace that the server asks for.

    ``paths`` are the new files by id, ``expected`` how many the store must count in all,
    ``within`` how many seconds. ``others`` says that the store holds more than these. Raises
    IndexingError, quoting the server.
    """
    waited, pause = 0.0, _FIRST_LOOK
    while True:
        counts, hint = await account.store_counts(store_id)
        on_look(counts)
        if counts.settled and counts.total >= expected:
            return
        if not counts.in_progress:
            files = await account.list_store_files(store_id)
            states = {file.id: file for file in files if file.id in paths}
            _raise_for_failures(states, paths, others=others)
            if _all_indexed(states, paths):
                return
        if waited >= within:
            raise _too_slow(counts, within)
        await sleep(hint or pause)
        waited += hint or pause
        pause = min(pause * 1.6, _LONGEST_PAUSE)


def _raise_for_failures(
    states: Mapping[str, RemoteFile], paths: Mapping[str, str], *, others: bool
) -> None:
    bad = [file for file in states.values() if file.status in _LOST]
    if not bad:
        return
    quotes = (f"{paths[file.id]}: {file.error or file.status}" for file in bad)
    raise IndexingError(
        f"{paths[bad[0].id]}: the account could not index the file",
        why="; ".join(quotes),
        fix=_cure(bad)
        + (" The files that were in the store before are still there." if others else ""),
    )


def _cure(bad: Sequence[RemoteFile]) -> str:
    if all((file.error or "").startswith("server_error") for file in bad):
        return "It was the account's own error: run apply again once it has passed."
    return "Mend the file, or take it out of the manifest."


def _all_indexed(states: Mapping[str, RemoteFile], paths: Mapping[str, str]) -> bool:
    done = {file.id for file in states.values() if file.status is IndexStatus.COMPLETED}
    return done >= set(paths)


def _too_slow(counts: FileCounts, timeout: float) -> IndexingError:
    return IndexingError(
        f"indexing did not finish within {timeout:.0f} s",
        why=f"{counts.completed} of {counts.total} files are indexed.",
        fix="Run apply again: it goes on where this one stopped. Raise the target's `timeout` "
        "for large stores.",
    )
