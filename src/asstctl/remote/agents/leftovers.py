"""Sessions that smoke left behind."""

from asstctl.remote.agents.sessions import SESSIONS, Sessions
from asstctl.remote.storage.gone import NOT_HERE
from asstctl.remote.storage.leftovers import left_in
from asstctl.remote.storage.smoke import LABEL
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.leftovers import Leftover
from asstctl.sync.ports import AccountError


class SessionLeftovers:
    """The sessions that smoke made for ``project``, reached through ``wire``."""

    what = "session"

    def __init__(self, wire: Wire, project: str) -> None:
        self._wire = wire
        self._project = project
        self._sessions = Sessions(wire)

    async def left_behind(self) -> tuple[Leftover, ...]:
        """Those with the project in their metadata; none where the server has no sessions."""
        query = {f"metadata[{LABEL}]": self._project}
        path = path_to(*SESSIONS)
        try:
            return await left_in(self._wire, path, self.what, self._project, query)
        except AccountError as error:
            if error.failure in NOT_HERE:
                return ()
            raise

    async def remove(self, leftover: Leftover) -> None:
        """Cancel what goes on in the session, and delete it."""
        await self._sessions.delete(leftover.place.id)
