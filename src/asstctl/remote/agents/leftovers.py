"""Sessions that smoke left behind, known by their metadata."""

from dataclasses import dataclass
from typing import Final

from asstctl.model.json import JsonValue
from asstctl.remote.agents.sessions import SESSIONS, Sessions
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id, read_metadata
from asstctl.remote.storage.gone import NOT_HERE
from asstctl.remote.storage.pages import read_pages
from asstctl.remote.storage.smoke import CASE, LABEL
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.leftovers import Leftover
from asstctl.smoke.ports import Place
from asstctl.sync.ports import AccountError

_BUSY: Final = frozenset({"in_progress", "requires_action"})


@dataclass(frozen=True, slots=True)
class _Session:
    """A session in a list."""

    id: str
    created_at: float
    project: str | None
    case: str
    status: str

    @classmethod
    def read(cls, value: JsonValue) -> "_Session":
        body = as_object(value)
        metadata = read_metadata(body.get("metadata"))
        return cls(
            read_id(body),
            values.seconds(body.get("created_at")),
            metadata.get(LABEL),
            metadata.get(CASE, ""),
            values.text(body.get("status")) or "",
        )


class SessionLeftovers:
    """The sessions that smoke made for ``project``, reached through ``wire``."""

    def __init__(self, wire: Wire, project: str) -> None:
        self._wire = wire
        self._project = project
        self._sessions = Sessions(wire)

    async def left_behind(self) -> tuple[Leftover, ...]:
        """Those with the project in their metadata; none where the server has no sessions."""
        query = {f"metadata[{LABEL}]": self._project}
        try:
            listing = await read_pages(self._wire, path_to(*SESSIONS), _Session.read, query=query)
        except AccountError as error:
            if error.failure in NOT_HERE:
                return ()
            raise
        mine = [item for item in listing.items if item.project == self._project]
        return tuple(
            Leftover(
                place=Place("session", item.id),
                case=item.case,
                created_at=item.created_at,
                is_busy=item.status in _BUSY,
            )
            for item in sorted(mine, key=lambda item: (item.created_at, item.id))
        )

    async def remove(self, leftover: Leftover) -> None:
        """Cancel what goes on in the session, and delete it."""
        await self._sessions.delete(leftover.place.id)
