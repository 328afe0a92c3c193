"""Conversations that smoke left behind, known by the metadata of what holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from asstctl.model.json import JsonValue
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id, read_metadata
from asstctl.remote.storage.pages import read_pages
from asstctl.remote.storage.smoke import CASE, LABEL
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.leftovers import Leftover
from asstctl.smoke.ports import Place

_BUSY: Final = frozenset({"in_progress", "requires_action"})


@dataclass(frozen=True, slots=True)
class _Holder:
    """What holds a conversation, in a list."""

    id: str
    created_at: float
    project: str | None
    case: str
    status: str

    @classmethod
    def read(cls, value: JsonValue) -> "_Holder":
        body = as_object(value)
        metadata = read_metadata(body.get("metadata"))
        return cls(
            read_id(body),
            values.seconds(body.get("created_at")),
            metadata.get(LABEL),
            metadata.get(CASE, ""),
            values.text(body.get("status")) or "",
        )


async def left_in(
    wire: Wire, path: str, what: str, project: str, query: Mapping[str, str] | None = None
) -> tuple[Leftover, ...]:
    """Those of ``project`` in the list at ``path``, oldest first; ``what`` is each one's kind.

    Raises AccountError, also where there is no such list.
    """
    listing = await read_pages(wire, path, _Holder.read, query=query)
    mine = [item for item in listing.items if item.project == project]
    return tuple(
        Leftover(
            place=Place(what, item.id),
            case=item.case,
            created_at=item.created_at,
            is_busy=item.status in _BUSY,
        )
        for item in sorted(mine, key=lambda item: (item.created_at, item.id))
    )
