"""Threads that smoke left behind."""

from typing import Final

from asstctl.remote.assistants.threads import THREADS
from asstctl.remote.storage.leftovers import left_in
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.leftovers import Leftover
from asstctl.sync.ports import AccountError, Failure

_NOT_LISTED: Final = frozenset(
    {
        Failure.MISSING,
        Failure.UNSUPPORTED,
        Failure.INVALID,
        Failure.UNAUTHORIZED,
        Failure.FORBIDDEN,
        Failure.GARBAGE,
    }
)
"""How servers answer that do not list threads, which the protocol leaves out."""


class ThreadLeftovers:
    """The threads that smoke made for ``project``, reached through ``wire``."""

    what = "thread"

    def __init__(self, wire: Wire, project: str) -> None:
        self._wire = wire
        self._project = project

    async def left_behind(self) -> tuple[Leftover, ...] | None:
        """Those with the project in their metadata; None where the server does not list threads."""
        try:
            return await left_in(self._wire, THREADS, self.what, self._project)
        except AccountError as error:
            if error.failure in _NOT_LISTED:
                return None
            raise

    async def remove(self, leftover: Leftover) -> None:
        """Delete the thread, with what goes on in it."""
        try:
            await self._wire.delete(path_to("threads", leftover.place.id))
        except AccountError as error:
            if error.failure is not Failure.MISSING:
                raise
