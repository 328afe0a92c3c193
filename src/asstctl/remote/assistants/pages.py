"""Cursor pages, from servers that keep the promises of cursor pages and from those that lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from asstctl.model.json import JsonValue
from asstctl.remote.assistants.failures import garbage
from asstctl.remote.assistants.reading import as_object
from asstctl.remote.assistants.transport import Transport

PAGE: Final = 100
_USUAL_PAGES: Final = frozenset({10, 20, 25, 50})
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
    while True:
        data, more = _page(await transport.get(path, query))
        page = tuple(read(item) for item in data)
        fresh = [item for item in page if item.id not in seen]
        pages.append(page)
        seen.update(item.id for item in fresh)
        # `has_more` is missing on some servers: a full page then means "ask again".
        if not fresh or more is False or (more is None and len(page) < limit):
            break
        query["after"] = page[-1].id
    suspect = len(pages[0]) in _USUAL_PAGES and len(seen) == len(pages[0])
    return Listing(tuple(pages), cut=suspect and await _ignores_limit(transport, path))


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
