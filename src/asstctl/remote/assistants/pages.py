"""Cursor pages, from servers that keep the promises of cursor pages and from those that lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, Generic, Protocol, TypeVar

from asstctl.model.json import JsonValue
from asstctl.remote.assistants.failures import garbage
from asstctl.remote.assistants.reading import as_object
from asstctl.remote.assistants.transport import Transport
from asstctl.sync.ports import AccountError, Failure

PAGE: Final = 100
_USUAL_PAGES: Final = frozenset({10, 20, 25, 30, 50})
"""Page sizes that servers fall back to. A short last page of such a length is suspect."""


class Identified(Protocol):
    """Anything in a list: it has an id."""

    @property
    def id(self) -> str:
        """The object's id."""


T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a list gave: ``cut`` when it may hold more, ``pages`` as they came."""

    pages: tuple[tuple[T, ...], ...]
    cut: bool = False

    @property
    def items(self) -> tuple[T, ...]:
        """Every object once, in the order of the list."""
        return tuple({item.id: item for page in self.pages for item in page}.values())


async def read_pages(
    transport: Transport,
    path: str,
    read: Callable[[JsonValue], T],
    *,
    order: str = "desc",
    limit: int = PAGE,
) -> Listing[T]:
    """Every object of a list. Stops at a repeated cursor; confirms a list that looks cut."""
    pages: list[tuple[T, ...]] = []
    seen: set[str] = set()
    query: dict[str, str | int] = {"limit": limit, "order": order}
    end = _End.SAID
    while True:
        try:
            data, more = _page(await transport.get(path, query))
        except AccountError as error:
            if not pages or error.failure is not Failure.INVALID:
                raise
            end = _End.STUCK  # `after` is refused.
            break
        page = tuple(read(item) for item in data)
        fresh = [item for item in page if item.id not in seen]
        if page and pages and not fresh:
            end = _End.STUCK  # `after` is ignored.
            break
        pages.append(page)
        seen.update(item.id for item in fresh)
        # `has_more` is missing on some servers: only a page with nothing on it is then the last.
        if not page or more is False:
            break
        query["after"] = page[-1].id
        end = _End.EMPTY
    listing = Listing(tuple(pages))
    return replace(listing, cut=await _is_cut(transport, path, listing, end, order, limit))


class _End(Enum):
    """How the reading of a list ended."""

    SAID = auto()
    """The server said so."""
    EMPTY = auto()
    """A page with nothing on it."""
    STUCK = auto()
    """There may be more, but the server does not turn the page."""


async def _is_cut(
    transport: Transport, path: str, listing: Listing[T], end: _End, order: str, limit: int
) -> bool:
    """Whether the account may hold more than the list shows."""
    length = len(listing.pages[0])
    suspect = length in _USUAL_PAGES and len(listing.items) == length
    if end is _End.STUCK and length <= limit:
        return (
            length == limit
            or await _has_another_end(transport, path, listing, order, limit)
            or (suspect and await _ignores_limit(transport, path))
        )
    return suspect and end is _End.SAID and await _ignores_limit(transport, path)


async def _has_another_end(
    transport: Transport, path: str, listing: Listing[T], order: str, limit: int
) -> bool:
    """One more request: whether the list, read from its other end, shows something else."""
    other = "asc" if order == "desc" else "desc"
    data, _ = _page(await transport.get(path, {"limit": limit, "order": other}))
    seen = {item.id for item in listing.items}
    return any(as_object(item).get("id") not in seen for item in data)


async def _ignores_limit(transport: Transport, path: str) -> bool:
    """One more request: a server that answers ``limit=1`` with more pays no heed to limits."""
    data, _ = _page(await transport.get(path, {"limit": 1}))
    return len(data) > 1


def _page(value: JsonValue) -> tuple[Sequence[JsonValue], bool | None]:
    """The objects of a page and whether more follow; None when the server does not say."""
    if isinstance(value, list):
        return value, False
    body = as_object(value)
    data, more = body.get("data"), body.get("has_more")
    if data is None and "data" in body:
        data = []
    if not isinstance(data, list):
        raise garbage("a list without data")
    return data, more if isinstance(more, bool) else None
