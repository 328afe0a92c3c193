"""Cursor pages, from servers that keep the promises of cursor pages and from those that lie.

Only a whole list proves that something is absent. So every page begins inside the page before it:
what was seen there has to be shown again, and a server that loses objects where pages meet gives
itself away. A list that cannot be shown to be whole is read once more from its other end; if the
two readings do not meet either, it counts as cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import Final, Generic, Protocol, TypeVar

from asstctl.model.json import JsonValue
from asstctl.remote.storage.decode import as_object
from asstctl.remote.wire.answer import Answer
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.wire import Wire
from asstctl.sync.ports import AccountError, Failure

PAGE: Final = 100
_MOST_PAGES: Final = 1000
_MOST_OBJECTS: Final = 500_000
"""A list of more pages or objects than this is taken to have no end."""
_USUAL_PAGES: Final = frozenset({10, 20, 25, 30, 50})
"""Page sizes that servers fall back to: a last page of such a length may not be the last."""
_SAMPLE: Final = 10
"""The part of a page that is read again at most: to begin the next one at the turn of a second, or
inside a second that fills more than that."""
_ENOUGH: Final = 2
"""A server that went on exactly inside a second so often loses nothing where pages meet. From then
on nothing is read again, so that a long list costs no more requests than it has pages."""


class Listed(Protocol):
    """Anything in a list."""

    @property
    def id(self) -> str:
        """The object's id."""

    @property
    def created_at(self) -> float:
        """The creation in seconds since 1970; 0 when the server does not say."""


