"""When a server's models end."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from asstctl.model.json import JsonValue
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AccountError


async def models_of(wire: Wire) -> Mapping[str, date | None] | None:
    """The models that a server lists, each with the day on which it is shut down.

    None where it lists none. Raises nothing.
    """
    try:
        value = (await wire.get("/models")).value
    except AccountError:
        return None
    entries = value.get("data") if isinstance(value, Mapping) else value
    if not isinstance(entries, list):
        return None
    return {
        name: _day(entry.get("shutdown_date"))
        for entry in entries
        if isinstance(entry, Mapping) and isinstance(name := entry.get("id"), str)
    }


def _day(value: JsonValue) -> date | None:
    """A day, as the text that the API has or as the seconds of other servers."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        if isinstance(value, int | float) and value:
            return datetime.fromtimestamp(value, UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    return None
