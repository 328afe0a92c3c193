"""Prune values: take out what is wrong, so that the rest can be looked at all the same."""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar, overload

from asstctl.manifest.values import Fields, Path, Plain, at

_T = TypeVar("_T")


class PrunedList(list[_T]):
    """A list that lost items; ``indices`` are the places that the others had before."""

    def __init__(self, items: Iterable[tuple[int, _T]]) -> None:
        pairs = list(items)
        super().__init__(item for _, item in pairs)
        self.indices = [index for index, _ in pairs]


def indexed(items: list[_T]) -> Iterator[tuple[int, _T]]:
    """Each item of a list with the place that it has in the manifest.

    Use this instead of ``enumerate`` wherever the place is reported: the list may be pruned.
    """
    if isinstance(items, PrunedList):
        yield from zip(items.indices, items, strict=True)
    else:
        yield from enumerate(items)


def original(value: Plain, path: Path) -> Path:
    """A path in a pruned value as the path that it is in the manifest.

    Where place 0 of a list was taken out, ``("tools", 0)`` is ``("tools", 1)`` in the manifest.
    """
    result: list[str | int] = []
    for step in path:
        if isinstance(value, PrunedList) and isinstance(step, int):
            result.append(value.indices[step])
        else:
            result.append(step)
        value = at(value, step)
    return tuple(result)


@overload
def prune(value: Fields, paths: Collection[Path], here: Path = ()) -> Fields: ...
@overload
def prune(value: Plain, paths: Collection[Path], here: Path = ()) -> Plain: ...
def prune(value: Plain, paths: Collection[Path], here: Path = ()) -> Plain:
    """``value``, which stands at ``here``, without what is found at any of ``paths``.

    A list that lost something becomes a PrunedList, so that ``original`` can undo the shift:
    ``["a", "b"]`` without ``(0,)`` is ``["b"]``, whose place 0 was place 1.
    """
    if isinstance(value, dict):
        return {
            key: prune(item, paths, (*here, key))
            for key, item in value.items()
            if (*here, key) not in paths
        }
    if isinstance(value, list):
        kept = [
            (i, prune(item, paths, (*here, i)))
            for i, item in enumerate(value)
            if (*here, i) not in paths
        ]
        whole = len(kept) == len(value)
        return [item for _, item in kept] if whole else PrunedList(kept)
    return value