T = TypeVar("T", bound=Listed)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a list gave, newest first, each object once; ``cut`` when it may hold more."""

    items: tuple[T, ...]
    cut: bool = False


async def read_pages(
    wire: Wire,
    path: str,
    read: Callable[[JsonValue], T],
    *,
    limit: int = PAGE,
    query: Mapping[str, str] | None = None,
) -> Listing[T]:
    """Every object of a list, newest first, and whether the list was cut.

    ``query`` narrows the list down, in the server's own words. Raises AccountError, also when the
    list does not end.
    """
    list_of = _List(wire, path, query or {})
    newest = await _walk(list_of, read, "desc", limit)
    if newest.is_whole:
        return Listing(newest.items)
    oldest = await _walk(list_of, read, "asc", limit)
    both = {item.id: item for item in (*newest.items, *reversed(oldest.items))}
    cut = not oldest.is_whole and not await _meet(list_of, newest, oldest)
    return Listing(tuple(sorted(both.values(), key=lambda item: -item.created_at)), cut)


@dataclass(frozen=True, slots=True)
class _Seam(Generic[T]):
    """Where one page ends and the next one begins: ``known`` comes after the object ``cursor``.

    ``exactly`` says that ``cursor`` is of the same second as the page's last object. The next page
    then has to begin with ``known``; else it only has to show it.
    """

    cursor: str
    known: tuple[T, ...]
    second: float
    exactly: bool

    @classmethod
    def after(cls, page: Sequence[T]) -> "_Seam[T]":
        """The best cursor of a page: at the turn of a second, where nothing can get lost."""
        second = page[-1].created_at
        same = len(list(takewhile(lambda item: item.created_at == second, reversed(page))))
        turns = same <= len(page) // _SAMPLE
        place = len(page) - 1 - (same if turns else len(page) // _SAMPLE)
        return cls(page[place].id, tuple(page[place + 1 :]), second, exactly=not turns)

    @classmethod
    def trusting(cls, page: Sequence[T]) -> "_Seam[T]":
        """The end of a page, on a server that has shown that it loses nothing there."""
        return cls(page[-1].id, (), page[-1].created_at, exactly=False)

    def holds(self, page: Sequence[T]) -> bool:
        """Whether the next page shows that nothing was lost between the two."""
        shown, known = [item.id for item in page], [item.id for item in self.known]
        if not self.exactly:
            return set(known) <= set(shown)
        if known:
            return shown[: len(known)] == known
        return not page or page[0].created_at != self.second


@dataclass(slots=True)
class _Walk(Generic[T]):
    """One reading of a list from one of its ends; ``limit`` is what is asked for at a time."""

    limit: int
    seen: dict[str, T] = field(default_factory=dict)
    first_page: int = 0
    """The length of the first page: what the server takes for a page."""
    seam: _Seam[T] | None = None
    """Where the next page begins."""
    stuck: bool = False
    """Whether there may be more, and the server does not turn the page."""
    torn: set[float] = field(default_factory=set)
    """The seconds in which a page ended and the next one did not go on where it should."""
    _proofs: int = 0
    """How often a page went on exactly inside the second in which the one before it ended."""
    _goes_on: bool = False
    """Whether the last page left no doubt that another one follows."""

    @property
    def items(self) -> tuple[T, ...]:
        """Every object once, in the order of the list."""
        return tuple(self.seen.values())

    @property
    def is_whole(self) -> bool:
        """Whether the list can hold nothing else."""
        return not self.stuck and not self.torn

    def add(self, page: Sequence[T], more: bool | None) -> bool:
        """Take a page in; whether another one is to be requested.

        Where ``has_more`` is missing only a page with nothing new on it is the last one; where it
        says that nothing follows, a page that looks full is not believed.
        """
        fresh = {item.id: item for item in page if item.id not in self.seen}
        if self.seam is None:
            self.first_page = len(page)
        else:
            self._check(self.seam, page, more, any_new=bool(fresh))
        self.seen |= fresh
        if not fresh or (more is False and not self._looks_full(len(page))):
            return False
        self._goes_on = bool(more) or len(page) >= self.limit
        trusted = self._proofs >= _ENOUGH and not self.torn
        self.seam = _Seam.trusting(page) if trusted else _Seam.after(page)
        return True

    def _check(
        self, seam: _Seam[T], page: Sequence[T], more: bool | None, *, any_new: bool
    ) -> None:
        """Note when the server ignored ``after``, or lost objects where two pages meet."""
        repeats = any(item.id == seam.cursor for item in page)
        if not any_new and (more or repeats):
            self.stuck = True
        elif (any_new or self._goes_on) and not seam.holds(page):
            self.torn.add(seam.second)
        elif seam.exactly and seam.known:
            self._proofs += 1

    def _looks_full(self, length: int) -> bool:
        if self.seam is None:
            return length >= self.limit or length in _USUAL_PAGES
        return length >= min(self.limit, self.first_page)


@dataclass(frozen=True, slots=True)
class _List:
    """A list of a server, narrowed down by ``query``."""

    wire: Wire
    path: str
    query: Mapping[str, str]

    async def get(self, query: Mapping[str, str | int]) -> Answer:
        """One page."""
        return await self.wire.get(self.path, {**self.query, **query})


async def _walk(list_of: _List, read: Callable[[JsonValue], T], order: str, limit: int) -> _Walk[T]:
    walk: _Walk[T] = _Walk(limit)
    query: dict[str, str | int] = {"limit": limit, "order": order}
    for _ in range(_MOST_PAGES):
        try:
            answer = await list_of.get(query)
        except AccountError as error:
            if walk.seam is None or error.failure not in (Failure.INVALID, Failure.MISSING):
                raise
            walk.stuck = True  # `after` is refused, or what it names was deleted meanwhile.
            return walk
        page, more = answer.read(partial(_page, read))
        if not walk.add(page, more) or walk.seam is None:
            return walk
        if len(walk.seen) > _MOST_OBJECTS:
            break
        query["after"] = walk.seam.cursor
    raise _endless(answer.call, len(walk.seen))


def _endless(call: str, count: int) -> AccountError:
    return AccountError(
        f"the account's list does not end: {call}",
        failure=Failure.GARBAGE,
        why=f"After {count} objects it still says that more follow.",
        fix="Ask who runs the server, or use another one.",
    )


async def _meet(list_of: _List, newest: _Walk[T], oldest: _Walk[T]) -> bool:
    """Whether two readings, neither of which is whole, show everything together.

    Pages that are torn in different seconds have not lost the same objects. Readings that got
    stuck meet when the one from the newest went further back than where the other one ended.
    """
    if newest.torn & oldest.torn:
        return False
    if not newest.stuck and not oldest.stuck:
        return True
    if newest.items[-1].created_at < oldest.items[-1].created_at:
        return True
    if newest.seen.keys() != oldest.seen.keys():
        return False
    # Both ends look the same: the list is short, or the server ignores `order` too.
    length = newest.first_page
    if length >= newest.limit:
        return length > newest.limit
    return length not in _USUAL_PAGES or not await _ignores_limit(list_of)


async def _ignores_limit(list_of: _List) -> bool:
    """One more request: a server that answers ``limit=1`` with more pays no heed to limits."""
    found, _ = (await list_of.get({"limit": 1})).read(partial(_page, as_object))
    return len(found) > 1


def _page(read: Callable[[JsonValue], R], value: JsonValue) -> tuple[tuple[R, ...], bool | None]:
    """The objects of a page and whether more follow; None when the server does not say."""
    if isinstance(value, list):
        return tuple(read(item) for item in value), False
    body = as_object(value)
    data, more = body.get("data"), body.get("has_more")
    if data is None and "data" in body:
        data = []
    if not isinstance(data, list):
        raise garbage("a list without data")
    return tuple(read(item) for item in data), more if isinstance(more, bool) else None
